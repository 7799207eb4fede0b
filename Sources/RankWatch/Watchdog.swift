package import Collectives
internal import Failures
internal import Foundation
package import Synchronization
internal import Threads

/// A thread that watches over the job, from within this rank: whether it waits too long in a collective operation,
/// and, by connections beside MPI's own, whether the other ranks are there, and where they stand.
///
/// The main thread only counts (two plain stores an operation); the watchdog looks at the count now and then.
package final class Watchdog: Sendable {
  package init() {}

  /// Operations begun and ended: odd while the rank is inside of one.
  @usableFromInline package let operations = Atomic<Int>(0)
  @usableFromInline package let step = Atomic<Int>(0)
  private let hasSaidGoodbye = Atomic<Bool>(false)
  /// Of this process, once it has said goodbye.
  private let exitStatus = Atomic<Int32>(0)
  private let connections = Mutex<RankConnections?>(nil)

  @inlinable package func enter() {
    operations.store(operations.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  @inlinable package func leave() {
    operations.store(operations.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  @inlinable package func passed(step: Int) {
    self.step.store(step, ordering: .relaxed)
  }

  private var place: RankPlace {
    RankPlace(
      operations: operations.load(ordering: .relaxed), step: step.load(ordering: .relaxed),
      hasSaidGoodbye: hasSaidGoodbye.load(ordering: .relaxed))
  }

  /// Tells the other ranks that this one ends, having said why or having nothing to say: it is not to be missed.
  package func sayGoodbye(exitStatus: Int32) {
    self.exitStatus.store(exitStatus, ordering: .relaxed)
    hasSaidGoodbye.store(true, ordering: .relaxed)
    connections.withLock { $0 }?.send(place)
  }

  /// Begins to watch.
  ///
  /// - Parameters:
  ///   - timeout: How long one operation may take; nil for any time.
  ///   - isTerminating: Whether this process was told to end.
  ///   - lost: Called on the watchdog's thread when the job is lost, after a goodbye; with whether a host of it seems
  ///     to be out of reach.
  /// - Returns: Whether there is memory for the thread.
  package func start(
    _ connections: RankConnections, timeout: Duration?, isTerminating: @escaping @Sendable () -> Bool,
    lost: @escaping @Sendable (JobFailure.Cause, _ lacksHost: Bool) -> Never
  ) -> Bool {
    self.connections.withLock { $0 = connections }
    return BackgroundThread.start {
      self.watch(connections, timeout: timeout, isTerminating: isTerminating, lost: lost)
    }
  }

  /// Between two messages, and at most between two looks.
  private static let interval = Duration.milliseconds(200)
  /// Microseconds in which every rank looks at least once.
  private static let timeToRead: UInt32 = 300_000
  /// How long the other ranks may take to come to the end of MPI.
  private static let patienceAtEnd = Duration.seconds(30)
  /// A look that comes so much too late is no judge of how long others were silent: this process, or the whole job,
  /// was suspended.
  private static let suspension = Duration.seconds(2)

  private func watch(
    _ connections: RankConnections, timeout: Duration?, isTerminating: @Sendable () -> Bool,
    lost: @Sendable (JobFailure.Cause, _ lacksHost: Bool) -> Never
  ) -> Never {
    let parent = getppid()
    var seen = -1
    var since = ContinuousClock.now
    var last = since
    var sent: ContinuousClock.Instant?
    while true {
      connections.wait(Self.interval)
      let now = ContinuousClock.now
      let place = place
      let wasSuspended = now - last > Self.suspension
      last = now
      if place.operations != seen || wasSuspended { (seen, since) = (place.operations, now) }
      // A goodbye that has come is read before something is sent to who is gone: the answer would take it back.
      connections.update(at: now, wasSuspended: wasSuspended)
      // Not whenever something comes: two ranks would answer each other without end.
      if sent.map({ now - $0 >= Self.interval }) ?? true {
        connections.send(place)
        sent = now
      }
      if place.hasSaidGoodbye {
        // All is done; a rank that does not come to the end is no reason to wait for ever.
        if place.isWaiting, now - since >= min(timeout ?? Self.patienceAtEnd, Self.patienceAtEnd) {
          _exit(exitStatus.load(ordering: .relaxed))
        }
        continue
      }
      var cause = connections.loss(at: now, isTerminating: isTerminating())
      if let timeout, place.isWaiting, now - since >= timeout {
        cause = .stall(after: timeout, absent: connections.absent(from: place, at: now))
      }
      if getppid() != parent { cause = .launcherEnded }
      if let cause {
        sayGoodbye(exitStatus: ExitStatus.rankFailed.rawValue)
        // Who sends something to a connection that is closed loses what has come by it: the goodbye is read before that.
        usleep(Self.timeToRead)
        lost(cause, connections.lacksHost(at: now))
      }
    }
  }
}
