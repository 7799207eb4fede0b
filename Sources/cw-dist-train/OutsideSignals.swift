internal import Foundation

/// Signals that mean a crash, but were sent by another process (`kill -SEGV`).
///
/// Swift's runtime prints where a crash was, gives the signal its default back, and returns, so that the instruction
/// at fault is met once more and ends the process. Where no instruction was at fault there is nothing to be met: the
/// first signal from outside is swallowed. Here such a signal ends the process at once.
enum OutsideSignals {
  private static let signals = [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]

  /// What was done about each signal before. Written before the first handler is there, and only read after it.
  nonisolated(unsafe) private static var former: [Int32: sigaction] = [:]

  /// Takes those signals over of which the runtime takes care.
  static func endProcess() {
    var taken: [(signal: Int32, action: sigaction)] = []
    for signal in signals {
      var action = sigaction()
      guard unsafe sigaction(signal, nil, &action) == 0, action.sa_flags & SA_SIGINFO != 0 else { continue }
      unsafe former[signal] = action
      unsafe action.__sigaction_handler.sa_sigaction = { signal, info, context in
        unsafe OutsideSignals.receive(signal, info, context)
      }
      taken.append((signal, action))
    }
    for (signal, action) in taken {
      var action = action
      unsafe sigaction(signal, &action, nil)
    }
  }

  @unsafe
  private static func receive(
    _ signal: Int32, _ info: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?
  ) {
    // Of kill and sigqueue; a fault has a code of its own, and so has what a process sends to itself by raise.
    if let info = unsafe info, unsafe [SI_USER, SI_QUEUE].contains(Int(info.pointee.si_code)) {
      Foundation.signal(signal, SIG_DFL)
      raise(signal)
    } else if let handler = unsafe former[signal]?.__sigaction_handler.sa_sigaction {
      unsafe handler(signal, info, context)
    }
  }
}
