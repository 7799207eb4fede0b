internal import Kernels

/// Where an optimizer of full batches stands: the part of its state that is not vectors. The same on all ranks.
public struct DescentProgress: Codable, Equatable, Sendable {
  /// Passes over the training part in the steps that were taken, those of the line searches included.
  public var evaluations = 0
  /// f at the parameters as they stand; nil where it has not been computed.
  public var value: Double?
  /// What f is, in words: with another one value and gradient are computed anew.
  public var objective = ""
  /// Pairs that were added to the memory.
  public var pairs = 0
  /// Whether no smaller f was found in the direction of steepest descent.
  public var isStuck = false

  public init() {}
}

/// What there is to report of such an optimizer.
public struct DescentReport: Codable, Equatable, Sendable {
  /// Why it has no more steps to take.
  public enum Ending: String, Codable, Sendable {
    /// The largest component of the gradient is within the tolerance.
    case tolerance
    /// Rounding leaves no smaller f to be found.
    case precision
  }

  /// Passes over the training part since the beginning of the run.
  public let evaluations: Int
  /// The largest component of the gradient of the mean loss, the penalty's part included.
  public let largestGradient: Double
  /// The largest component at which it ends.
  public let tolerance: Double
  /// Nil where there are more steps to take.
  public let ending: Ending?
}
