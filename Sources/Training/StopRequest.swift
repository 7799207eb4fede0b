internal import Foundation
internal import Synchronization

/// A wish from outside that the run stop in good order: SIGUSR1 or SIGTERM. A signal only sets a
/// flag; the flag travels with the next step's reduction, so that all ranks stop at the same step.
public enum StopRequest {
  private static let requested = Atomic<Bool>(false)

  public static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Takes the signals over from their defaults.
  public static func listen() {
    for number in [SIGUSR1, SIGTERM] {
      signal(number) { _ in StopRequest.requested.store(true, ordering: .relaxed) }
    }
  }
}
