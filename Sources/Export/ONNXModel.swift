internal import Datasets
internal import Files
internal import Foundation
public import Models
public import ONNX

/// A model as an ONNX file has it: what `docs/formats.md` says of it, in operations that other programs run, from the
/// columns of the data to probabilities (docs/onnx.md).
public struct ONNXModel {
  private let graph: Graph
  private let label: Graph.Label

  public var inputs: [Graph.Port] { graph.inputs }
  public var outputs: [Graph.Port] { graph.outputs }
  /// The name of the only input where all columns are numbers that Float32 holds.
  public static let matrixInput = ModelInputs.matrixName

  /// Whether operations of that set are in it.
  public func uses(_ set: Graph.OperatorSet) -> Bool { graph.uses(set) }

  /// - Parameters:
  ///   - rule: How its logits become probabilities.
  ///   - version: Of this program.
  ///   - path: Of the model, for messages.
  /// - Throws: `ExportError.hashed`, `ExportError.ranked`; `GraphError.tooLarge`
  public init(
    _ model: ModelFile, _ rule: ProbabilityRule, version: String, path: String
  ) throws {
    for column in model.columns {
      switch column.kind {
      case .hashed(let count): throw ExportError.hashed(path: path, column: column.name, count: count)
      case .quantile: throw ExportError.ranked(path: path, column: column.name)
      case .numeric, .piecewise, .oneHot, .level: break
      }
    }
    try Self.checkSize(model.shape, members: model.members.count, path: path)
    let outputs = ModelOutputs(classNames: model.classNames, rule.kind, model.decision)
    let inputs = ModelInputs(
      model.columns, featureCount: model.shape.featureCount, firstFeature: model.featureNames.first ?? "0",
      taken: ModelOutputs.names)
    var graph = Graph(inputs: inputs.ports, outputs: outputs.ports)
    let features =
      model.shape.embedding == nil
      ? [graph.features(of: model.columns, inputs, model.data)]
      : graph.columns(model.columns, inputs, model.data)
    graph.outputs(of: graph.logits(of: features, model), outputs, rule, model.decision)
    self.graph = graph

    var metadata = try model.safetensors().metadata
    metadata["probabilities"] = rule.kind.rawValue
    label = Graph.Label(
      name: "classifier", producer: "cw-dist-train", producerVersion: version,
      description: "\(model.summary); \(rule.kind.rawValue) probabilities", metadata: metadata)
  }

  /// Says before memory is taken that a model is too large for a file of ONNX.
  ///
  /// - Parameter path: For messages.
  /// - Throws: `GraphError.tooLarge`
  public static func checkSize(_ shape: ModelShape, members: Int = 1, path: String) throws(GraphError) {
    guard shape.parameterCount * Double(members) * 4 < Double(Graph.mostBytes) else { throw .tooLarge(path: path) }
  }

  /// Writes the file. The same model has the same bytes.
  ///
  /// - Parameter overwriting: Whether a file that is there may be replaced.
  /// - Returns: The size of the file, in bytes.
  /// - Throws: `ExportError.exists`, `GraphError.tooLarge`, `FileError`; what was at `path` is then still there.
  public func write(to path: String, overwriting: Bool) throws -> Int {
    try Self.check(path, overwriting: overwriting)
    let bytes = try graph.fileBytes(label, path: path)
    try AtomicFile.write(bytes, to: path)
    return bytes.count
  }

  /// Says early what `write` would refuse.
  ///
  /// - Throws: `ExportError.exists`
  public static func check(_ path: String, overwriting: Bool) throws(ExportError) {
    guard overwriting || !FileManager.default.fileExists(atPath: path) else { throw .exists(path: path) }
  }
}
