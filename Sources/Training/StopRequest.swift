internal import Foundation
internal import Synchronization

/// A wish from outside that the run stop in good order: SIGUSR1, SIGTERM, or the end of the time that it has. It only
/// sets a flag; the flag travels with the next step's reduction, so that all ranks stop at the same step.
public enum StopRequest {
  private static let requested = Atomic<Bool>(false)

  public static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Takes the signals over from their defaults.
  public static func listen() {
    for number in [SIGUSR1, SIGTERM] {
      signal(number) { _ in StopRequest.requested.store(true, ordering: .relaxed) }
    }
  }

  /// Requests a stop in `seconds` from now.
  public static func request(inSeconds seconds: Double) {
    let thread = Thread {
      Thread.sleep(forTimeInterval: seconds)
      requested.store(true, ordering: .relaxed)
    }
    thread.name = "time limit"
    thread.start()
  }
}
