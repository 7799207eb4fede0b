public import Failures
internal import Foundation
internal import Kernels
public import Tensors

/// How the logits z of a model become probabilities.
///
/// A weighted loss has its optimum at q_c ∝ w_c p_c: the softmax of such a model gives q, which is no frequency. Hence
///
///     raw         q = softmax(z_c)
///     prior       p = softmax(z_c − log w_c)
///     calibrated  p = softmax((z_c − log w_c) / T)
///
/// with the class weights w of training and the temperature T of the model's file (see `TemperatureFit` in Training). A
/// class with weight 0 was never learned from: no shift makes up for that, and its probability is 0, but for `raw`.
/// Where weights followed each batch, w_c is 1/n_c by the training samples n_c of the class. Losses that take the
/// frequencies π of classes out of the logits have q_c ∝ w_c π_c^(−τ) p_c: what is undone is that, the `prior_weights` of
/// the model's file.
///
/// The predicted class always is that of the largest logit, whatever the rule.
///
/// Source of `prior`: Elkan, "The Foundations of Cost-Sensitive Learning" (IJCAI 2001), theorem 2, in logarithms; of
/// `calibrated`: Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017).
public struct ProbabilityRule: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Codable, Sendable {
    case raw, prior, calibrated
  }

  public let kind: Kind
  /// What is added to each logit, [C]: −log w_c, and −∞ for a class that gets probability 0; zeros for `raw`.
  public let shifts: [Double]
  /// 1/T; 1 but for `calibrated`.
  public let inverseTemperature: Double
  /// The shifts as the kernel takes them.
  private let roundedShifts: [Float]

  private init(_ kind: Kind, shifts: [Double], inverseTemperature: Double = 1) {
    self.kind = kind
    self.shifts = shifts
    self.inverseTemperature = inverseTemperature
    roundedShifts = shifts.map { Float($0) }
  }

  /// softmax(z_c)
  public static func raw(classCount: Int) -> ProbabilityRule {
    ProbabilityRule(.raw, shifts: Array(repeating: 0, count: classCount))
  }

  /// softmax(z_c − log w_c)
  ///
  /// - Parameter weights: w, [C], finite, not negative, and not all 0.
  public static func prior(weights: [Double]) -> ProbabilityRule {
    ProbabilityRule(.prior, shifts: shifts(undoing: weights))
  }

  /// softmax((z_c − log w_c) / T)
  ///
  /// - Parameters:
  ///   - weights: w, [C], finite, not negative, and not all 0.
  ///   - temperature: T > 0
  public static func calibrated(weights: [Double], temperature: Double) -> ProbabilityRule {
    precondition(temperature > 0 && temperature.isFinite, "a temperature of \(temperature)")
    return ProbabilityRule(.calibrated, shifts: shifts(undoing: weights), inverseTemperature: 1 / temperature)
  }

  private static func shifts(undoing weights: [Double]) -> [Double] {
    precondition(weights.contains { $0 > 0 } && weights.allSatisfy { $0 >= 0 && $0.isFinite }, "weights \(weights)")
    // log 0 = −∞ is not what is subtracted of such a class.
    return weights.map { $0 > 0 ? -log($0) : -.infinity }
  }

  /// The rule by what a model's file says.
  ///
  /// - Parameters:
  ///   - classWeights: As the file has them: [C], or empty where weights followed each batch; or its prior weights.
  ///   - classCounts: n, [C]; nil where the file does not say, as those of older versions don't.
  ///   - temperature: Nil where there was no validation part to find one on.
  ///   - path: Of the file, for messages.
  /// - Throws: `ProbabilityRuleError` where the file does not say enough for this kind.
  public init(
    _ kind: Kind, classCount: Int, classWeights: [Double], classCounts: [Int]?, temperature: Double?, path: String
  ) throws(ProbabilityRuleError) {
    guard kind != .raw else {
      self = .raw(classCount: classCount)
      return
    }
    let weights = try Self.weights(classWeights, classCounts, path: path)
    guard kind == .calibrated else {
      self = .prior(weights: weights)
      return
    }
    guard let temperature else { throw .noTemperature(path: path) }
    self = .calibrated(weights: weights, temperature: temperature)
  }

  /// The weights to undo.
  private static func weights(
    _ stored: [Double], _ counts: [Int]?, path: String
  ) throws(ProbabilityRuleError) -> [Double] {
    guard stored.isEmpty else {
      guard stored.contains(where: { $0 > 0 }) else { throw .noWeight(path: path) }
      return stored
    }
    guard let counts else { throw .noClassCounts(path: path) }
    guard counts.contains(where: { $0 > 0 }) else { throw .noWeight(path: path) }
    return perBatchWeights(forCounts: counts)
  }

  /// What stands for weights that followed each batch: 1/n_c, which they are in the mean but for a factor; 0 for a
  /// class without a sample.
  ///
  /// - Parameter counts: n, [C], training samples.
  public static func perBatchWeights(forCounts counts: [Int]) -> [Double] {
    counts.map { $0 > 0 ? 1 / Double($0) : 0 }
  }

  /// Makes probabilities of a batch's logits, in place (see `softmax`).
  ///
  /// - Parameter logits: [C, n] as a network has them: their rows padded to whole lanes. A sample with a logit that is
  ///   not finite gets NaN for every class.
  public func apply(to logits: Matrix) {
    softmax(logits, shifts: roundedShifts, inverseTemperature: Float(inverseTemperature))
  }
}

/// Probabilities that a model cannot give.
public enum ProbabilityRuleError: Failure, Equatable {
  case noTemperature(path: String)
  case noClassCounts(path: String)
  case noWeight(path: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .noTemperature, .noClassCounts: .badConfiguration
    case .noWeight: .badData
    }
  }

  public var description: String {
    switch self {
    case .noTemperature(let path):
      """
      \(path) has no temperature, which calibrated probabilities need: it was trained without a validation part and \
      members, or by an older version. Pass --probabilities prior, or train with --validation-fraction or --validation.
      """
    case .noClassCounts(let path):
      """
      \(path) was trained with weights that followed each batch, by an older version, which stored no class counts: the \
      weighting cannot be undone. Pass --probabilities raw, or train again.
      """
    case .noWeight(let path):
      "every class of \(path) has weight 0: it has learned nothing, and has no probabilities but raw ones"
    }
  }
}
