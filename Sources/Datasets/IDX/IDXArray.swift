public import Failures
internal import Files

/// An IDX array file (the form of MNIST), plain or packed by gzip: its header, and then its elements in
/// order of its first dimension.
///
/// The file begins with two zero bytes, one for the type and one for the number of dimensions; then the
/// dimensions as big-endian 32-bit integers; then the elements, big-endian.
struct IDXArray: NumberArray {
  enum ElementType: UInt8 {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0B
    case int32 = 0x0C
    case float32 = 0x0D
    case float64 = 0x0E

    var size: Int {
      switch self {
      case .uint8, .int8: 1
      case .int16: 2
      case .int32, .float32: 4
      case .float64: 8
      }
    }
  }

  let path: String
  let type: ElementType
  let shape: [Int]
  private var file: SequentialFile
  /// Rows that have been read or left out.
  private var position = 0

  /// - Throws: `FileError`, `IDXError`
  init(path: String) throws {
    self.path = path
    var file = try SequentialFile(path: path)
    let magic = try file.read(4)
    guard magic.count == 4, magic[0] == 0, magic[1] == 0, let type = ElementType(rawValue: magic[2]), magic[3] > 0
    else { throw IDXError.malformed(path: path) }
    let dimensions = try file.read(4 * Int(magic[3]))
    guard dimensions.count == 4 * Int(magic[3]) else { throw IDXError.malformed(path: path) }
    self.type = type
    shape = (0..<Int(magic[3])).map { index in
      dimensions[(4 * index)..<(4 * index + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
    var bytes = type.size
    // The first dimension last: it may be 0, which hides what the others come to.
    for size in shape.dropFirst() + shape.prefix(1) {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard !overflow else { throw IDXError.malformed(path: path) }
      bytes = product
    }
    // Before memory is taken for them.
    guard bytes <= file.mostBytes else { throw IDXError.truncated(path: path, shape: shape) }
    self.file = file
  }

  var name: String { path }
  var form: String { "\(type) \(shape)" }

  /// Of the file opened anew: a packed one is read from its beginning only.
  func firstRows(_ count: Int) throws -> [Double] {
    var array = try IDXArray(path: path)
    return try array.rows(0..<count)
  }

  /// The elements of the rows `range`, which come after all that were asked for before.
  ///
  /// - Throws: `FileError`, `IDXError.truncated`
  mutating func rows(_ range: Range<Int>) throws -> [Double] {
    precondition(range.lowerBound >= position, "rows come in order")
    let rowBytes = rowSize * type.size
    _ = try file.skip((range.lowerBound - position) * rowBytes)
    let bytes = try file.read(range.count * rowBytes)
    position = range.upperBound
    guard bytes.count == range.count * rowBytes else { throw IDXError.truncated(path: path, shape: shape) }
    return stride(from: 0, to: bytes.count, by: type.size).map { place in
      let bits = bytes[place..<(place + type.size)].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      return switch type {
      case .uint8: Double(bits)
      case .int8: Double(Int8(truncatingIfNeeded: bits))
      case .int16: Double(Int16(truncatingIfNeeded: bits))
      case .int32: Double(Int32(truncatingIfNeeded: bits))
      case .float32: Double(Float(bitPattern: UInt32(bits)))
      case .float64: Double(bitPattern: bits)
      }
    }
  }

  /// Reads on to the end: whether all is there, and nothing more.
  ///
  /// - Throws: `FileError`, `IDXError.truncated`
  mutating func finish() throws {
    let rest = (rowCount - position) * rowSize * type.size
    guard try file.skip(rest) == rest, try file.skip(1) == 0 else {
      throw IDXError.truncated(path: path, shape: shape)
    }
  }
}

/// An IDX file that cannot be understood.
public enum IDXError: Failure, Equatable {
  case malformed(path: String)
  case truncated(path: String, shape: [Int])
  case noLabels(path: String, tried: String?)

  public var exitStatus: ExitStatus {
    if case .noLabels = self { .badConfiguration } else { .badData }
  }

  public var description: String {
    switch self {
    case .malformed(let path):
      """
      \(path) is no IDX file: it does not begin with a type and dimensions. (Features and labels must both be IDX, or both \
      .npy.)
      """
    case .truncated(let path, let shape):
      "\(path) does not hold just the elements of its shape \(shape): it is cut short or damaged"
    case .noLabels(let path, let tried):
      "\(path) has no labels: name their file by --labels\(tried.map { " (there is no \($0))" } ?? "")"
    }
  }
}
