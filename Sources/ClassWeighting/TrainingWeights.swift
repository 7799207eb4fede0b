/// How training weights the classes, from their counts to the loss.
public enum TrainingWeights: Equatable, Sendable {
  /// [C], the same in the whole run.
  case fixed([Double])
  /// Those of each global batch's own counts.
  case perBatch(InverseFrequency)

  /// The weights for samples with these class counts: for a batch, or for a part of the data that is looked at as one.
  ///
  /// - Parameter counts: n_c, over all ranks; asked for where the weights depend on them.
  /// - Returns: [C]
  public func weights<E: Error>(forCounts counts: () throws(E) -> [Int]) throws(E) -> [Double] {
    switch self {
    case .fixed(let weights): weights
    case .perBatch(let rule): try counts().map { rule.weight(forCount: $0) }
    }
  }

  /// The weight of a class throughout the run; nil where it follows the batch.
  public func constantWeight(ofClass index: Int) -> Double? {
    switch self {
    case .fixed(let weights): weights[index]
    case .perBatch: nil
    }
  }

  /// As model files and checkpoints have them: [C], or empty for weights that follow the batch.
  public var stored: [Double] {
    switch self {
    case .fixed(let weights): weights
    case .perBatch: []
    }
  }
}
