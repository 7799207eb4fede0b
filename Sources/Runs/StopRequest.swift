internal import Foundation
internal import Synchronization

/// A wish from outside that the run stop in good order: SIGUSR1, SIGTERM, SIGINT (Ctrl-C), or the end of the time that
/// it has. It only sets a flag; the flag travels with the next step's reduction, so that all ranks stop at the same step.
public enum StopRequest {
  private static let requested = Atomic<Bool>(false)
  private static let terminating = Atomic<Bool>(false)
  private static let interrupted = Atomic<Bool>(false)
  private static let underLauncher = Atomic<Bool>(false)

  /// The number of the signal that asked for it; 0 for none.
  private static let signalNumber = Atomic<Int32>(0)

  /// What asked for it on this rank, for people; nil for nothing.
  public static var cause: String? {
    switch signalNumber.load(ordering: .relaxed) {
    case SIGUSR1: "SIGUSR1"
    case SIGTERM: "SIGTERM"
    case SIGINT: "Ctrl-C"
    case SIGALRM: "the end of --max-time"
    default: nil
    }
  }

  public static var isRequested: Bool { requested.load(ordering: .relaxed) }
  /// Whether it was SIGTERM or SIGINT, after which a launcher leaves a process little time.
  public static var isTerminating: Bool { terminating.load(ordering: .relaxed) }

  /// What a shell reports of a process that Ctrl-C has ended.
  private static let interruptedStatus: Int32 = 128 + SIGINT

  /// Takes the signals over from their defaults.
  ///
  /// - Parameter underLauncher: Whether a launcher started this process. Ctrl-C is the launcher's then: a terminal may
  ///   send it to the ranks, too, which then stop as by the SIGTERM that the launcher sends, and leave talking, and a
  ///   second one, to it.
  public static func listen(underLauncher: Bool) {
    self.underLauncher.store(underLauncher, ordering: .relaxed)
    signal(SIGUSR1) { StopRequest.request(by: $0) }
    signal(SIGTERM) { StopRequest.terminate(by: $0) }
    // What is started in the background of a script ignores SIGINT; that is its caller's wish.
    guard !ignoresInterrupt else { return }
    signal(SIGINT) { number in
      if !StopRequest.underLauncher.load(ordering: .relaxed) {
        if StopRequest.interrupted.exchange(true, ordering: .relaxed) { _exit(StopRequest.interruptedStatus) }
        StopRequest.say("\ncw-dist-train: stopping in good order; press Ctrl-C again to end at once\n")
      }
      StopRequest.terminate(by: number)
    }
  }

  private static var ignoresInterrupt: Bool {
    var action = sigaction()
    guard unsafe sigaction(SIGINT, nil, &action) == 0 else { return false }
    // Handlers cannot be compared but as addresses.
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func request(by number: Int32) {
    signalNumber.store(number, ordering: .relaxed)
    requested.store(true, ordering: .relaxed)
  }

  private static func terminate(by number: Int32) {
    terminating.store(true, ordering: .relaxed)
    request(by: number)
  }

  /// Writes from within a handler of signals, where nothing may take memory or a lock.
  private static func say(_ text: StaticString) {
    _ = unsafe write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }

  /// Requests a stop in `seconds` from now.
  public static func request(inSeconds seconds: Double) {
    signal(SIGALRM) { StopRequest.request(by: $0) }
    // A timer of 0 would never ring.
    let seconds = max(seconds, 1e-3)
    var timer = itimerval()
    timer.it_value.tv_sec = Int(seconds)
    timer.it_value.tv_usec = Int(seconds.truncatingRemainder(dividingBy: 1) * 1e6)
    unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }
}
