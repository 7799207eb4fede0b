public import Failures
internal import Foundation

/// A file that cannot be read or written. `code` is the system's errno.
public enum FileError: Failure, Equatable {
  case cannotOpen(path: String, code: Int32)
  case notAFile(path: String)
  case damaged(path: String, reason: String)
  case cannotCreate(path: String, code: Int32)
  case cannotWrite(path: String, code: Int32)

  public var exitStatus: ExitStatus {
    switch self {
    case .cannotOpen, .notAFile: .noInput
    case .damaged: .badData
    case .cannotCreate: .cannotCreate
    case .cannotWrite: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .cannotOpen(let path, let code): "cannot open \(path): \(Self.reason(code))"
    case .notAFile(let path): "\(path) is not a regular file"
    case .damaged(let path, let reason): "\(path) cannot be unpacked: \(reason)"
    case .cannotCreate(let path, let code): "cannot create \(path): \(Self.reason(code))"
    case .cannotWrite(let path, let code): "cannot write \(path): \(Self.reason(code))"
    }
  }

  private static func reason(_ code: Int32) -> String {
    unsafe String(cString: strerror(code))
  }
}
