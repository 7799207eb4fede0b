internal import Foundation

/// Operations on tensors, as an ONNX file has them: each takes tensors by their names, and gives one or more a name.
///
/// Operations are of the sets of `Graph.OperatorSet`; what each does is said at https://onnx.ai/onnx/operators. Names
/// are those that are asked for, and get a number behind them where there is such a tensor already.
public struct Graph {
  /// A tensor of the graph.
  public struct Value: Equatable, Sendable {
    public let name: String
  }

  /// What an operation has beside its inputs.
  public enum Attribute: Equatable, Sendable {
    case integer(Int)
    case integers([Int])
    case texts([String])
  }

  /// Where an operation is described.
  public enum OperatorSet: String, CaseIterable, Sendable {
    /// ONNX's own.
    case onnx = ""
    /// For what is learned of tables.
    case tables = "ai.onnx.ml"

    /// "ONNX 17"
    public var description: String { "\(self == .onnx ? "ONNX" : rawValue) \(version)" }

    /// Old enough that what runs ONNX files today knows it. (Operations change with versions: `Split`, say, with 18.)
    public var version: Int {
      switch self {
      case .onnx: 17
      case .tables: 3
      }
    }
  }

  public let inputs: [Port]
  public let outputs: [Port]
  private(set) var nodes: [NodeProto] = []
  private(set) var constants: [TensorProto] = []
  private var names: Set<String>

  /// A graph without operations.
  ///
  /// - Parameter outputs: Each must get its operation, by `output`.
  public init(inputs: [Port], outputs: [Port]) {
    self.inputs = inputs
    self.outputs = outputs
    names = Set((inputs + outputs).map(\.name))
    precondition(names.count == inputs.count + outputs.count, "two ports of one name")
  }

  /// What an input holds.
  ///
  /// - Parameter port: Of `inputs`.
  public func value(of port: Port) -> Value {
    precondition(names.contains(port.name) && !outputs.contains(port), "\(port.name) is no input")
    return Value(name: port.name)
  }

  /// Puts a tensor into the graph.
  public mutating func constant(_ name: String, _ constant: Constant) -> Value {
    let value = newValue(name)
    var message = constant.message
    message.name = value.name
    constants.append(message)
    return value
  }

  /// Puts an operation of one result behind the others.
  ///
  /// - Parameter name: Of the result, and of the operation.
  public mutating func node(
    _ operation: String, _ inputs: [Value], _ attributes: KeyValuePairs<String, Attribute> = [:],
    from set: OperatorSet = .onnx, name: String
  ) -> Value {
    let value = newValue(name)
    append(operation, inputs, attributes, set, results: [value.name])
    return value
  }

  /// Puts an operation of several results behind the others.
  ///
  /// - Returns: `count` results.
  public mutating func nodes(
    _ operation: String, _ inputs: [Value], _ attributes: KeyValuePairs<String, Attribute> = [:], name: String,
    count: Int
  ) -> [Value] {
    let values = (0..<count).map { newValue("\(name).\($0)") }
    append(operation, inputs, attributes, .onnx, results: values.map(\.name))
    return values
  }

  /// Puts an operation behind the others whose result is an output.
  ///
  /// - Parameter port: Of `outputs`; each is given once.
  public mutating func output(
    _ port: Port, _ operation: String, _ inputs: [Value], _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) {
    precondition(outputs.contains(port), "\(port.name) is no output")
    append(operation, inputs, attributes, .onnx, results: [port.name])
  }

  private mutating func append(
    _ operation: String, _ inputs: [Value], _ attributes: KeyValuePairs<String, Attribute>, _ set: OperatorSet,
    results: [String]
  ) {
    var message = NodeProto()
    message.name = results[0]
    message.opType = operation
    if set != .onnx { message.domain = set.rawValue }
    message.input = inputs.map(\.name)
    message.output = results
    message.attribute = attributes.map { Self.message($0, $1) }
    nodes.append(message)
  }

  private static func message(_ name: String, _ attribute: Attribute) -> AttributeProto {
    var message = AttributeProto()
    message.name = name
    switch attribute {
    case .integer(let integer):
      message.type = .int
      message.i = Int64(integer)
    case .integers(let integers):
      message.type = .ints
      message.ints = integers.map(Int64.init)
    case .texts(let texts):
      message.type = .strings
      message.strings = texts.map { Data($0.utf8) }
    }
    return message
  }

  private mutating func newValue(_ name: String) -> Value {
    var (unique, number) = (name, 2)
    while !names.insert(unique).inserted {
      unique = "\(name)_\(number)"
      number += 1
    }
    return Value(name: unique)
  }
}
