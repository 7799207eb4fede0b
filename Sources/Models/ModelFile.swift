public import Datasets
public import Failures
internal import Files
internal import Foundation
public import Tensors

/// A trained model as it is stored: parameters, and all that inference needs, in one safetensors
/// file. Nothing in it depends on the number of ranks, on a host, or on the time.
public struct ModelFile {
  static let format = "cw-dist-train"
  static let version = "1"

  /// Keys of the metadata.
  enum Key {
    static let format = "format"
    static let version = "format_version"
    static let model = "model"
    static let features = "features"
    static let classes = "classes"
    static let classWeights = "class_weights"
    static let loss = "loss"
    static let columns = "columns"
    static let classCounts = "class_counts"
    static let priorWeights = "prior_weights"
    static let data = "data"
    static let temperature = "temperature"
    static let decision = "decision"
    static let tau = "tau_normalization"
    static let members = "members"

    /// Of models that versions without a checksum have written.
    static let unsealed: Set = [
      members, format, version, model, features, classes, classWeights, loss, columns, classCounts, data, temperature,
      decision,
    ]
  }

  /// The name of what a file says of how its training data was written.
  package static var metadataOfData: String { Key.data }

  public var shape: ModelShape
  public var featureNames: [String]
  public var classNames: [String]
  /// As they were used in training. Empty for weights that changed with every batch.
  public var classWeights: [Double]
  /// The loss that it was trained with, in words: scheme, normalization, smoothing.
  public var loss: [String: String]
  /// How the columns of the data become features; none where rows are taken as they are, as sparse ones are.
  public var columns: [EncodedColumn]
  /// n_c: training samples of each class. Nil in files of program versions that did not say.
  public var classCounts: [Int]?
  /// ω, [C]: what the softmax of its logits is weighted by, where that is more than the class weights: q_c ∝ ω_c p_c. Nil
  /// where it is not.
  public var priorWeights: [Double]?
  /// How the training data was written. Nil in files of program versions that did not say.
  public var data: DataSchema?
  /// T of calibrated probabilities (`ProbabilityRule`), found on the validation part. Nil where there was none, in a
  /// checkpoint, and in files of program versions that did not find it.
  public var temperature: Double?
  /// How its logits become a class where the thresholds were tuned on the validation part; nil where the largest decides.
  public var decision: DecisionRule?
  /// τ by which the rows of its last layer were divided after training (`ClassifierRows`); nil where they were not.
  public var tau: Double?
  /// Whether its file has a checksum (`Seal`). Those of older versions have none.
  public var isSealed: Bool
  /// The parameters of each member, in the order of `ParameterLayout`; at least one. The probabilities of several are
  /// averaged (`Ensemble`).
  public var members: [Vector]

  public init(
    shape: ModelShape, featureNames: [String], classNames: [String], classWeights: [Double],
    loss: [String: String], columns: [EncodedColumn], classCounts: [Int]? = nil,
    priorWeights: [Double]? = nil, data: DataSchema? = nil,
    temperature: Double? = nil, decision: DecisionRule? = nil, tau: Double? = nil, isSealed: Bool = true,
    members: [Vector]
  ) {
    precondition(!members.isEmpty, "a model without members")
    self.classCounts = classCounts
    self.priorWeights = priorWeights
    self.data = data
    self.temperature = temperature
    self.decision = decision
    self.tau = tau
    self.isSealed = isSealed
    self.shape = shape
    self.featureNames = featureNames
    self.classNames = classNames
    self.classWeights = classWeights
    self.loss = loss
    self.columns = columns
    self.members = members
  }

  /// "mlp 784 → 256 → 10, relu"; "8 members, each …"
  public var summary: String { (members.count > 1 ? "\(members.count) members, each " : "") + shape.summary }

  /// Of all members.
  public var parameterCount: Int { members.count * Int(shape.parameterCount) }

  /// Whether classes count differently in training, so that its raw probabilities are no frequencies.
  public var isWeighted: Bool {
    let weights = priorWeights ?? classWeights
    return weights.isEmpty || weights.contains { $0 != weights[0] }
  }

  /// Whether a class of the training data had no weight at all: how frequent it is, the model cannot know.
  public var ignoresClasses: Bool {
    zip(priorWeights ?? classWeights, classCounts ?? []).contains { weight, count in weight == 0 && count > 0 }
  }

  /// Writes the file piece by piece, with its checksum.
  ///
  /// - Parameter sink: Takes the next bytes.
  public func write(to sink: ([UInt8]) throws -> Void) throws {
    let file = try safetensors()
    try (isSealed ? file.sealed() : file).write(to: sink)
  }

  /// The file's content but for its checksum; the tensors are views of `parameters` where they lie there as in files.
  public func safetensors() throws -> Safetensors {
    var metadata = [
      Key.format: Self.format, Key.version: Self.version, Key.model: try SortedJSON.text(shape),
      Key.features: try SortedJSON.text(featureNames), Key.classes: try SortedJSON.text(classNames),
      Key.classWeights: try SortedJSON.text(classWeights), Key.loss: try SortedJSON.text(loss),
      Key.columns: try SortedJSON.text(columns),
    ]
    metadata[Key.classCounts] = try classCounts.map { try SortedJSON.text($0) }
    metadata[Key.priorWeights] = try priorWeights.map { try SortedJSON.text($0) }
    metadata[Key.data] = try data.map { try SortedJSON.text($0) }
    metadata[Key.temperature] = try temperature.map { try SortedJSON.text($0) }
    metadata[Key.decision] = try decision.map { try SortedJSON.text($0) }
    metadata[Key.tau] = try tau.map { try SortedJSON.text($0) }
    if members.count > 1 { metadata[Key.members] = try SortedJSON.text(members.count) }
    return Safetensors(tensors: tensors, metadata: metadata)
  }

  /// The parameters by their names, member after member: views where they lie as in files.
  public var tensors: [Safetensors.Tensor] {
    ParameterLayout(shape).tensors(ofMembers: members)
  }

  /// What stands before the names of a member's tensors: "members.0.", and nothing where there is only one.
  ///
  /// - Parameter member: From 0.
  public static func prefix(ofMember member: Int, of count: Int) -> String {
    count == 1 ? "" : "members.\(member)."
  }
}

extension Safetensors {
  /// The same model with other members.
  ///
  /// - Parameter members: Parameters of each; the tensors are views of them.
  public func with(members: [Vector], _ layout: ParameterLayout) throws -> Safetensors {
    var other = self
    other.tensors = layout.tensors(ofMembers: members)
    other.metadata[ModelFile.Key.members] = members.count > 1 ? try SortedJSON.text(members.count) : nil
    return other
  }
}

extension ParameterLayout {
  /// The tensors of members, one after another: views where they lie as in files.
  public func tensors(ofMembers members: [Vector]) -> [Safetensors.Tensor] {
    members.enumerated().flatMap { member, parameters in
      let prefix = ModelFile.prefix(ofMember: member, of: members.count)
      return tensors.map {
        Safetensors.Tensor(name: prefix + $0.name, shape: $0.shape, values: $0.values(in: parameters))
      }
    }
  }

  /// Copies the tensors `layers.0.weight`, … of a file into a parameter vector.
  ///
  /// - Parameter prefix: Of their names in the file.
  /// - Parameter path: For messages.
  /// - Throws: `ModelFileError` where a tensor is missing, of another shape, or not finite.
  public func load(
    _ file: Safetensors, prefix: String = "", path: String, into parameters: Vector
  ) throws(ModelFileError) {
    precondition(parameters.count == paddedCount)
    for tensor in tensors {
      let name = prefix + tensor.name
      guard let found = file[name] else {
        throw .missingTensor(name: name, path: path, names: file.tensors.map(\.name))
      }
      guard found.shape == tensor.shape else {
        throw .wrongShape(name: name, path: path, expected: tensor.shape, found: found.shape)
      }
      guard (0..<found.values.count).allSatisfy({ found.values[$0].isFinite }) else {
        throw .notFinite(name: name, path: path)
      }
      tensor.set(found.values, in: parameters)
    }
    let layers = tensors.count { $0.name.hasPrefix("layers.") && $0.name.hasSuffix(".weight") }
    let extra = "\(prefix)layers.\(layers).weight"
    guard file[extra] == nil else { throw .moreLayers(path: path, layers: layers) }
  }
}

/// What a model file says of its features and classes.
extension Safetensors {
  /// Nil where the file does not say.
  public var classNames: [String]? { names(ModelFile.Key.classes) }
  /// Nil where the file does not say.
  public var featureNames: [String]? { names(ModelFile.Key.features) }

  private func names(_ key: String) -> [String]? {
    metadata[key].flatMap { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) }
  }

  /// Checks that the file has one model, and not several members.
  ///
  /// - Parameter path: For messages.
  /// - Throws: `ModelFileError.severalMembers`
  public func checkIsOneModel(path: String) throws(ModelFileError) {
    if let count = metadata[ModelFile.Key.members] { throw .severalMembers(path: path, count: count) }
  }

  /// The first column whose levels have numbers, in a table that was learned, and are not those that the file says; nil
  /// where there is none. (Where levels are features, features have their names.)
  public func columnOfOtherLevels(_ columns: [EncodedColumn]) -> String? {
    guard columns.contains(where: \.isLevel), let text = metadata[ModelFile.Key.columns],
      let known = try? JSONDecoder().decode([EncodedColumn].self, from: Data(text.utf8))
    else { return nil }
    return zip(columns, known).first { ($0.isLevel || $1.isLevel) && $0.kind != $1.kind }?.0.name
  }

  /// Checks that the file is of a model for the same classes, and for the same features in the same order, as far as
  /// it says. Features that have got other names altogether are taken by their places.
  ///
  /// - Parameters:
  ///   - columns: That the features are made of.
  ///   - path: For messages.
  /// - Throws: `ModelFileError`
  public func check(
    classNames: [String], featureNames: [String], columns: [EncodedColumn] = [], path: String
  ) throws(ModelFileError) {
    if let column = columnOfOtherLevels(columns) { throw .otherLevels(path: path, column: column) }
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
  case severalMembers(path: String, count: String)
  case otherClasses(path: String, found: [String], expected: [String])
  case otherFeatureOrder(path: String, index: Int, found: String, expected: String)
  case otherLevels(path: String, column: String)

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
      "tensor \"\(name)\" of \(path) has shape \(found), the model needs \(expected); check --hidden, --embedding and the data's columns"
    case .notFinite(let name, let path):
      "tensor \"\(name)\" of \(path) has values that are not finite"
    case .moreLayers(let path, let layers):
      "\(path) has more than the \(layers) layers of the model; check --model and --hidden"
    case .severalMembers(let path, let count):
      "\(path) is a model of \(count.prefix(20)) members, each with parameters of its own: a run begins with those of one model (--members 1 trains such a one)"
    case .otherClasses(let path, let found, let expected):
      """
      \(path) is a model of other classes: \(Self.list(found)), and not \(Self.list(expected)). Its outputs would be \
      taken for classes that they do not stand for.
      """
    case .otherLevels(let path, let column):
      """
      \(path) is a model of other levels of "\(column)": the rows of its table would be taken for levels that they do not \
      stand for
      """
    case .otherFeatureOrder(let path, let index, let found, let expected):
      """
      \(path) is a model of these features in another order: its feature \(index) is "\(found)", that of the data \
      "\(expected)". Bring the columns into its order.
      """
    }
  }
}
