internal import CIntrinsics
public import Failures
internal import Foundation

/// What would not fit into the memory that this process may have.
public struct MemoryError: Failure, Equatable {
  /// "1,000 samples of 10 features"
  public let what: String
  public let byteCount: Double
  /// Whether every rank takes as much, however many there are.
  public let isOfEachRank: Bool

  public init(what: String, byteCount: Double, isOfEachRank: Bool = false) {
    self.what = what
    self.byteCount = byteCount
    self.isOfEachRank = isOfEachRank
  }

  public var exitStatus: ExitStatus { .badConfiguration }

  public var description: String {
    """
    too little memory for \(what): a rank needs \(Self.text(byteCount)), more than this machine has or than the \
    process may have (ulimit -v). \
    \(isOfEachRank ? "More ranks do not lower it: each has all of it. Lower" : "Start more ranks on more machines, or lower") \
    what is asked for.
    """
  }

  /// Asks whether there is memory, before much of it is taken. A system that promises more than it has may still end
  /// the process later.
  ///
  /// - Parameters:
  ///   - what: For the message.
  ///   - isOfEachRank: Whether every rank takes as much, however many there are.
  /// - Throws: `MemoryError`
  public static func check(
    byteCount: Double, for what: @autoclosure () -> String, isOfEachRank: Bool = false
  ) throws(MemoryError) {
    // Less than this is there, or nothing else will work either.
    guard byteCount > 0x1p24 else { return }
    guard byteCount < 0x1p61, cintrinsics_can_allocate(Int(byteCount)) != 0 else {
      throw MemoryError(what: what(), byteCount: byteCount, isOfEachRank: isOfEachRank)
    }
  }

  /// Gives a message and its exit code to a process that ends since an array or a text got no memory. Swift's own way
  /// is a line, SIGABRT and a trace, as for a bug.
  public static func listen() {
    signal(SIGABRT) { _ in
      if MemoryError.isShort {
        MemoryError.say("cw-dist-train: error: too little memory: this process is refused more (ulimit -v)\n")
        _exit(ExitStatus.badConfiguration.rawValue)
      }
      // Another reason, or a signal from outside: what would have happened.
      signal(SIGABRT, SIG_DFL)
      raise(SIGABRT)
    }
  }

  /// Whether the system refuses what any larger array takes. Within a handler of signals only a call of the system may
  /// ask.
  private static var isShort: Bool {
    let size = 1 << 28
    let memory = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard unsafe memory != MAP_FAILED else { return true }
    unsafe munmap(memory, size)
    return false
  }

  private static func say(_ text: StaticString) {
    _ = unsafe write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }

  /// Ends the process where memory was refused and nobody can be told by an error.
  static func end(byteCount: Int) -> Never {
    let error = MemoryError(what: "what is computed", byteCount: Double(byteCount))
    try? FileHandle.standardError.write(contentsOf: Data("cw-dist-train: error: \(error)\n".utf8))
    // Without what runs at an ordinary end: MPI's would wait for the other ranks.
    _exit(error.exitStatus.rawValue)
  }

  private static func text(_ byteCount: Double) -> String {
    let units = [("TiB", 0x1p40), ("GiB", 0x1p30), ("MiB", 0x1p20)]
    let (unit, size) = units.first { byteCount >= $0.1 } ?? ("MiB", 0x1p20)
    return "\((byteCount / size * 10).rounded() / 10) \(unit)"
  }
}
