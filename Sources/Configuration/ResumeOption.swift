public import ArgumentParser

/// What `--resume` names.
public enum ResumeOption: ExpressibleByArgument, Equatable, Sendable {
  case no
  case auto
  case path(String)

  public init?(argument: String) {
    switch argument {
    case "": return nil
    case "no": self = .no
    case "auto": self = .auto
    default: self = .path(argument)
    }
  }

  public var defaultValueDescription: String { "no" }
}
