/// The gradient of a table of which samples have met few rows: of those rows alone. All others have a gradient of 0, which
/// is kept nowhere.
public struct RowGradients {
  /// N, numbers of a row.
  public let width: Int
  /// Each once, in the order in which samples have met them.
  public internal(set) var rows: [Int32] = []
  /// [rows, N], row after row.
  public internal(set) var values: [Float] = []

  public init(width: Int) {
    precondition(width >= 1)
    self.width = width
  }

  /// - Parameters:
  ///   - rows: Each once.
  ///   - values: [rows, N]
  public init(width: Int, rows: [Int32], values: [Float]) {
    precondition(values.count == rows.count * width, "\(values.count) numbers in \(rows.count) rows of \(width)")
    self.init(width: width)
    (self.rows, self.values) = (rows, values)
  }

  /// Keeps the memory.
  mutating func removeAll() {
    rows.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// Puts rows behind the others, none of which it has.
  ///
  /// - Parameter source: [rows, N], rows apart by `stride`.
  @unsafe mutating func append(_ rows: ArraySlice<Int32>, from source: UnsafePointer<Float>, stride: Int) {
    let start = values.count
    self.rows.append(contentsOf: rows)
    values.append(contentsOf: repeatElement(0, count: rows.count * width))
    unsafe values.withUnsafeMutableBufferPointer { values in
      guard let target = values.baseAddress else { return }
      guard stride > width else {
        unsafe (target + start).update(from: source, count: rows.count * width)
        return
      }
      for place in 0..<rows.count {
        unsafe copyRow(from: source + place * stride, to: target + start + place * width, width)
      }
    }
  }
}

/// For messages between ranks: how many rows, their numbers, their values; as all of Swift's platforms have them,
/// little-endian.
extension RowGradients {
  public func append(to bytes: inout [UInt8]) {
    bytes.reserveCapacity(bytes.count + 4 * (1 + rows.count + values.count))
    unsafe withUnsafeBytes(of: UInt32(rows.count)) { unsafe bytes.append(contentsOf: $0) }
    unsafe rows.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  /// Reads what `append` has written.
  ///
  /// - Parameter place: Where it begins; then where it ends.
  public init(width: Int, bytes: [UInt8], at place: inout Int) {
    let count = Int(Self.elements(1, of: UInt32.self, bytes, at: &place)[0])
    let rows = Self.elements(count, of: Int32.self, bytes, at: &place)
    self.init(width: width, rows: rows, values: Self.elements(count * width, of: Float.self, bytes, at: &place))
  }

  private static func elements<Element: BitwiseCopyable>(
    _ count: Int, of type: Element.Type, _ bytes: [UInt8], at place: inout Int
  ) -> [Element] {
    let end = place + count * MemoryLayout<Element>.stride
    precondition(end <= bytes.count, "\(bytes.count) bytes, \(end) expected")
    defer { place = end }
    return unsafe [Element](unsafeUninitializedCapacity: count) { target, initializedCount in
      unsafe bytes[place..<end].withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
      initializedCount = count
    }
  }
}
