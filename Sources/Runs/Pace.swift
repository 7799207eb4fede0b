/// Tells when an interval has passed to a loop that asks after every pass. It looks at the clock some sixteen times an
/// interval, however short a pass is: between that it counts, which a loop of microseconds does not notice. A class,
/// since it is asked through values that are not changed.
package final class Pace {
  private let interval: Duration
  private var next: ContinuousClock.Instant
  private var lastLook: ContinuousClock.Instant
  /// Passes from one look to the next.
  private var stride = 1
  private var left = 1

  package init(_ interval: Duration, from start: ContinuousClock.Instant = .now) {
    self.interval = interval
    lastLook = start
    next = lastLook + interval
  }

  /// Whether the interval has passed since this was last so.
  package func isDue(_ clock: () -> ContinuousClock.Instant = { .now }) -> Bool {
    left -= 1
    return left <= 0 && look(at: clock())
  }

  /// - Parameter now: The time at which the last `stride` passes have ended.
  private func look(at now: ContinuousClock.Instant) -> Bool {
    let wanted = interval / 16
    let found = now - lastLook
    lastLook = now
    // No more than twice as many at once: the first passes of a loop may be quicker than the rest.
    let factor = found > .zero ? min(wanted / found, 2) : 2
    stride = max(Int(Double(stride) * factor), 1)
    left = stride
    guard now >= next else { return false }
    next = now + interval
    return true
  }
}
