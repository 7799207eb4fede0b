/// Hears from a reader how far it is: now and then, on every rank.
public struct ReadingProgress {
  /// What is done with the file: "reading", "unpacking".
  public typealias Report = (_ activity: String, _ path: String, _ done: Int, _ total: Int) throws -> Void

  private let report: Report

  /// - Parameter report: Called with how much of this rank's part is read, and all of it; what it throws
  ///   ends the reading, of all ranks.
  public init(_ report: @escaping Report) {
    self.report = report
  }

  /// Nobody listens.
  public static var none: ReadingProgress { ReadingProgress { _, _, _, _ in } }

  /// Bytes between two reports.
  static let interval = 1 << 20

  /// Of an array, whose shards are read one after the other.
  func begin(shard: Int, of own: Range<Int>, in path: String) throws {
    try report("reading", path, shard - own.lowerBound, own.count)
  }

  func callAsFunction(_ activity: String, _ path: String, done: Int, of total: Int) throws {
    try report(activity, path, done, total)
  }
}

/// A position that moves through a text, of which something is told every `ReadingProgress.interval` bytes.
struct Milestones {
  private var next = 0
  private let tell: (Int) throws -> Void

  init(_ tell: @escaping (Int) throws -> Void) {
    self.tell = tell
  }

  @inline(__always)
  mutating func pass(_ position: Int) throws {
    guard position >= next else { return }
    next = position + ReadingProgress.interval
    try tell(position)
  }
}
