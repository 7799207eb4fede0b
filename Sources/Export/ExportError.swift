public import Failures

/// A model that ONNX cannot say, or a file that may not be written.
public enum ExportError: Failure, Equatable {
  case hashed(path: String, column: String, count: Int)
  /// A column whose numbers became ranks.
  case ranked(path: String, column: String)
  case exists(path: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .hashed, .ranked: .badData
    case .exists: .cannotCreate
    }
  }

  public var description: String {
    switch self {
    case .hashed(let path, let column, let count):
      """
      column "\(column.prefix(60))" of \(path) became \(count) features by a hash of its texts, which ONNX has no \
      operation for. Train again with --rare-levels other: it keeps the most frequent levels, and one feature for all \
      others.
      """
    case .ranked(let path, let column):
      """
      the numbers of column "\(column.prefix(60))" of \(path) became ranks, which are not written as ONNX. Train again with \
      --numeric-encoding piecewise, or standard.
      """
    case .exists(let path):
      "\(path) is there already; pass --overwrite to replace it, or another name"
    }
  }
}
