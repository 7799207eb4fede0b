/// The gradient of a table of which samples have met few rows: of those rows alone, in ascending order. All others have
/// a gradient of 0, which is kept nowhere.
///
/// A sum of two has the rows of both; a row that only one of them has stays as it is, bit by bit. So what comes of a
/// tree of sums depends on the tree alone, and not on which parts of it met where.
public struct RowGradients {
  /// N, numbers of a row.
  public let width: Int
  public internal(set) var rows: [Int32] = []
  /// [rows, N], row after row.
  public internal(set) var values: [Float] = []

  public init(width: Int) {
    precondition(width >= 1)
    self.width = width
  }

  /// - Parameters:
  ///   - rows: Ascending, each once.
  ///   - values: [rows, N]
  public init(width: Int, rows: [Int32], values: [Float]) {
    precondition(values.count == rows.count * width, "\(values.count) numbers in \(rows.count) rows of \(width)")
    precondition(zip(rows, rows.dropFirst()).allSatisfy { $0 < $1 }, "rows that do not ascend")
    self.init(width: width)
    (self.rows, self.values) = (rows, values)
  }

  /// Keeps the memory.
  mutating func removeAll() {
    rows.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// Becomes the sum of two others.
  mutating func becomeSum(_ one: RowGradients, _ other: RowGradients) {
    precondition(one.width == width && other.width == width, "rows of other widths")
    removeAll()
    var (left, right) = (0, 0)
    while left < one.rows.count || right < other.rows.count {
      let takesLeft = right == other.rows.count || (left < one.rows.count && one.rows[left] <= other.rows[right])
      let takesRight = left == one.rows.count || (right < other.rows.count && other.rows[right] <= one.rows[left])
      let (leftStart, rightStart) = (left * width, right * width)
      if takesLeft, takesRight {
        rows.append(one.rows[left])
        for index in 0..<width { values.append(one.values[leftStart + index] + other.values[rightStart + index]) }
      } else if takesLeft {
        rows.append(one.rows[left])
        values.append(contentsOf: one.values[leftStart..<(leftStart + width)])
      } else {
        rows.append(other.rows[right])
        values.append(contentsOf: other.values[rightStart..<(rightStart + width)])
      }
      if takesLeft { left += 1 }
      if takesRight { right += 1 }
    }
  }
}

/// For messages between ranks: how many rows, their numbers, their values.
extension RowGradients {
  public func append(to bytes: inout [UInt8]) {
    Self.append(UInt32(rows.count), to: &bytes)
    for row in rows { Self.append(UInt32(bitPattern: row), to: &bytes) }
    for value in values { Self.append(value.bitPattern, to: &bytes) }
  }

  /// Reads what `append` has written.
  ///
  /// - Parameter place: Where it begins; then where it ends.
  public init(width: Int, bytes: [UInt8], at place: inout Int) {
    func word() -> UInt32 {
      let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
      place += 4
      return word
    }
    let count = Int(word())
    let rows = (0..<count).map { _ in Int32(bitPattern: word()) }
    self.init(width: width, rows: rows, values: (0..<(count * width)).map { _ in Float(bitPattern: word()) })
  }

  private static func append(_ word: UInt32, to bytes: inout [UInt8]) {
    for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt32(byte)))) }
  }
}
