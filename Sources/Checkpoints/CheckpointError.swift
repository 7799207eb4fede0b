public import Failures
internal import Files

/// A checkpoint that cannot be gone on with.
public enum CheckpointError: Failure, Equatable {
  case notThere(path: String)
  case damaged(path: String, reason: String)
  /// It is whole, but written by a program that writes something else.
  case otherVersion(path: String, reason: String)
  case isModel(path: String)
  /// All checkpoints of a run that is complete are damaged.
  case noneWhole(run: String, reason: String)
  /// All checkpoints of a run that was named are damaged.
  case noneLeft(run: String, reason: String)
  case otherData(path: String, difference: String, options: [String])
  /// The options that differ in ways that the state does not fit.
  case otherShape(path: String, options: [String], reason: String? = nil)
  /// The options that differ, by whose former values members have been trained.
  case trainedMembers(path: String, count: Int, options: [String])
  /// The options that differ, and make it another run.
  case otherOptions(path: String, options: [String])
  /// The options that differ, and would train nothing.
  case nothingLeft(path: String, options: [String], advice: String)
  /// What was done is beyond the new end.
  case beyondEnd(path: String, option: String)
  case moreRanksThanShards(path: String, ranks: Int, shards: Int)

  public var exitStatus: ExitStatus {
    switch self {
    case .notThere: .noInput
    case .damaged, .otherVersion, .isModel, .noneWhole, .noneLeft: .badData
    case .otherData, .otherShape, .trainedMembers, .otherOptions, .nothingLeft, .beyondEnd, .moreRanksThanShards:
      .badConfiguration
    }
  }

  public var description: String {
    switch self {
    case .notThere(let path):
      "--resume \(path): there is no checkpoint; it names a checkpoint (checkpoints/step-….safetensors) or the folder of a run"
    case .damaged(let path, let reason):
      "the checkpoint \(path) is damaged: \(reason); --resume auto takes the newest that is whole"
    case .otherVersion(let path, let reason):
      "the checkpoint \(path) is whole, but of another version of this program, which alone can go on with it (\(reason))"
    case .isModel(let path):
      "\(path) is a model and no checkpoint; --init \(path.asShellWord) begins a run with its parameters"
    case .noneWhole(let run, let reason):
      """
      \(run) holds a complete run, of which no checkpoint is whole, so that it cannot be gone on with; to replace it, \
      say --overwrite instead of --resume. (\(reason))
      """
    case .noneLeft(let run, let reason):
      "none of the checkpoints of \(run) is whole, so that it cannot be gone on with (\(reason))"
    case .beyondEnd(let path, let option):
      "the checkpoint \(path) is beyond \(option); a run cannot be gone back with (to train anew, name another --run-dir)"
    case .otherData(let path, let difference, let options):
      """
      the checkpoint \(path) was made with other data: \(difference)\
      \(options.isEmpty ? "" : " (options that differ: \(options.joined(separator: ", ")))"). \
      If the data is the same, the program that made it was another version, which encoded it otherwise, and alone can go on. \
      To begin a new run with its parameters, where it is of one model and they fit, say --init \(path.asShellWord).
      """
    case .otherShape(let path, let options, let reason):
      """
      the checkpoint \(path) was made with \(options.joined(separator: ", ")). A run cannot be gone on with so\
      \(reason.map { " (\($0))" } ?? ""); \
      begin a new one (with its parameters, where it is of one model and they fit, by --init \(path.asShellWord)).
      """
    case .trainedMembers(let path, let count, let options):
      """
      the checkpoint \(path) has \(count) member\(count == 1 ? "" : "s") trained with \(options.joined(separator: ", ")), \
      which the others have to be, too. Begin a new run.
      """
    case .otherOptions(let path, let options):
      """
      the checkpoint \(path) was made with \(options.joined(separator: ", ")). It would be another run; \
      to go on with the new options from there, say --force.
      """
    case .nothingLeft(let path, let options, let advice):
      """
      the checkpoint \(path) was made with \(options.joined(separator: ", ")), and its run has come to its end: other options \
      would only change how its model is described. \(advice)
      """
    case .moreRanksThanShards(let path, let ranks, let shards):
      """
      the checkpoint \(path) was made with \(shards) shards, which \(ranks) ranks cannot share: start at most \(shards) \
      ranks.
      """
    }
  }
}
