internal import Foundation
internal import Synchronization

/// A wish from outside that the run stop in good order: SIGUSR1, SIGTERM, or the end of the time that it has. It only
/// sets a flag; the flag travels with the next step's reduction, so that all ranks stop at the same step.
public enum StopRequest {
  private static let requested = Atomic<Bool>(false)
  private static let terminating = Atomic<Bool>(false)

  public static var isRequested: Bool { requested.load(ordering: .relaxed) }
  /// Whether it was SIGTERM, after which a launcher leaves a process little time.
  public static var isTerminating: Bool { terminating.load(ordering: .relaxed) }

  /// Takes the signals over from their defaults.
  public static func listen() {
    signal(SIGUSR1) { _ in StopRequest.requested.store(true, ordering: .relaxed) }
    signal(SIGTERM) { _ in
      StopRequest.terminating.store(true, ordering: .relaxed)
      StopRequest.requested.store(true, ordering: .relaxed)
    }
  }

  /// Requests a stop in `seconds` from now.
  public static func request(inSeconds seconds: Double) {
    signal(SIGALRM) { _ in StopRequest.requested.store(true, ordering: .relaxed) }
    // A timer of 0 would never ring.
    let seconds = max(seconds, 1e-3)
    var timer = itimerval()
    timer.it_value.tv_sec = Int(seconds)
    timer.it_value.tv_usec = Int(seconds.truncatingRemainder(dividingBy: 1) * 1e6)
    unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }
}
