/// Where a rank stands.
package struct RankPlace: Equatable, Sendable {
  /// Collective operations begun and ended: odd while the rank is inside of one.
  package var operations = 0
  /// Steps taken.
  package var step = 0
  /// Whether it is about to end, and not to be missed.
  package var hasSaidGoodbye = false

  package var isWaiting: Bool { operations % 2 == 1 }

  package init(operations: Int = 0, step: Int = 0, hasSaidGoodbye: Bool = false) {
    self.operations = operations
    self.step = step
    self.hasSaidGoodbye = hasSaidGoodbye
  }
}
