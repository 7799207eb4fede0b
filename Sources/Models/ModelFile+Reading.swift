internal import Datasets
public import Failures
internal import Foundation
internal import Tensors

extension ModelFile {
  /// What stands before the names of a checkpoint's tensors that are none of the model.
  public static let optimizerPrefix = "optimizer."
  /// The tensor of a checkpoint that has the parameters of the best epoch so far.
  public static let bestParametersName = "best.parameters"

  /// Reads a model, or a checkpoint, which is one with more tensors: all that `safetensors()` has written, and nothing
  /// that contradicts itself. Written again, a model has the same bytes.
  ///
  /// - Parameter path: For messages.
  /// - Throws: `ModelReadingError`
  public init(_ file: Safetensors, path: String) throws(ModelReadingError) {
    guard let format = file.metadata[Key.format], format == Self.format else { throw .notAModel(path: path) }
    let version = file.metadata[Key.version] ?? ""
    guard version == Self.version else { throw .otherVersion(path: path, version: version) }
    let metadata = ModelMetadata(file.metadata, path: path)

    let shape = try metadata.value(Key.model, as: ModelShape.self)
    // Before anything is computed from its figures. A layer has a tensor at least.
    let widths = [shape.featureCount, shape.classCount] + shape.hidden
    guard shape.hidden.count <= file.tensors.count,
      widths.allSatisfy({ (1...ModelShape.mostParameters).contains($0) }),
      shape.embedding?.isPossible(featureCount: shape.featureCount) ?? true,
      shape.parameterCount <= Double(ModelShape.mostParameters)
    else { throw .malformed(path: path, key: Key.model, reason: "there can be no such model") }
    self.init(
      shape: shape, featureNames: try metadata.value(Key.features, as: [String].self),
      classNames: try metadata.value(Key.classes, as: [String].self),
      classWeights: try metadata.value(Key.classWeights, as: [Double].self),
      loss: try metadata.value(Key.loss, as: [String: String].self),
      columns: try metadata.value(Key.columns, as: [EncodedColumn].self),
      classCounts: try metadata.valueIfPresent(Key.classCounts, as: [Int].self),
      priorWeights: try metadata.valueIfPresent(Key.priorWeights, as: [Double].self),
      data: try metadata.valueIfPresent(Key.data, as: DataSchema.self),
      temperature: try metadata.valueIfPresent(Key.temperature, as: Double.self),
      decision: try metadata.valueIfPresent(Key.decision, as: DecisionRule.self),
      tau: try metadata.valueIfPresent(Key.tau, as: Double.self),
      isSealed: file.metadata[Seal.key] != nil,
      members: try Self.members(
        of: file, shape, count: try metadata.valueIfPresent(Key.members, as: Int.self) ?? 1, path: path))
    try checkNames(path)
    // After it is known that they are those of the features.
    self.shape = shape.withColumns(columns.map(\.width))
  }

  /// Whether names, weights and columns are those of a model of this shape.
  private func checkNames(_ path: String) throws(ModelReadingError) {
    func refused(_ key: String, _ reason: String) -> ModelReadingError {
      .malformed(path: path, key: key, reason: reason)
    }
    guard featureNames.count == shape.featureCount else {
      throw refused(Key.features, "\(featureNames.count) names of \(shape.featureCount) features")
    }
    guard classNames.count == shape.classCount, Set(classNames).count == classNames.count else {
      throw refused(Key.classes, "\(Set(classNames).count) different names of \(shape.classCount) classes")
    }
    guard classWeights.isEmpty || classWeights.count == shape.classCount, classWeights.allSatisfy({ $0 >= 0 }) else {
      throw refused(Key.classWeights, "they are no weights of \(shape.classCount) classes")
    }
    if let classCounts {
      guard classCounts.count == shape.classCount, classCounts.allSatisfy({ $0 >= 0 }) else {
        throw refused(Key.classCounts, "they are no counts of \(shape.classCount) classes")
      }
    }
    if let priorWeights {
      guard priorWeights.count == shape.classCount, priorWeights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw refused(Key.priorWeights, "they are no weights of \(shape.classCount) classes")
      }
    }
    if let temperature, !(temperature > 0 && temperature.isFinite) {
      throw refused(Key.temperature, "a temperature of \(temperature)")
    }
    if let tau, !(0...1).contains(tau) { throw refused(Key.tau, "a τ of \(tau)") }
    if let decision, !decision.fits(classCount: shape.classCount) {
      throw refused(Key.decision, "its offsets are not \(shape.classCount) finite numbers")
    }
    guard !columns.isEmpty else {
      guard shape.embedding == nil else { throw refused(Key.columns, "they are not those that the model embeds") }
      return
    }
    // Counted before the names are made: a column may claim to have any number of features.
    var width = 0
    for column in columns where width <= featureNames.count { width += column.width }
    let haveLevels = columns.contains { if case .level = $0.kind { true } else { false } }
    guard shape.embedding.map({ EmbeddingShape(width: $0.width, of: columns) == $0 }) ?? !haveLevels else {
      throw refused(Key.columns, "they are not those that the model embeds")
    }
    guard width == featureNames.count, columns.flatMap(\.featureNames) == featureNames else {
      throw refused(Key.columns, "their features are not the model's")
    }
  }

  /// The tensors of each member in one vector, each once and no others.
  ///
  /// - Parameter count: Of members, as the file has it.
  private static func members(
    of file: Safetensors, _ shape: ModelShape, count: Int, path: String
  ) throws(ModelReadingError) -> [Vector] {
    // A member has a tensor at least.
    guard count >= 1, count <= file.tensors.count else {
      throw .malformed(path: path, key: Key.members, reason: "there can be no \(count) members")
    }
    let layout = ParameterLayout(shape)
    let expected = (0..<count).map { member in
      let prefix = prefix(ofMember: member, of: count)
      return layout.tensors.map { (name: prefix + $0.name, shape: $0.shape, tensor: $0) }
    }
    let own = file.tensors.filter { !$0.name.hasPrefix(optimizerPrefix) && $0.name != bestParametersName }
    let found = Dictionary(own.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for tensor in expected.joined() {
      guard let found = found[tensor.name] else { throw .missingTensor(path: path, name: tensor.name) }
      guard found.shape == tensor.shape else {
        throw .wrongShape(path: path, name: tensor.name, expected: tensor.shape, found: found.shape)
      }
      guard (0..<found.values.count).allSatisfy({ found.values[$0].isFinite }) else {
        throw .notFinite(path: path, name: tensor.name)
      }
    }
    let names = Set(expected.joined().map(\.name))
    if let unknown = own.first(where: { !names.contains($0.name) }) {
      throw .unknownTensor(path: path, name: unknown.name)
    }
    // All is there: the file is as large as the memory that is taken.
    return expected.map { tensors in
      let parameters = Vector(zeros: layout.count)
      for tensor in tensors {
        if let found = found[tensor.name] { tensor.tensor.set(found.values, in: parameters) }
      }
      return parameters
    }
  }
}

/// The texts of a file's metadata, which are JSON.
private struct ModelMetadata {
  private let texts: [String: String]
  private let path: String

  init(_ texts: [String: String], path: String) {
    self.texts = texts
    self.path = path
  }

  /// Nil where the file, of an older version of the program, does not have it.
  func valueIfPresent<Value: Decodable>(_ key: String, as type: Value.Type) throws(ModelReadingError) -> Value? {
    texts[key] == nil ? nil : try value(key, as: type)
  }

  func value<Value: Decodable>(_ key: String, as type: Value.Type) throws(ModelReadingError) -> Value {
    guard let text = texts[key] else { throw .malformed(path: path, key: key, reason: "it is missing") }
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch DecodingError.dataCorrupted(let context) {
      throw .malformed(path: path, key: key, reason: context.debugDescription)
    } catch {
      throw .malformed(path: path, key: key, reason: "it is not what belongs there")
    }
  }
}

/// A file that is no model, or a damaged one.
public enum ModelReadingError: Failure, Equatable {
  case notAModel(path: String)
  case otherVersion(path: String, version: String)
  /// Of a key of the metadata.
  case malformed(path: String, key: String, reason: String)
  case missingTensor(path: String, name: String)
  case unknownTensor(path: String, name: String)
  case wrongShape(path: String, name: String, expected: [Int], found: [Int])
  case notFinite(path: String, name: String)

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .notAModel(let path):
      "\(path) is no model of cw-dist-train: its metadata does not say so"
    case .otherVersion(let path, let version):
      "\(path) is a model of format \"\(version.prefix(20))\", and this program reads format \(ModelFile.version)"
    case .malformed(let path, let key, let reason):
      "\(path): \"\(key)\" of its metadata cannot be used: \(reason.prefix(200))"
    case .missingTensor(let path, let name):
      "\(path) has no tensor \"\(name)\", which its model needs"
    case .unknownTensor(let path, let name):
      "\(path) has a tensor \"\(name.prefix(60))\", which its model knows nothing of"
    case .wrongShape(let path, let name, let expected, let found):
      "tensor \"\(name)\" of \(path) has shape \(found), and its model needs \(expected)"
    case .notFinite(let path, let name):
      "tensor \"\(name)\" of \(path) has values that are not finite"
    }
  }
}
