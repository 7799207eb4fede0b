public import Failures

/// A comparison that cannot be gone on with.
public enum ComparisonError: Failure, Equatable {
  /// A run stands where one of other options belongs.
  case otherRun(path: String, difference: String)
  case unreadable(path: String, reason: String)
  /// A choice has more members than the data has samples.
  case tooManyMembers(members: Int, samples: Int, data: String)
  case tooManyFolds(folds: Int, samples: Int, data: String)
  /// A file has the name of the folder.
  case notAFolder(path: String)
  /// The folder is that of a run of `train`.
  case holdsRun(path: String)
  /// The folder holds what no comparison has left.
  case notEmpty(path: String)
  /// The folder is that of a comparison none of whose runs is wanted.
  case otherComparison(path: String)
  case otherData(path: String, file: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .otherRun, .unreadable, .notAFolder, .holdsRun, .notEmpty, .otherComparison, .otherData: .cannotCreate
    case .tooManyMembers, .tooManyFolds: .badConfiguration
    }
  }

  /// Whether something else stands in the folder.
  var isOfAnother: Bool {
    switch self {
    case .otherRun, .notAFolder, .holdsRun, .notEmpty, .otherComparison: true
    case .unreadable, .otherData, .tooManyMembers, .tooManyFolds: false
    }
  }

  public var description: String {
    switch self {
    case .otherRun(let path, let difference):
      """
      \(path) holds a run of other options: \(difference). Type those, to go on with it; or --overwrite to train all runs \
      anew, or another --run-dir.
      """
    case .unreadable(let path, let reason):
      "\(path) cannot be gone on with: \(reason). --overwrite trains all runs anew."
    case .tooManyMembers(let members, let samples, let data):
      """
      --members \(members): \(data) has \(samples) samples, and each member is trained without some that no other leaves \
      out; nothing was trained
      """
    case .tooManyFolds(let folds, let samples, let data):
      "--folds \(folds): \(data) has \(samples) samples, and each fold is to have some; nothing was trained"
    case .notAFolder(let path): "--run-dir \(path): a file has that name"
    case .otherComparison(let path):
      """
      \(path) holds a comparison of other choices or other data, whose table would be replaced; pass another --run-dir, or \
      --overwrite to replace it
      """
    case .otherData(let path, let file):
      """
      \(path) holds a run that has ended, and \(file) is no longer what it has read; pass --overwrite to train all anew, or \
      another --run-dir
      """
    case .holdsRun(let path):
      "\(path) holds a run of train, and a comparison has a folder for each of its runs; pass another --run-dir"
    case .notEmpty(let path):
      """
      \(path) is not empty, and holds no comparison that could be gone on with; pass --overwrite to write into it, or \
      another --run-dir
      """
    }
  }
}
