/// What ranks tell each other beside MPI, some times a second: where a rank stands, and how long ago it said so.
package struct RankReport: Equatable, Sendable {
  package var rank: Int
  /// Milliseconds since the rank was heard by who reports it; 0 of itself.
  package var silence: Int
  package var place: RankPlace

  package init(rank: Int, silence: Int = 0, place: RankPlace) {
    self.rank = rank
    self.silence = silence
    self.place = place
  }

  package static let byteCount = 24
  private static let mostStep = 1 << 62

  /// The rank (4 bytes), the silence (4), the operations (8), and twice the step, plus 1 after a goodbye (8).
  package func append(to bytes: inout [UInt8]) {
    func append(_ number: Int, _ count: Int) {
      for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
    }
    append(rank, 4)
    append(min(max(silence, 0), Int(UInt32.max)), 4)
    append(place.operations, 8)
    append(min(place.step, Self.mostStep - 1) << 1 | (place.hasSaidGoodbye ? 1 : 0), 8)
  }

  package init(_ bytes: ArraySlice<UInt8>) {
    precondition(bytes.count == Self.byteCount, "\(bytes.count) bytes are no report")
    func number(_ start: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | Int(bytes[bytes.startIndex + start + $1]) << (8 * $1) }
    }
    let last = number(16, 8)
    self.init(
      rank: number(0, 4), silence: number(4, 4),
      place: RankPlace(operations: number(8, 8), step: last >> 1, hasSaidGoodbye: last & 1 == 1))
  }
}
