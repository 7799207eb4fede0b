import Foundation
import ONNX
import SwiftProtobuf

/// What a graph computes with: a vector [columns], or a matrix [rows, columns].
struct Tensor: Equatable {
  enum Element: Equatable {
    case float(Float)
    case double(Double)
    case integer(Int)
    case bool(Bool)
    case text(String)

    var float: Float { if case .float(let number) = self { number } else { preconditionFailure("\(self)") } }
    var integer: Int { if case .integer(let number) = self { number } else { preconditionFailure("\(self)") } }
  }

  /// Nil for a vector.
  let rows: Int?
  let columns: Int
  let elements: [Element]

  init(rows: Int?, columns: Int, _ elements: [Element]) {
    precondition(elements.count == (rows ?? 1) * columns)
    (self.rows, self.columns, self.elements) = (rows, columns, elements)
  }

  /// One of a file.
  init(_ message: TensorProto) {
    let bytes = [UInt8](message.rawData)
    func numbers<Pattern: FixedWidthInteger & UnsignedInteger>(_: Pattern.Type) -> [Pattern] {
      let size = Pattern.bitWidth / 8
      return stride(from: 0, to: bytes.count, by: size).map { start in
        (0..<size).reduce(0) { $0 | Pattern(bytes[start + $1]) << Pattern(8 * $1) }
      }
    }
    let elements: [Element] =
      switch TensorProto.DataType(rawValue: Int(message.dataType)) {
      case .float: numbers(UInt32.self).map { .float(Float(bitPattern: $0)) }
      case .double: numbers(UInt64.self).map { .double(Double(bitPattern: $0)) }
      case .int64: numbers(UInt64.self).map { .integer(Int(Int64(bitPattern: $0))) }
      case .string: message.stringData.map { .text(String(decoding: $0, as: UTF8.self)) }
      default: preconditionFailure("elements of type \(message.dataType)")
      }
    let sizes = message.dims.map(Int.init)
    precondition(sizes.count == 1 || sizes.count == 2)
    self.init(rows: sizes.count == 2 ? sizes[0] : nil, columns: sizes[sizes.count - 1], elements)
  }

  /// [N, 1]
  static func column(_ elements: [Element]) -> Tensor { Tensor(rows: elements.count, columns: 1, elements) }

  /// With what has one row or column stretched over all.
  subscript(_ row: Int, _ column: Int) -> Element {
    elements[(rows == nil || rows == 1 ? 0 : row) * columns + (columns == 1 ? 0 : column)]
  }

  func row(_ row: Int) -> ArraySlice<Element> { elements[(row * columns)..<((row + 1) * columns)] }

  var floats: [Float] { elements.map(\.float) }
  var integers: [Int] { elements.map(\.integer) }
  var rowsOfFloats: [[Float]] { (0..<(rows ?? 1)).map { row($0).map(\.float) } }

  /// Element by element, of tensors that are stretched to one shape.
  static func each(_ inputs: [Tensor], _ body: ([Element]) -> Element) -> Tensor {
    let rows = inputs.compactMap(\.rows).max()
    let columns = inputs.map(\.columns).max() ?? 0
    return Tensor(
      rows: rows, columns: columns,
      (0..<(rows ?? 1)).flatMap { row in (0..<columns).map { column in body(inputs.map { $0[row, column] }) } })
  }
}
