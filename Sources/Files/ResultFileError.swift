public import Failures

/// A name that no result can be written to.
public enum ResultFileError: Failure, Equatable {
  case exists(path: String)
  case folder(path: String)
  case input(path: String)
  case noPage(path: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .exists, .folder: .cannotCreate
    case .input, .noPage: .usage
    }
  }

  public var description: String {
    switch self {
    case .exists(let path): "\(path) is there already; --overwrite replaces it"
    case .folder(let path): "\(path) is a folder; name a file in it"
    case .input(let path): "\(path) is read for what would be written to it; name another file"
    case .noPage(let path): "\(path): a page of HTML is written to it; name a file that ends in .html"
    }
  }
}
