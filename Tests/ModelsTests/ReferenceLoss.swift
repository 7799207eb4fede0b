import Foundation
import Kernels

/// The losses in Double, straight from their definitions.
enum ReferenceLoss: Sendable {
  case crossEntropy(smoothing: Double)
  /// Lin et al. 2017
  case focal(gamma: Double)
  /// Menon et al. 2021: b, [C], added to the logits.
  case logitAdjusted(shifts: [Double], smoothing: Double)
  /// Cao et al. 2019: Δ, [C], taken from the logit of the label.
  case labelMargin(margins: [Double], smoothing: Double)

  /// One of each, for three classes.
  static let ofThreeClasses: [ReferenceLoss] = [
    .crossEntropy(smoothing: 0.1), .focal(gamma: 2), .focal(gamma: 0.5),
    .logitAdjusted(shifts: [0, -2.5, -1], smoothing: 0), .labelMargin(margins: [0.5, 3, 1], smoothing: 0.1),
  ]

  var kernel: any TrainingLoss {
    switch self {
    case .crossEntropy(let smoothing): CrossEntropy(labelSmoothing: smoothing)
    case .focal(let gamma): Focal(gamma: gamma)
    case .logitAdjusted(let shifts, let smoothing): LogitAdjusted(shifts: shifts, smoothing: smoothing)
    case .labelMargin(let margins, let smoothing): LabelMargin(margins: margins, smoothing: smoothing)
    }
  }

  /// ℓ of a sample.
  ///
  /// - Parameters:
  ///   - logits: z, [C]
  ///   - weights: w, [C]
  func callAsFunction(_ logits: [Double], label: Int, weights: [Double]) -> Double {
    switch self {
    case .crossEntropy(let smoothing):
      return smoothed(logits, label: label, weights: weights, smoothing)
    case .focal(let gamma):
      let p = exp(logits[label] - Self.logSum(logits))
      return -weights[label] * pow(1 - p, gamma) * log(p)
    case .logitAdjusted(let shifts, let smoothing):
      return smoothed(zip(logits, shifts).map { $0 + $1 }, label: label, weights: weights, smoothing)
    case .labelMargin(let margins, let smoothing):
      var shifted = logits
      shifted[label] -= margins[label]
      return smoothed(shifted, label: label, weights: weights, smoothing)
    }
  }

  /// PyTorch's cross-entropy.
  private func smoothed(_ logits: [Double], label: Int, weights: [Double], _ smoothing: Double) -> Double {
    let logSum = Self.logSum(logits)
    let ofClasses = logits.indices.map { weights[$0] * (logSum - logits[$0]) }
    return (1 - smoothing) * ofClasses[label] + smoothing / Double(logits.count) * ofClasses.reduce(0, +)
  }

  private static func logSum(_ logits: [Double]) -> Double {
    let largest = logits.max() ?? 0
    return log(logits.reduce(0) { $0 + exp($1 - largest) }) + largest
  }
}
