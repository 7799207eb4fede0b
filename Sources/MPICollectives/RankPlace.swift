#if MPI
  /// Where a rank stands: what ranks tell each other beside MPI, some times a second.
  struct RankPlace: Equatable, Sendable {
    /// Collective operations begun and ended: odd while the rank is inside of one.
    var operations = 0
    /// Steps taken.
    var step = 0
    /// Whether it is about to end, and not to be missed.
    var hasSaidGoodbye = false

    var isWaiting: Bool { operations % 2 == 1 }

    static let byteCount = 24

    var bytes: [UInt8] {
      [operations, step, hasSaidGoodbye ? 1 : 0].flatMap { number in
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
      }
    }

    init(operations: Int = 0, step: Int = 0, hasSaidGoodbye: Bool = false) {
      self.operations = operations
      self.step = step
      self.hasSaidGoodbye = hasSaidGoodbye
    }

    init(_ bytes: ArraySlice<UInt8>) {
      precondition(bytes.count == Self.byteCount)
      let numbers = (0..<3).map { field in
        (0..<8).reduce(0) { $0 | Int(bytes[bytes.startIndex + 8 * field + $1]) << (8 * $1) }
      }
      self.init(operations: numbers[0], step: numbers[1], hasSaidGoodbye: numbers[2] != 0)
    }
  }
#endif
