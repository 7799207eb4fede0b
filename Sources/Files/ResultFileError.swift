public import Failures

/// A name that no result can be written to.
public enum ResultFileError: Failure, Equatable {
  case exists(path: String)
  case folder(path: String)

  public var exitStatus: ExitStatus { .cannotCreate }

  public var description: String {
    switch self {
    case .exists(let path): "\(path) is there already; --overwrite replaces it"
    case .folder(let path): "\(path) is a folder; name a file in it"
    }
  }
}
