public import Failures
internal import Files

/// A run that cannot be reproduced.
public enum ReproductionError: Failure, Equatable {
  case notThere(path: String)
  /// A folder; `advice` names a run that it holds, or is empty.
  case noRun(path: String, advice: String)
  case file(path: String)
  /// It was begun, and has come to nothing yet.
  case nothingToCompare(path: String)
  case moreRanksThanShards(path: String, ranks: Int, shards: Int)
  /// `was` says what was read then, or is empty; `isOtherProgram` whether a program of another version made the run.
  case otherData(path: String, data: String, difference: String, was: String, isOtherProgram: Bool)
  /// `file` is the file of weights that the configuration names; nil for a rule.
  case otherWeights(path: String, difference: String, file: String?)

  public var exitStatus: ExitStatus {
    switch self {
    case .notThere: .noInput
    case .noRun, .file, .nothingToCompare, .otherData, .otherWeights: .badData
    case .moreRanksThanShards: .badConfiguration
    }
  }

  public var description: String {
    switch self {
    case .notThere(let path):
      "there is no \(path); reproduce takes the folder of a run, such as runs/data"
    case .noRun(let path, let advice):
      "\(path) is a folder, but none of a run: it lacks \(RunDirectory.configurationFile)\(advice)"
    case .file(let path):
      "\(path) is a file; reproduce takes the folder of a run, in which its \(RunDirectory.configurationFile) lies"
    case .nothingToCompare(let path):
      """
      \(path) holds nothing yet to compare with: neither a line of metrics nor a whole checkpoint nor a model; \
      --resume auto --run-dir \(path.asShellWord) goes on with it
      """
    case .moreRanksThanShards(let path, let ranks, let shards):
      """
      \(path) was trained with \(shards) shards, which \(ranks) ranks cannot share: start at most \(shards) ranks. \
      (The bits depend on the shards, and not on the ranks.)
      """
    case .otherData(let path, let data, let difference, let was, let isOtherProgram):
      """
      \(path) was trained on other data than \(data): \(difference). \
      \(was.isEmpty ? "" : "The run read \(was). ")\(isOtherProgram ? "Or its program, of another version, encoded the same data otherwise. " : "")\
      If its data lies elsewhere now, name it: \
      cw-dist-train reproduce \(path.asShellWord) --data PATH (also --labels, --validation, --validation-labels).
      """
    case .otherWeights(let path, let difference, let file):
      """
      \(path) was trained with other class weights: \(difference). \
      \(file.map { "\($0) was changed since: " } ?? "Its own are in \(path)/\(RunDirectory.weightsFile): ")\
      cw-dist-train reproduce \(path.asShellWord) --class-weights \("\(path)/\(RunDirectory.weightsFile)".asShellWord)
      """
    }
  }
}
