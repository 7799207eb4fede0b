internal import Foundation
internal import Synchronization

/// Sees to it that a file that is cut short while it is mapped does not end the process, and tells of those that are changed.
///
/// The system sends SIGBUS for a page that the file no longer has (or that its disk cannot give). The handler puts
/// zeros into the place of that page and of all behind it, and notes which file it was; whoever reads goes on to its
/// end, and is told then. A fault anywhere else is left to whom it was left to before.
enum MappingGuard {
  /// A mapping; free where it has no bytes. The handler reads it, without a lock: `end` is written last and removed
  /// first.
  private struct Slot: ~Copyable {
    let start = Atomic<UInt>(0)
    let end = Atomic<UInt>(0)
  }

  /// Files that are mapped at a time: a few. Those beyond that are not guarded.
  private static let slotCount = 64
  /// Made once, never freed: a signal may come at any time.
  nonisolated(unsafe) private static let slots = {
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
    for index in 0..<slotCount { unsafe (slots + index).initialize(to: Slot()) }
    return unsafe slots
  }()
  private struct State {
    /// By slot.
    var files: [Int: File] = [:]
    /// One that is no longer mapped.
    var pathOfChanged: String?
  }

  private struct File {
    let path: String
    let descriptor: Int32
    /// Its state when it was mapped.
    let status: stat

    /// Whether it lost bytes (of the last page there is no signal: zeros stand there), or was written to.
    var isChanged: Bool {
      var now = stat()
      guard unsafe fstat(descriptor, &now) == 0 else { return false }
      return now.st_size != status.st_size || now.st_mtim.tv_sec != status.st_mtim.tv_sec
        || now.st_mtim.tv_nsec != status.st_mtim.tv_nsec
    }
  }

  private static let state = Mutex(State())
  /// The slot of a file that was cut short; -1 for none.
  private static let lost = Atomic<Int>(-1)
  private static let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))
  nonisolated(unsafe) private static var previous = sigaction()

  private static let isListening: Bool = {
    // What the handler needs is made before it can be called.
    _ = (unsafe slots, pageSize)
    var action = sigaction()
    action.sa_flags = SA_SIGINFO | SA_NODEFER
    unsafe action.__sigaction_handler.sa_sigaction = { _, information, _ in
      // What another process sends has no address; a fault has a code of the system's.
      guard let information = unsafe information, unsafe information.pointee.si_code > 0,
        MappingGuard.mend(UInt(bitPattern: unsafe information.pointee._sifields._sigfault.si_addr))
      else {
        if let information = unsafe information, unsafe information.pointee.si_code <= 0 {
          // Of another process: there is no fault to be met again.
          Foundation.signal(SIGBUS, SIG_DFL)
        } else {
          unsafe sigaction(SIGBUS, &MappingGuard.previous, nil)
        }
        raise(SIGBUS)
        return
      }
    }
    return unsafe sigaction(SIGBUS, &action, &previous) == 0
  }()

  /// - Parameter status: Of the file, before it was mapped.
  static func add(_ base: UnsafeMutableRawPointer, descriptor: Int32, _ status: stat, path: String) {
    guard isListening else { return }
    state.withLock { state in
      guard let index = (0..<slotCount).first(where: { state.files[$0] == nil }) else { return }
      state.files[index] = File(path: path, descriptor: descriptor, status: status)
      unsafe slots[index].start.store(UInt(bitPattern: base), ordering: .releasing)
      unsafe slots[index].end.store(UInt(bitPattern: base) + UInt(status.st_size), ordering: .releasing)
    }
  }

  /// Before the mapping ends and its file is closed.
  static func remove(_ base: UnsafeMutableRawPointer) {
    state.withLock { state in
      let address = UInt(bitPattern: base)
      guard let index = state.files.keys.first(where: { unsafe slots[$0].start.load(ordering: .relaxed) == address })
      else { return }
      if isChanged(index, state) { state.pathOfChanged = state.files[index]?.path }
      _ = lost.compareExchange(expected: index, desired: -1, ordering: .acquiringAndReleasing)
      unsafe slots[index].end.store(0, ordering: .releasing)
      unsafe slots[index].start.store(0, ordering: .releasing)
      state.files[index] = nil
    }
  }

  /// Of a file that was cut short or written to; nil where none was.
  static var pathOfChanged: String? {
    state.withLock { state in
      state.files.first { isChanged($0.key, state) }?.value.path ?? state.pathOfChanged
    }
  }

  /// Forgets those that are no longer mapped.
  static func forgetChanged() { state.withLock { $0.pathOfChanged = nil } }

  /// Whether a page was lost, or the file was written to.
  private static func isChanged(_ index: Int, _ state: State) -> Bool {
    lost.load(ordering: .acquiring) == index || state.files[index]?.isChanged == true
  }

  /// Called by the handler: no memory is taken, no lock.
  ///
  /// - Returns: Whether the address lies in one of the mappings, and can be read now.
  private static func mend(_ address: UInt) -> Bool {
    for index in 0..<slotCount {
      let (start, end) = unsafe (
        slots[index].start.load(ordering: .acquiring), slots[index].end.load(ordering: .acquiring)
      )
      guard address >= start, address < end else { continue }
      let page = address / pageSize * pageSize
      let zeros = unsafe mmap(
        UnsafeMutableRawPointer(bitPattern: page), Int(end - page), PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
        -1, 0)
      guard unsafe zeros != MAP_FAILED else { return false }
      lost.store(index, ordering: .releasing)
      return true
    }
    return false
  }
}
