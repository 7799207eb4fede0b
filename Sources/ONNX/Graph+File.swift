public import Failures
internal import Foundation
internal import SwiftProtobuf

extension Graph {
  /// What a file says beside its graph.
  public struct Label: Sendable {
    /// Of the graph.
    public var name: String
    public var producer: String
    public var producerVersion: String
    /// For people.
    public var description: String
    /// For programs.
    public var metadata: [String: String]

    public init(
      name: String, producer: String, producerVersion: String, description: String, metadata: [String: String]
    ) {
      self.name = name
      self.producer = producer
      self.producerVersion = producerVersion
      self.description = description
      self.metadata = metadata
    }
  }

  /// The version of the format that goes with the sets of operators.
  private static let formatVersion = 8
  /// A message of protobuf is no larger.
  public static let mostBytes = Int(Int32.max)

  /// The bytes of the file. The same graph and label have the same bytes.
  ///
  /// - Parameter path: Of the file, for messages.
  /// - Throws: `GraphError.tooLarge`
  public func fileBytes(_ label: Label, path: String) throws(GraphError) -> [UInt8] {
    precondition(
      Set(nodes.flatMap(\.output)).isSuperset(of: outputs.map(\.name)), "an output is the result of no operation")
    var graph = GraphProto()
    graph.name = label.name
    graph.node = nodes
    graph.initializer = constants
    graph.input = inputs.map(\.message)
    graph.output = outputs.map(\.message)

    var model = ModelProto()
    model.irVersion = Int64(Self.formatVersion)
    model.producerName = label.producer
    model.producerVersion = label.producerVersion
    model.docString = label.description
    model.opsetImport = OperatorSet.allCases.filter(uses).map { set in
      var message = OperatorSetIdProto()
      message.domain = set.rawValue
      message.version = Int64(set.version)
      return message
    }
    model.metadataProps = label.metadata.sorted { $0.key < $1.key }.map { key, value in
      var message = StringStringEntryProto()
      message.key = key
      message.value = value
      return message
    }
    model.graph = graph
    do {
      return try model.serializedBytes()
    } catch {
      // Nothing else can go wrong: no field of the messages is required, and none is of a type that is not known.
      throw .tooLarge(path: path)
    }
  }

  /// Whether a file of it names the set.
  public func uses(_ set: OperatorSet) -> Bool { set == .onnx || nodes.contains { $0.domain == set.rawValue } }
}

/// A graph that no file can hold.
public enum GraphError: Failure, Equatable {
  case tooLarge(path: String)

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .tooLarge(let path):
      """
      \(path) would be larger than the 2 GiB that a file of ONNX can have. Train a smaller model (--hidden), or read \
      the model.safetensors itself.
      """
    }
  }
}
