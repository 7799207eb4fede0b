internal import ArgumentParser

/// Whether the rows of the last layer are brought nearer to one length after training, as `--tau-normalization` has it.
public enum TauNormalization: ExpectedText {
  case no
  /// By the τ that is best on the validation part.
  case auto
  /// By this τ, in 0...1.
  case tau(Double)

  static var expectation: String { "no, auto, or a number from 0 to 1" }

  public init?(argument: String) {
    switch argument {
    case "no": self = .no
    case "auto": self = .auto
    default:
      guard let tau = Double(argument), tau >= 0, tau <= 1 else { return nil }
      // Not −0, which is 0.
      self = .tau(tau.magnitude)
    }
  }

  public var description: String {
    switch self {
    case .no: "no"
    case .auto: "auto"
    case .tau(let tau): "\(tau)"
    }
  }
}
