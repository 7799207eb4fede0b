internal import Foundation

/// Tells a user who waits how far the reading of a large file is: nothing for the first seconds, then a line now and
/// then; on a terminal one line that is written over. A class, because readers report to it from within.
public final class ReadingLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let interval: Duration
  private var next: ContinuousClock.Instant
  /// Characters of the line that stands on the terminal.
  private var shown = 0

  /// - Parameters:
  ///   - patience: How long nothing is said.
  public init(patience: Duration = .seconds(3)) {
    interval = isTerminal ? .milliseconds(500) : .seconds(10)
    next = .now + patience
  }

  /// - Parameter activity: "reading", "unpacking".
  public func update(_ activity: String, _ path: String, done: Int, of total: Int) {
    guard ContinuousClock.now >= next, total > 0 else { return }
    next = .now + interval
    let line = "\(activity) \(path): \(100 * done / total) %"
    guard isTerminal else { return Console.note(line) }
    Console.overwrite(line, covering: shown)
    shown = line.count
  }

  /// Leaves the terminal's line clean.
  public func end() {
    if shown > 0 { Console.overwrite("", covering: shown) }
    shown = 0
  }
}
