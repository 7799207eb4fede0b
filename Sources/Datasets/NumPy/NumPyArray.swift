public import Failures
internal import Files
internal import Foundation

/// A NumPy array: a .npy file or a member of a .npz archive, by its header, and its elements where they lie.
///
/// Source: the format's description in NumPy's numpy.lib.format. Read are versions 1 to 3, both byte
/// orders, C and Fortran order, real numbers.
struct NumPyArray {
  enum ElementType: String, CaseIterable {
    case float16 = "<f2"
    case float32 = "<f4"
    case float64 = "<f8"
    case int8 = "|i1"
    case uint8 = "|u1"
    case bool = "|b1"
    case int16 = "<i2"
    case uint16 = "<u2"
    case int32 = "<i4"
    case uint32 = "<u4"
    case int64 = "<i8"
    case uint64 = "<u8"

    var size: Int {
      switch self {
      case .int8, .uint8, .bool: 1
      case .float16, .int16, .uint16: 2
      case .float32, .int32, .uint32: 4
      case .float64, .int64, .uint64: 8
      }
    }
  }

  let bytes: FileBytes
  let type: ElementType
  let shape: [Int]
  private let header: NumPyHeader

  /// Where it comes from, for messages.
  let name: String

  /// - Throws: `FileError`, `NumPyError`
  init(path: String) throws {
    try self.init(FileBytes(MappedFile(path: path)), name: path)
  }

  /// - Throws: `NumPyError`
  init(_ bytes: FileBytes, name: String) throws(NumPyError) {
    self.bytes = bytes
    self.name = name
    header = try bytes.withBytes { bytes throws(NumPyError) in try NumPyHeader(bytes, path: name) }
    type = header.type
    shape = header.shape
  }

  /// Elements of each place in the first dimension.
  var rowSize: Int { shape.dropFirst().reduce(1, *) }

  /// The element of a matrix as a Double: of a vector, `column` is 0; further dimensions make one long row,
  /// in C order. Exact but for 64-bit integers beyond 2⁵³.
  func double(_ bytes: Span<UInt8>, row: Int, column: Int = 0) -> Double {
    let width = rowSize
    let index = header.isFortranOrder ? column * shape[0] + row : row * width + column
    let place = header.dataStart + index * type.size
    func bits(_ count: Int) -> UInt64 {
      var bits: UInt64 = 0
      for byte in 0..<count {
        bits |= UInt64(bytes[place + byte]) << (8 * (header.isBigEndian ? count - 1 - byte : byte))
      }
      return bits
    }
    switch type {
    case .float16: return Double(Float16(bitPattern: UInt16(bits(2))))
    case .float32: return Double(Float(bitPattern: UInt32(bits(4))))
    case .float64: return Double(bitPattern: bits(8))
    case .bool, .uint8, .uint16, .uint32, .uint64: return Double(bits(type.size))
    case .int8: return Double(Int8(truncatingIfNeeded: bits(1)))
    case .int16: return Double(Int16(truncatingIfNeeded: bits(2)))
    case .int32: return Double(Int32(truncatingIfNeeded: bits(4)))
    case .int64: return Double(Int64(truncatingIfNeeded: bits(8)))
    }
  }
}

/// The header of a .npy file: a Python literal of a dict with three keys.
struct NumPyHeader {
  let type: NumPyArray.ElementType
  let shape: [Int]
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let dataStart: Int

  init(_ bytes: Span<UInt8>, path: String) throws(NumPyError) {
    let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    guard bytes.count >= 10, magic.indices.allSatisfy({ bytes[$0] == magic[$0] }) else {
      throw .malformed(path: path, reason: "it does not begin as a .npy file does")
    }
    let lengthBytes = bytes[6] == 1 ? 2 : 4
    guard (1...3).contains(bytes[6]), bytes.count >= 8 + lengthBytes else {
      throw .malformed(path: path, reason: "its format version \(bytes[6]).\(bytes[7]) is unknown, or it is cut short")
    }
    var length = 0
    for byte in 0..<lengthBytes { length |= Int(bytes[8 + byte]) << (8 * byte) }
    let dataStart = 8 + lengthBytes + length
    guard dataStart <= bytes.count else {
      throw .malformed(path: path, reason: "its header is cut short")
    }
    var content: [UInt8] = []
    for index in (8 + lengthBytes)..<dataStart { content.append(bytes[index]) }
    let header = String(decoding: content, as: UTF8.self)

    guard let descriptor = Self.value(of: "descr", in: header), let shapeText = Self.value(of: "shape", in: header),
      let order = Self.value(of: "fortran_order", in: header)
    else { throw .malformed(path: path, reason: "its header has no descr, shape and fortran_order") }
    guard !descriptor.hasPrefix("[") else {
      throw .unsupported(
        path: path, what: "rows of named fields (a structured array, \(descriptor.prefix(60)))",
        advice: "save a matrix of numbers: numpy.lib.recfunctions.structured_to_unstructured makes one of it")
    }
    let little =
      descriptor.hasPrefix(">") || descriptor.hasPrefix("=") ? "<" + descriptor.dropFirst() : String(descriptor)
    guard let type = NumPyArray.ElementType(rawValue: little) else {
      throw .unsupported(
        path: path, what: "elements of type \(descriptor.prefix(40))", advice: Self.advice(insteadOf: little))
    }
    guard order == "True" || order == "False" else {
      throw .malformed(path: path, reason: "its fortran_order is \(order.prefix(40))")
    }
    var shape: [Int] = []
    var elements = 1
    for item in shapeText.split(separator: ",") {
      let text = item.filter { !$0.isWhitespace }
      if text.isEmpty { continue }
      guard let size = Int(text), size >= 0 else {
        throw .malformed(path: path, reason: "its shape is (\(shapeText.prefix(80)))")
      }
      let (product, overflow) = elements.multipliedReportingOverflow(by: size)
      guard !overflow, product <= bytes.count else {
        throw .truncated(path: path, shape: shape + [size], bytes: bytes.count - dataStart)
      }
      elements = product
      shape.append(size)
    }
    guard elements * type.size == bytes.count - dataStart else {
      throw .truncated(path: path, shape: shape, bytes: bytes.count - dataStart)
    }
    guard order == "False" || shape.count <= 2 else {
      throw .unsupported(
        path: path, what: "\(shape.count) dimensions in Fortran order", advice: "save numpy.ascontiguousarray of it")
    }
    self.type = type
    self.shape = shape
    self.dataStart = dataStart
    isBigEndian = descriptor.hasPrefix(">")
    isFortranOrder = order == "True"
  }

  private static func advice(insteadOf type: String) -> String {
    switch type.dropFirst().first {
    case "U", "S":
      """
      numpy.unique(labels, return_inverse=True)[1] makes numbers of labels that are texts; a table that has texts is read \
      as CSV
      """
    default: "convert them to float32 or an integer type"
    }
  }

  /// The text of a key's value: what stands within the quotes or parentheses, or the bare word.
  private static func value(of key: String, in header: String) -> Substring? {
    guard let place = header.range(of: "'\(key)':") ?? header.range(of: "\"\(key)\":") else { return nil }
    let rest = header[place.upperBound...].drop { $0.isWhitespace }
    switch rest.first {
    case "'", "\"": return rest.dropFirst().prefix { $0 != rest.first }
    // A list of fields, with its bracket.
    case "[": return rest.prefix { $0 != "]" } + "]"
    case "(": return rest.dropFirst().prefix { $0 != ")" }
    default: return rest.prefix { $0.isLetter }
    }
  }
}

/// A .npy file that cannot be used.
public enum NumPyError: Failure, Equatable {
  case malformed(path: String, reason: String)
  case unsupported(path: String, what: String, advice: String)
  case truncated(path: String, shape: [Int], bytes: Int)
  case wrongShape(path: String, shape: [Int], expected: String)
  case wrongLength(path: String, labels: Int, rows: Int)
  case notFinite(path: String, row: Int, column: Int, value: Double)
  /// `isInMatrix` says whether labels are taken from a column of the features.
  case badLabel(path: String, row: Int, value: Double, isInMatrix: Bool)
  case noSuchColumn(path: String, column: String, columns: Int)
  case tooManyLabels(path: String)
  case noSuchMember(path: String, member: String, members: [String])
  case unclearMembers(path: String, members: [String])

  public var exitStatus: ExitStatus {
    switch self {
    case .noSuchColumn, .noSuchMember, .unclearMembers: .badConfiguration
    default: .badData
    }
  }

  public var description: String {
    switch self {
    case .malformed(let path, let reason):
      "\(path) cannot be read as .npy: \(reason)"
    case .unsupported(let path, let what, let advice):
      "\(path) has \(what), which is not read; \(advice)"
    case .truncated(let path, let shape, let bytes):
      "\(path): \(bytes) bytes of data do not fit its shape \(shape): the file is cut short or damaged"
    case .wrongShape(let path, let shape, let expected):
      "\(path) has shape \(shape); expected \(expected)"
    case .wrongLength(let path, let labels, let rows):
      "\(path) has \(labels) labels for \(rows) rows of features"
    case .notFinite(let path, let row, let column, let value):
      ArrayError.words(ofNotFinite: value, at: "\(path), row \(row), column \(column) (from 0)")
    case .badLabel(let path, let row, let value, let isInMatrix):
      """
      \(ArrayError.words(ofBadLabel: value, at: "\(path), row \(row) (from 0)"))\
      \(isInMatrix && value.magnitude < ArrayError.labelBound ? "; labels are in the last column unless --label or --labels FILE says where" : "")
      """
    case .noSuchColumn(let path, let column, let columns):
      "--label \(column): \(path) has columns 0 to \(columns - 1), and no names; or give labels in a file by --labels"
    case .noSuchMember(let path, let member, let members):
      "\(path) has no array \"\(member)\"; it has \(members.joined(separator: ", "))"
    case .unclearMembers(let path, let members):
      """
      \(path) holds \(members.isEmpty ? "no arrays" : members.joined(separator: ", ")): which are features and labels \
      is unclear. Name them as DATA and by --labels: \(path):NAME
      """
    case .tooManyLabels(let path):
      "\(path): more than \(Vocabulary.mostLabels) different labels; this looks like a measurement, not a class"
    }
  }
}
