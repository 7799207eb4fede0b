public import Failures

/// A model that ONNX cannot say, or a file that may not be written.
public enum ExportError: Failure, Equatable {
  case hashed(path: String, column: String, count: Int)
  case exists(path: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .hashed: .badData
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
    case .exists(let path):
      "\(path) is there already; pass --overwrite to replace it, or another name"
    }
  }
}
