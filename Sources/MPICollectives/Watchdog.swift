#if MPI
  internal import Foundation
  internal import Synchronization

  /// A thread that sees whether this rank waits too long in a collective operation: for a rank that
  /// was stopped, swapped out, or lost with its host.
  ///
  /// The main thread only counts (two plain stores an operation); the watchdog looks at the count
  /// now and then.
  final class Watchdog: Sendable {
    /// Operations begun and ended: odd while the rank is inside of one.
    private let progress = Atomic<Int>(0)

    func enter() {
      progress.store(progress.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    func leave() {
      progress.store(progress.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// Begins to watch.
    ///
    /// - Parameter stalled: Called on the watchdog's thread when one operation has taken `timeout`.
    func start(timeout: Duration, stalled: @escaping @Sendable () -> Never) {
      let thread = Thread {
        var seen = -1
        var since = ContinuousClock.now
        while true {
          Thread.sleep(forTimeInterval: min(0.4, timeout / .seconds(4)))
          let now = self.progress.load(ordering: .relaxed)
          if now != seen {
            (seen, since) = (now, ContinuousClock.now)
          } else if now % 2 == 1, ContinuousClock.now - since >= timeout {
            stalled()
          }
        }
      }
      thread.name = "watchdog"
      thread.start()
    }
  }
#endif
