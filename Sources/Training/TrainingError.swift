public import Failures

/// A run that cannot begin or cannot go on.
public enum TrainingError: Failure, Equatable {
  case noSamples(name: String)
  case noWeight(name: String)
  case columnsDiffer(training: [String], validation: [String], path: String)
  /// `origin` says where it comes from, and may be empty.
  case notFinite(what: String, step: Int, origin: String = "", isSkipping: Bool = false)
  /// The model as it stands, on a part of the data.
  case evaluationNotFinite(part: String, step: Int)
  case tooManySteps(steps: Double)
  /// Sparse rows, whose columns are to be embedded.
  case noColumns(name: String)
  /// Rows that are not sparse, and an optimizer that is for such.
  case noSparseRows(name: String)
  /// A sampler may draw more samples from a shard than can be told apart.
  case tooManyDraws(shard: Int, draws: Double)
  /// `option` names a class that the data does not have.
  case unknownClass(option: String, name: String, classNames: [String])

  public var exitStatus: ExitStatus {
    switch self {
    case .tooManySteps, .tooManyDraws, .unknownClass, .noColumns, .noSparseRows: .badConfiguration
    case .noSamples, .noWeight, .columnsDiffer, .notFinite, .evaluationNotFinite: .badData
    }
  }

  public var description: String {
    switch self {
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
    case .noColumns(let name):
      """
      \(name) has sparse rows, and --embedding learns numbers for each column of a table: leave it out. (The first layer of \
      --model mlp learns a row of numbers for each feature.)
      """
    case .noSparseRows(let name):
      """
      --optimizer sparse-adam is for sparse rows, and those of \(name) are not: --optimizer adam. (Of svmlight data rows stay \
      sparse where fewer than a tenth of the values are not 0.)
      """
    case .tooManySteps(let steps):
      "a run of \(steps) batches is too long; there can be \(UInt32.max). Lower --epochs, or set --max-steps."
    case .tooManyDraws(let shard, let draws):
      """
      an epoch may draw \(draws) samples from shard \(shard); there can be \(UInt32.max). Set more --shards, or lower \
      --sampling-ratio.
      """
    case .unknownClass(let option, let name, let classNames):
      """
      \(option) names the class "\(name)", which the data does not have. Its classes are \
      \(classNames.prefix(20).joined(separator: ", "))\(classNames.count > 20 ? ", …" : "").
      """
    case .notFinite(_, _, _, let isSkipping):
      """
      \(whatIsNotFinite): training has diverged. \
      Lower --learning-rate, set --clip-norm, \(isSkipping ? "or " : "")look for extreme values in the features \
      (--standardize yes)\(isSkipping ? "" : ", or leave such steps out by --on-nonfinite skip").
      """
    case .evaluationNotFinite(let part, _):
      """
      \(whatIsNotFinite), while every step's was: \
      \(part == "training" ? "training has diverged" : "look for extreme values in it (--standardize yes)"). \
      Lower --learning-rate, or pass --on-nonfinite skip, which goes on and reports such a loss as null.
      """
    }
  }

  /// "the loss at step 12 is not finite, in shard 3 of 8; …"; empty for other errors.
  public var whatIsNotFinite: String {
    switch self {
    case .notFinite(let what, let step, let origin, _):
      "the \(what) at step \(step) is not finite\(origin.isEmpty ? "" : ", \(origin)")"
    case .evaluationNotFinite(let part, let step):
      "the model's loss on the \(part) data after step \(step) is not finite"
    default: ""
    }
  }

  private static func firstDifference(_ training: [String], _ validation: [String]) -> String {
    guard let index = training.indices.first(where: { training[$0] != validation[$0] }) else { return "" }
    return "column \(index) is \"\(validation[index])\" and not \"\(training[index])\""
  }
}
