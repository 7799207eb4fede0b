import Foundation
import ONNX
import SwiftProtobuf

/// Runs an ONNX file, operation by operation, as the format's description of operators has them: what an exported
/// model means, without a runtime. Knows the operations that models are exported in, on vectors and matrices.
struct GraphInterpreter {
  let file: ModelProto

  init(_ bytes: [UInt8]) throws { file = try ModelProto(serializedBytes: bytes) }

  /// - Returns: Every tensor of the graph, by its name.
  func run(_ inputs: [String: Tensor]) -> [String: Tensor] {
    var values = inputs
    for constant in file.graph.initializer { values[constant.name] = Tensor(constant) }
    for node in file.graph.node {
      let operands = node.input.map { name in
        guard let value = values[name] else { preconditionFailure("\(node.opType) takes \(name), which is not there") }
        return value
      }
      let results = Operation(node).results(operands)
      precondition(results.count == node.output.count)
      for (name, result) in zip(node.output, results) {
        precondition(values.updateValue(result, forKey: name) == nil, "two tensors \(name)")
      }
    }
    return values
  }
}

/// A node of the graph.
private struct Operation {
  private let node: NodeProto

  init(_ node: NodeProto) { self.node = node }

  private func attribute(_ name: String) -> AttributeProto {
    guard let attribute = node.attribute.first(where: { $0.name == name }) else {
      preconditionFailure("\(node.opType) without \(name)")
    }
    return attribute
  }

  private var axis: Int { Int(attribute("axis").i) }

  func results(_ inputs: [Tensor]) -> [Tensor] {
    switch (node.domain, node.opType) {
    case ("", "Add"): [arithmetic(inputs, +, +)]
    case ("", "Sub"): [arithmetic(inputs, -, -)]
    case ("", "Mul"): [arithmetic(inputs, *, *)]
    case ("", "Div"): [arithmetic(inputs, /, /)]
    case ("", "Max"): [arithmetic(inputs, max, max)]
    case ("", "Min"): [arithmetic(inputs, min, min)]
    case ("", "Relu"): [Tensor.each(inputs) { .float(max($0[0].float, 0)) }]
    case ("", "Tanh"): [Tensor.each(inputs) { .float(tanhf($0[0].float)) }]
    case ("", "Erf"): [Tensor.each(inputs) { .float(erff($0[0].float)) }]
    case ("", "IsNaN"): [Tensor.each(inputs) { .bool($0[0].float.isNaN) }]
    case ("", "Equal"): [Tensor.each(inputs) { .bool($0[0] == $0[1]) }]
    case ("", "Or"): [Tensor.each(inputs) { .bool($0.contains(.bool(true))) }]
    case ("", "Where"): [Tensor.each(inputs) { $0[0] == .bool(true) ? $0[1] : $0[2] }]
    case ("", "Cast"): [Tensor.each(inputs) { cast($0[0]) }]
    case ("", "Concat"): [concatenated(inputs)]
    case ("", "Gather"): [gathered(inputs[0], inputs[1].integers)]
    case ("", "Squeeze"): [Tensor(rows: nil, columns: inputs[0].elements.count, inputs[0].elements)]
    case ("", "Split"): split(inputs[0], inputs[1].integers)
    case ("", "Gemm"): [product(inputs[0], inputs[1], inputs[2])]
    case ("", "ArgMax"): [largest(inputs[0])]
    case ("", "Softmax"): [softmax(inputs[0])]
    case ("", "Log"): [Tensor.each(inputs) { .float(logf($0[0].float)) }]
    case ("", "Mean"):
      [Tensor.each(inputs) { elements in .float(elements.reduce(0) { $0 + $1.float } / Float(elements.count)) }]
    case ("ai.onnx.ml", "LabelEncoder"): [Tensor.each(inputs) { encoded($0[0]) }]
    default: preconditionFailure("\(node.domain) \(node.opType)")
    }
  }

  private func arithmetic(
    _ inputs: [Tensor], _ ofFloats: (Float, Float) -> Float, _ ofDoubles: (Double, Double) -> Double
  ) -> Tensor {
    Tensor.each(inputs) { pair in
      switch (pair[0], pair[1]) {
      case (.float(let a), .float(let b)): .float(ofFloats(a, b))
      case (.double(let a), .double(let b)): .double(ofDoubles(a, b))
      default: preconditionFailure("\(node.opType) of \(pair)")
      }
    }
  }

  private func cast(_ element: Tensor.Element) -> Tensor.Element {
    switch (element, TensorProto.DataType(rawValue: Int(attribute("to").i))) {
    case (.float(let number), .double): .double(Double(number))
    case (.double(let number), .float): .float(Float(number))
    case (.bool(let isTrue), .float): .float(isTrue ? 1 : 0)
    default: preconditionFailure("a cast of \(element)")
    }
  }

  private func concatenated(_ inputs: [Tensor]) -> Tensor {
    precondition(axis == 1)
    return Tensor(
      rows: inputs[0].rows, columns: inputs.reduce(0) { $0 + $1.columns },
      (0..<(inputs[0].rows ?? 1)).flatMap { row in inputs.flatMap { $0.row(row) } })
  }

  private func gathered(_ input: Tensor, _ places: [Int]) -> Tensor {
    guard let rows = input.rows else { return Tensor(rows: nil, columns: places.count, places.map { input[0, $0] }) }
    guard axis != 0 else {
      return Tensor(rows: places.count, columns: input.columns, places.flatMap { input.row($0) })
    }
    precondition(axis == 1)
    return Tensor(rows: rows, columns: places.count, (0..<rows).flatMap { row in places.map { input[row, $0] } })
  }

  private func split(_ input: Tensor, _ sizes: [Int]) -> [Tensor] {
    precondition(axis == 1 && sizes.reduce(0, +) == input.columns)
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return gathered(input, Array(start..<(start + size)))
    }
  }

  /// x Wᵀ + b, added up in Float64.
  private func product(_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
    let isTransposed = node.attribute.contains { $0.name == "transB" && $0.i == 1 }
    let rows =
      isTransposed
      ? weight.rowsOfFloats
      : (0..<weight.columns).map { column in weight.rowsOfFloats.map { $0[column] } }
    precondition(rows.count == bias.columns && rows.allSatisfy { $0.count == x.columns })
    let sums = x.rowsOfFloats.flatMap { row in
      zip(rows, bias.floats).map { weights, bias in
        zip(row, weights).reduce(Double(bias)) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    return Tensor(rows: x.rows, columns: bias.columns, sums.map { .float(Float($0)) })
  }

  private func largest(_ x: Tensor) -> Tensor {
    precondition(axis == 1 && attribute("keepdims").i == 0)
    let places = x.rowsOfFloats.map { row in row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 } }
    return Tensor(rows: nil, columns: places.count, places.map { .integer($0) })
  }

  private func softmax(_ z: Tensor) -> Tensor {
    precondition(axis == 1)
    let shares = z.rowsOfFloats.flatMap { row in
      let most = row.max() ?? 0
      let exponentials = row.map { exp(Double($0) - Double(most)) }
      return exponentials.map { $0 / exponentials.reduce(0, +) }
    }
    return Tensor(rows: z.rows, columns: z.columns, shares.map { .float(Float($0)) })
  }

  /// Texts are compared by their bytes.
  private func encoded(_ element: Tensor.Element) -> Tensor.Element {
    guard case .text(let text) = element else { preconditionFailure("\(element) is no text") }
    let place = attribute("keys_strings").strings.firstIndex(of: Data(text.utf8))
    return .integer(Int(place.map { attribute("values_int64s").ints[$0] } ?? attribute("default_int64").i))
  }
}
