public import Failures
internal import Foundation

/// A file that cannot be read or written. `code` is the system's errno.
public enum FileError: Failure, Equatable {
  case cannotOpen(path: String, code: Int32)
  case notAFile(path: String)
  case damaged(path: String, reason: String)
  case cannotRead(path: String, code: Int32)
  /// It lost its end, or was written to, while it was read.
  case changed(path: String)
  case cannotCreate(path: String, code: Int32)
  case cannotWrite(path: String, code: Int32)

  public var exitStatus: ExitStatus {
    switch self {
    // More than the process may have.
    case .cannotOpen(_, let code) where code == ENOMEM: .badConfiguration
    case .cannotOpen, .notAFile: .noInput
    case .damaged: .badData
    case .cannotCreate: .cannotCreate
    case .cannotWrite, .cannotRead, .changed: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .cannotOpen("-", _):
      "- is no file here: data that is trained on is read more than once, so save what comes through a pipe in a file first"
    case .cannotOpen(let path, let code): "cannot open \(path): \(Self.reason(code))"
    case .notAFile(let path) where path.hasPrefix("/dev/fd/"):
      "\(path) is a pipe: save what comes through it in a file first, or have predict or evaluate read it as standard input, -"
    case .notAFile(let path): "\(path) is not a regular file"
    case .damaged(let path, let reason): "\(path) cannot be unpacked: \(reason)"
    case .cannotRead(let path, let code): "cannot read \(path): \(Self.reason(code))"
    case .changed(let path):
      "\(path) was changed, or could not be read from its disk, while this program read it; start again when nobody writes to it"
    case .cannotCreate(let path, let code): "cannot create \(path): \(Self.reason(code))"
    case .cannotWrite(let path, let code): "cannot write \(path): \(Self.reason(code))"
    }
  }

  private static func reason(_ code: Int32) -> String {
    unsafe String(cString: strerror(code))
  }
}
