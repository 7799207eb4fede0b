public import ArgumentParser

/// How long ranks wait for each other.
public struct TimeoutOption: ParsableArguments {
  @Option(parsing: .unconditional, help: "Seconds to wait for other ranks before the job is ended; 0 waits for ever.")
  public var timeout: Double = 600

  public init() {}

  public func validate() throws {
    try require(timeout == 0 || (timeout >= 1 && timeout <= 1e9), "--timeout \(timeout)", "0, or seconds from 1 on")
  }

  /// Nil for ever.
  public var duration: Duration? { timeout > 0 ? .seconds(timeout) : nil }
}
