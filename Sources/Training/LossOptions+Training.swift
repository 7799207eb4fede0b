public import Configuration
public import Kernels

extension LossOptions {
  /// What the model is trained by. The list of losses: one line for each.
  package var trainingLoss: any TrainingLoss { CrossEntropy(labelSmoothing: labelSmoothing) }

  /// The same for a model that is trained.
  ///
  /// - Parameter record: What its file says of the loss.
  package static func trainingLoss(recorded record: [String: String]) -> any TrainingLoss {
    CrossEntropy(labelSmoothing: record["label_smoothing"].flatMap { Double($0) } ?? 0)
  }
}

extension LossOptions.Normalization {
  /// The divisor; nil where the samples carry no weight at all, and there is nothing to learn.
  public func divisor(of sums: LossSums) -> Double? {
    guard sums.weight > 0 else { return nil }
    return switch self {
    case .weights: sums.weight
    case .count: sums.count
    case .sum: 1
    }
  }
}
