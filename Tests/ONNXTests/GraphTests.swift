import Foundation
import ONNX
import SwiftProtobuf
import Testing

/// Graphs as files have them.
@Suite struct GraphTests {
  private let x = Graph.Port("x", .float, [.any("N"), .exactly(2)], meaning: "two numbers")
  private let y = Graph.Port("y", .string, [.any("N")], meaning: "a name")

  private let label = Graph.Label(
    name: "g", producer: "p", producerVersion: "1.2", description: "d", metadata: ["b": "2", "a": "1", "c": "3"])

  /// x → the larger of its columns → its name.
  private func graph() -> Graph {
    var graph = Graph(inputs: [x], outputs: [y])
    let index = graph.node(
      "ArgMax", [graph.value(of: x)], ["axis": .integer(1), "keepdims": .integer(0)], name: "index")
    let names = graph.constant("names", Constant(["left", "grün"]))
    graph.output(y, "Gather", [names, index])
    return graph
  }

  private func file(_ graph: Graph) throws -> ModelProto {
    try ModelProto(serializedBytes: try graph.fileBytes(label, path: "f"))
  }

  @Test func `a file says what it is, and has the graph`() throws {
    let file = try file(graph())
    #expect(file.irVersion == 8 && file.producerName == "p" && file.producerVersion == "1.2" && file.docString == "d")
    #expect(file.opsetImport.map(\.domain) == [""] && file.opsetImport.map(\.version) == [17])
    #expect(file.metadataProps.map(\.key) == ["a", "b", "c"] && file.metadataProps.map(\.value) == ["1", "2", "3"])
    #expect(file.graph.name == "g" && file.unknownFields.data.isEmpty)
    #expect(file.graph.node.map(\.opType) == ["ArgMax", "Gather"])
    #expect(file.graph.node.map(\.input) == [["x"], ["names", "index"]])
    #expect(file.graph.node.map(\.output) == [["index"], ["y"]])
    let attributes = file.graph.node[0].attribute
    #expect(attributes.map(\.name) == ["axis", "keepdims"] && attributes.map(\.i) == [1, 0])
    #expect(attributes.map(\.type) == [.int, .int])
  }

  @Test func `ports have types, shapes and meanings`() throws {
    let graph = try file(graph()).graph
    #expect(graph.input.map(\.name) == ["x"] && graph.output.map(\.name) == ["y"])
    let type = graph.input[0].type.tensorType
    #expect(type.elemType == 1 && graph.output[0].type.tensorType.elemType == 8)
    #expect(type.shape.dim.map(\.value) == [.dimParam("N"), .dimValue(2)])
    #expect(graph.input[0].docString == "two numbers")
    #expect(x.shapeText == "[N, 2]" && y.shapeText == "[N]")
  }

  @Test func `constants have the bytes of their elements`() throws {
    var graph = graph()
    _ = graph.constant("floats", Constant([Float(1), -2.5]))
    _ = graph.constant("doubles", Constant([0.1, -.infinity]))
    _ = graph.constant("integers", Constant([3, -1]))
    _ = graph.constant("matrix", Constant(floatBytes: Array(0..<24), shape: [3, 2]))
    let constants = try file(graph).graph.initializer
    #expect(constants.map(\.name) == ["names", "floats", "doubles", "integers", "matrix"])
    #expect(constants.map(\.dims) == [[2], [2], [2], [2], [3, 2]])
    #expect(constants.map(\.dataType) == [8, 1, 11, 7, 1])
    #expect(constants[0].stringData.map { String(decoding: $0, as: UTF8.self) } == ["left", "grün"])
    #expect([UInt8](constants[1].rawData) == [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0])
    #expect([UInt8](constants[2].rawData.suffix(8)) == [0, 0, 0, 0, 0, 0, 0xF0, 0xFF])
    #expect([UInt8](constants[3].rawData) == [3, 0, 0, 0, 0, 0, 0, 0] + Array(repeating: 0xFF, count: 8))
    #expect([UInt8](constants[4].rawData) == Array(0..<24))
  }

  @Test func `no two tensors have one name`() throws {
    var graph = graph()
    let first = graph.node("Relu", [graph.value(of: x)], name: "x")
    let second = graph.node("Relu", [first], name: "x")
    let constant = graph.constant("y", Constant([1]))
    let parts = graph.nodes("Split", [second], ["axis": .integer(1)], name: "index", count: 2)
    #expect([first, second, constant].map(\.name) == ["x_2", "x_3", "y_2"])
    #expect(parts.map(\.name) == ["index.0", "index.1"])
  }

  @Test func `the set of operators for tables is named where it is used`() throws {
    var graph = graph()
    _ = graph.node(
      "LabelEncoder", [graph.value(of: x)], ["keys_strings": .texts(["a"]), "values_int64s": .integers([7])],
      from: .tables, name: "code")
    let file = try file(graph)
    #expect(file.opsetImport.map(\.domain) == ["", "ai.onnx.ml"] && file.opsetImport.map(\.version) == [17, 3])
    let node = try #require(file.graph.node.last)
    #expect(node.domain == "ai.onnx.ml" && node.attribute[0].strings == [Data("a".utf8)])
    #expect(node.attribute[1].ints == [7] && node.attribute.map(\.type) == [.strings, .ints])
  }

  @Test func `the same graph has the same bytes`() throws {
    #expect(try graph().fileBytes(label, path: "f") == graph().fileBytes(label, path: "g"))
  }
}
