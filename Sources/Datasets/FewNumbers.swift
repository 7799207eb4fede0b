/// The different numbers of a column, as long as they are few and whole: such as may be codes of categories.
struct FewNumbers {
  /// More are hardly written as codes.
  static let most = 10

  /// Ascending; nil where they are more, or one has a fraction.
  private(set) var values: [Float]? = []

  mutating func insert(_ value: Float) {
    guard let values, !values.contains(value) else { return }
    guard values.count < Self.most, value == value.rounded() else {
      self.values = nil
      return
    }
    self.values = (values + [value]).sorted()
  }

  mutating func formUnion(_ other: FewNumbers) {
    guard let others = other.values else {
      values = nil
      return
    }
    others.forEach { insert($0) }
  }

  // As bytes, for other ranks: always as many.

  static let byteCount = 1 + 4 * most
  private static let tooMany: UInt8 = 255

  var bytes: [UInt8] {
    let values = values ?? []
    let bits = values.map(\.bitPattern) + Array(repeating: 0, count: Self.most - values.count)
    return [self.values == nil ? Self.tooMany : UInt8(values.count)]
      + bits.flatMap { bits in (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) } }
  }

  init() {}

  init(bytes: ArraySlice<UInt8>) {
    precondition(bytes.count == Self.byteCount)
    let start = bytes.startIndex
    guard bytes[start] != Self.tooMany else {
      values = nil
      return
    }
    values = (0..<Int(bytes[start])).map { index in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + 1 + 4 * index + $1]) << (8 * UInt32($1)) })
    }
  }
}
