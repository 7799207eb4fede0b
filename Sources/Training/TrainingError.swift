public import Failures

/// A run that cannot begin or cannot go on.
public enum TrainingError: Failure, Equatable {
  case moreShardsThanBatch(shards: Int, batchSize: Int, ranks: Int)
  case noSamples(name: String)
  case noWeight(name: String)
  case columnsDiffer(training: [String], validation: [String], path: String)
  /// `origin` says where it comes from, and may be empty.
  case notFinite(what: String, step: Int, origin: String = "", isSkipping: Bool = false)
  case tooManySteps(steps: Double)
  case moreRanksThanBatch(ranks: Int, batchSize: Int)

  public var exitStatus: ExitStatus {
    switch self {
    case .moreShardsThanBatch, .tooManySteps, .moreRanksThanBatch: .badConfiguration
    case .noSamples, .noWeight, .columnsDiffer, .notFinite: .badData
    }
  }

  public var description: String {
    switch self {
    case .moreShardsThanBatch(let shards, let batchSize, let ranks):
      """
      \(shards) shards cannot supply to a global batch of \(batchSize): each gives at least one sample. \
      Pass --batch-size \(shards) or more\(ranks <= batchSize ? ", or --shards \(batchSize) or fewer" : "").
      """
    case .noSamples(let name):
      "\(name) has no sample to train on (all labels are ignored)"
    case .noWeight(let name):
      "\(name): every class that has training samples has weight 0: nothing can be learned; check --class-weights"
    case .columnsDiffer(let training, let validation, let path):
      if training.count != validation.count {
        "\(path) has \(validation.count) features, the training data \(training.count); both need the same columns"
      } else {
        "the columns of \(path) are not those of the training data: \(Self.firstDifference(training, validation))"
      }
    case .tooManySteps(let steps):
      "a run of \(steps) batches is too long; there can be \(UInt32.max). Lower --epochs, or set --max-steps."
    case .moreRanksThanBatch(let ranks, let batchSize):
      """
      \(ranks) ranks cannot share a global batch of \(batchSize): every rank gives at least one sample. \
      Start at most \(batchSize) ranks, or pass --batch-size \(ranks) or more.
      """
    case .notFinite(_, _, _, let isSkipping):
      """
      \(whatIsNotFinite): training has diverged. \
      Lower --learning-rate, set --clip-norm, \(isSkipping ? "or " : "")look for extreme values in the features \
      (--standardize yes)\(isSkipping ? "" : ", or leave such steps out by --on-nonfinite skip").
      """
    }
  }

  /// "the loss at step 12 is not finite, in shard 3 of 8; …"; empty for other errors.
  public var whatIsNotFinite: String {
    guard case .notFinite(let what, let step, let origin, _) = self else { return "" }
    return "the \(what) at step \(step) is not finite\(origin.isEmpty ? "" : ", \(origin)")"
  }

  private static func firstDifference(_ training: [String], _ validation: [String]) -> String {
    guard let index = training.indices.first(where: { training[$0] != validation[$0] }) else { return "" }
    return "column \(index) is \"\(validation[index])\" and not \"\(training[index])\""
  }
}
