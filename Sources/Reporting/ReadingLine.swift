/// Tells a user who waits how far the reading of a large file is: nothing for the first moment, then a line now and
/// then; on a terminal one line that is written over. A class, because readers report to it from within.
public final class ReadingLine {
  private let interval: Duration = Console.showsStatus ? .milliseconds(100) : .seconds(10)
  private var next = ContinuousClock.now + (Console.showsStatus ? .milliseconds(300) : .seconds(3))

  public init() {}

  /// - Parameter activity: "reading", "unpacking".
  public func update(_ activity: String, _ path: String, done: Int, of total: Int) {
    guard ContinuousClock.now >= next, total > 0 else { return }
    next = .now + interval
    let line = "\(activity) \(path): \(100 * done / total) %"
    if Console.showsStatus { Console.status(line) } else { Console.note(line) }
  }

  /// Leaves the terminal's line clean.
  public func end() { Console.status(nil) }
}
