public import Failures

/// A comparison that cannot be gone on with.
public enum ComparisonError: Failure, Equatable {
  /// A run stands where one of other options belongs.
  case otherRun(path: String, difference: String)
  case unreadable(path: String, reason: String)
  /// A file has the name of the folder.
  case notAFolder(path: String)

  public var exitStatus: ExitStatus { .cannotCreate }

  public var description: String {
    switch self {
    case .otherRun(let path, let difference):
      """
      \(path) holds a run of other options: \(difference). Type those, to go on with it; or --overwrite to train all runs \
      anew, or another --run-dir.
      """
    case .unreadable(let path, let reason):
      "\(path) cannot be gone on with: \(reason). --overwrite trains all runs anew."
    case .notAFolder(let path): "--run-dir \(path): a file has that name"
    }
  }
}
