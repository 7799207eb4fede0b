internal import Foundation

/// One weight per class, and what was noticed on the way to them.
public struct ClassWeights: Equatable, Sendable {
  /// In order of classes; finite, not negative. 0 for a class with no training sample.
  public let values: [Double]
  /// Classes that have no training sample.
  public let absentClasses: [Int]
  /// What training makes of them: these weights, or others for each batch.
  public let training: TrainingWeights

  /// What a weight that is not 0 may be. Kernels multiply it in Float32, whose normal numbers end at about 1e±38, with
  /// losses and gradients, and add up a batch of that: beyond this a loss that is not finite would be the weight's
  /// fault, and be taken for the learning rate's.
  static let range = 1e-25...1e25

  init(values: [Double], absentClasses: [Int], training: TrainingWeights) {
    self.values = values
    self.absentClasses = absentClasses
    self.training = training
  }
}

extension WeightScheme {
  /// The weights that this scheme gives to classes with `counts` training samples. In Double.
  ///
  /// - Parameters:
  ///   - counts: n_c, of all training samples of all ranks; for `perBatch`, of one global batch.
  ///   - maxWeight: Larger weights are reduced to it.
  /// - Throws: `WeightSchemeError` where an explicit list does not fit the classes, or a weight does
  ///   not fit into Float32.
  public func weights(
    forCounts counts: [Int], classNames: [String], maxWeight: Double? = nil
  ) throws(WeightSchemeError) -> ClassWeights {
    precondition(counts.count == classNames.count && counts.allSatisfy { $0 >= 0 })
    let absent = counts.indices.filter { counts[$0] == 0 }
    let rule = InverseFrequency(maxWeight: maxWeight)
    let raw = try rawWeights(counts: counts, classNames: classNames)
    let values = zip(raw, counts).map { rule.limited($0, forCount: $1) }
    for (weight, name) in zip(values, classNames) where weight != 0 {
      guard ClassWeights.range.contains(weight) else { throw .outOfRange(weight: weight, name: name) }
    }
    return ClassWeights(
      values: values, absentClasses: absent, training: self == .perBatch ? .perBatch(rule) : .fixed(values))
  }

  /// The weights by the formulas alone; meaningless for absent classes.
  private func rawWeights(counts: [Int], classNames: [String]) throws(WeightSchemeError) -> [Double] {
    let n = counts.map(Double.init)
    let present = n.filter { $0 > 0 }
    switch self {
    case .none:
      return n.map { _ in 1 }
    case .inverse, .perBatch:
      return counts.map { InverseFrequency().weight(forCount: $0) }
    case .balanced:
      // King, Zeng, "Logistic regression in rare events data" (2001); as scikit-learn's.
      let total = present.reduce(0, +)
      return n.map { total / (Double(present.count) * $0) }
    case .smoothed(let smoothing):
      return n.map { (1 + smoothing) / ($0 + smoothing) }
    case .sqrtInverse:
      return scaledToMeanOne(n.map { 1 / $0.squareRoot() }, counts: counts)
    case .medianFrequency:
      // Eigen, Fergus (ICCV 2015).
      let median = median(of: present)
      return n.map { median / $0 }
    case .effectiveNumber(let beta):
      // Cui, Jia, Lin, Song, Belongie (CVPR 2019). 1 − βⁿ = −expm1(n · log β) keeps its digits
      // where βⁿ is near 1. With β = 0 each weight is 1.
      return scaledToMeanOne(n.map { (1 - beta) / -expm1($0 * log(beta)) }, counts: counts)
    case .explicit(let weights):
      return try weights.resolved(for: classNames)
    }
  }

  /// Scaled so that the weights of the classes that are present have mean 1.
  private func scaledToMeanOne(_ weights: [Double], counts: [Int]) -> [Double] {
    let present = counts.indices.filter { counts[$0] > 0 }.map { weights[$0] }
    guard !present.isEmpty else { return weights }
    let mean = present.reduce(0, +) / Double(present.count)
    return weights.map { $0 / mean }
  }

  private func median(of values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
