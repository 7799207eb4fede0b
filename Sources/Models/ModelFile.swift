public import Failures
internal import Foundation
public import Tensors

/// A trained model as it is stored: parameters, and all that inference needs, in one safetensors
/// file. Nothing in it depends on the number of ranks, on a host, or on the time.
public struct ModelFile {
  /// A column of the data, and how it becomes features: in the order of the columns.
  public struct Column: Codable, Equatable, Sendable {
    public enum Kind: String, Codable, Sendable {
      /// (x − mean) / scale, with `fill` in place of x where it is missing.
      case numeric
      /// A feature for each level, 1 where the value is that level.
      case oneHot = "one-hot"
      /// `count` features, of which the value's hash (FNV-1a, 64 bits, halved, modulo count) chooses one.
      case hashed
    }

    public var name: String
    public var kind: Kind
    public var mean: Double?
    public var scale: Double?
    public var fill: Double?
    /// Subtracted from x before it was rounded to Float32, and then added again; nil for 0.
    public var offset: Double?
    public var levels: [String]?
    public var count: Int?
    /// Whether one more feature is 1 where the value is missing.
    public var marksMissing: Bool

    enum CodingKeys: String, CodingKey {
      case name, kind, mean, scale, fill, offset, levels, count
      case marksMissing = "marks_missing"
    }

    public init(name: String, kind: Kind, marksMissing: Bool) {
      self.name = name
      self.kind = kind
      self.marksMissing = marksMissing
    }
  }

  public var shape: ModelShape
  public var featureNames: [String]
  public var classNames: [String]
  /// As they were used in training. Empty for weights that changed with every batch.
  public var classWeights: [Double]
  /// The loss that it was trained with, in words: scheme, normalization, smoothing.
  public var loss: [String: String]
  public var columns: [Column]
  /// The parameters in the order of `ParameterLayout`.
  public var parameters: Vector

  public init(
    shape: ModelShape, featureNames: [String], classNames: [String], classWeights: [Double],
    loss: [String: String], columns: [Column], parameters: Vector
  ) {
    self.shape = shape
    self.featureNames = featureNames
    self.classNames = classNames
    self.classWeights = classWeights
    self.loss = loss
    self.columns = columns
    self.parameters = parameters
  }

  public func write(to sink: ([UInt8]) throws -> Void) throws {
    try safetensors().write(to: sink)
  }

  /// The file's content; the tensors are views of `parameters`.
  public func safetensors() throws -> Safetensors {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func json(_ value: some Encodable) throws -> String {
      String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let metadata = [
      "format": "cw-dist-train", "format_version": "1", "model": try json(shape),
      "features": try json(featureNames), "classes": try json(classNames), "class_weights": try json(classWeights),
      "loss": try json(loss), "columns": try json(columns),
    ]
    let tensors = ParameterLayout(shape).tensors.map {
      Safetensors.Tensor(name: $0.name, shape: $0.shape, values: parameters[$0.range])
    }
    return Safetensors(tensors: tensors, metadata: metadata)
  }
}

extension ParameterLayout {
  /// Copies the tensors `layers.0.weight`, … of a file into a parameter vector.
  ///
  /// - Parameter path: For messages.
  /// - Throws: `ModelFileError` where a tensor is missing, of another shape, or not finite.
  public func load(_ file: Safetensors, path: String, into parameters: Vector) throws(ModelFileError) {
    precondition(parameters.count == paddedCount)
    for tensor in tensors {
      let name = tensor.name
      guard let found = file[name] else {
        throw .missingTensor(name: name, path: path, names: file.tensors.map(\.name))
      }
      guard found.shape == tensor.shape else {
        throw .wrongShape(name: name, path: path, expected: tensor.shape, found: found.shape)
      }
      guard (0..<found.values.count).allSatisfy({ found.values[$0].isFinite }) else {
        throw .notFinite(name: name, path: path)
      }
      parameters[tensor.range].copy(from: found.values)
    }
    let layers = tensors.count { $0.name.hasSuffix(".weight") }
    let extra = "layers.\(layers).weight"
    guard file[extra] == nil else { throw .moreLayers(path: path, layers: layers) }
  }
}

/// What a model file says of its features and classes.
extension Safetensors {
  /// Nil where the file does not say.
  public var classNames: [String]? { names("classes") }
  /// Nil where the file does not say.
  public var featureNames: [String]? { names("features") }

  private func names(_ key: String) -> [String]? {
    metadata[key].flatMap { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) }
  }

  /// Checks that the file is of a model for the same classes, and for the same features in the same order, as far as
  /// it says. Features that have got other names altogether are taken by their places.
  ///
  /// - Parameter path: For messages.
  /// - Throws: `ModelFileError`
  public func check(classNames: [String], featureNames: [String], path: String) throws(ModelFileError) {
    if let found = self.classNames, found != classNames {
      throw .otherClasses(path: path, found: found, expected: classNames)
    }
    guard let found = self.featureNames, found != featureNames, Set(found) == Set(featureNames),
      let index = found.indices.first(where: { $0 >= featureNames.count || found[$0] != featureNames[$0] })
    else { return }
    throw .otherFeatureOrder(
      path: path, index: index, found: found[index],
      expected: index < featureNames.count ? featureNames[index] : "")
  }
}

/// A model file whose tensors do not fit the model.
public enum ModelFileError: Failure, Equatable {
  case missingTensor(name: String, path: String, names: [String])
  case wrongShape(name: String, path: String, expected: [Int], found: [Int])
  case notFinite(name: String, path: String)
  case moreLayers(path: String, layers: Int)
  case otherClasses(path: String, found: [String], expected: [String])
  case otherFeatureOrder(path: String, index: Int, found: String, expected: String)

  public var exitStatus: ExitStatus { .badData }

  private static func list(_ names: [String]) -> String {
    names.prefix(8).map { String($0.prefix(60)) }.joined(separator: ", ")
      + (names.count > 8 ? ", … (\(names.count) in all)" : "")
  }

  public var description: String {
    switch self {
    case .missingTensor(let name, let path, let names):
      "\(path) has no tensor \"\(name)\" (it has \(Self.list(names))); check --model and --hidden"
    case .wrongShape(let name, let path, let expected, let found):
      "tensor \"\(name)\" of \(path) has shape \(found), the model needs \(expected); check --hidden and the data's columns"
    case .notFinite(let name, let path):
      "tensor \"\(name)\" of \(path) has values that are not finite"
    case .moreLayers(let path, let layers):
      "\(path) has more than the \(layers) layers of the model; check --model and --hidden"
    case .otherClasses(let path, let found, let expected):
      """
      \(path) is a model of other classes: \(Self.list(found)), and not \(Self.list(expected)). Its outputs would be \
      taken for classes that they do not stand for.
      """
    case .otherFeatureOrder(let path, let index, let found, let expected):
      """
      \(path) is a model of these features in another order: its feature \(index) is "\(found)", that of the data \
      "\(expected)". Bring the columns into its order.
      """
    }
  }
}
