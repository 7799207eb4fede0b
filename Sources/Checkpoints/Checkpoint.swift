public import Configuration
public import Datasets
internal import Files
internal import Foundation
public import Models
public import Tensors
public import Training

/// A checkpoint: a model file with the optimizer's memory and a `CheckpointRecord` beside it, and a checksum over all
/// of it. Whatever reads safetensors can read it, and `--init` takes it for a model.
public struct Checkpoint {
  public let record: CheckpointRecord
  private let file: Safetensors

  /// Keys of the metadata.
  private enum Key {
    static let record = "checkpoint"
  }

  /// - Parameters:
  ///   - model: As it stands; its parameters are those of `state`: of the members that are trained, and then of the one
  ///     that is under way.
  ///   - state: Its vectors stay views where they lie as in files.
  public init(_ record: CheckpointRecord, model: Safetensors, state: TrainingState) throws {
    self.record = record
    var file = model
    file.tensors += state.optimizerMemory.map {
      let values = state.layout.inFileOrder($0.values)
      return Safetensors.Tensor(name: ModelFile.optimizerPrefix + $0.name, shape: [values.count], values: values)
    }
    if let best = state.bestParameters.map(state.layout.inFileOrder) {
      file.tensors.append(Safetensors.Tensor(name: ModelFile.bestParametersName, shape: [best.count], values: best))
    }
    file.metadata[Key.record] = try SortedJSON.text(record)
    self.file = file
  }

  private init(_ record: CheckpointRecord, _ file: Safetensors) {
    self.record = record
    self.file = file
  }

  /// The same with vectors of its own.
  ///
  /// - Parameter memory: Vectors of the same sizes that may be written over; or none.
  func copied(into memory: [Vector]) -> Checkpoint {
    let fits = memory.map(\.count) == file.tensors.map(\.values.count)
    var copy = file
    copy.tensors = file.tensors.enumerated().map { index, tensor in
      let values = fits ? memory[index] : Vector(zeros: tensor.values.count)
      values.copy(from: tensor.values)
      return Safetensors.Tensor(name: tensor.name, shape: tensor.shape, values: values)
    }
    return Checkpoint(record, copy)
  }

  var vectors: [Vector] { file.tensors.map(\.values) }

  /// Writes it as far as its vectors are needed.
  ///
  /// - Returns: What has no name yet; what was at `path` is still there.
  /// - Throws: `FileError`
  func begin(_ path: String) throws -> AtomicFile.UnnamedFile {
    let sealed = try file.sealed()
    return try AtomicFile.begin(path) { try sealed.write(to: $0) }
  }

  /// - Throws: `FileError`, or `CheckpointError`; `.damaged` where a single bit is not as it was written.
  public init(readingFrom path: String) throws {
    let bytes = try WholeFile.bytes(at: path)
    func damaged(_ reason: String) -> CheckpointError { .damaged(path: path, reason: reason) }
    let seal = Seal.finding(in: bytes)
    if case .broken(let reason) = seal { throw damaged(reason) }
    let content = Result { try Safetensors(decoding: bytes, path: path) }
    if case .success(let model) = content, !Self.isCheckpoint(model) { throw CheckpointError.isModel(path: path) }
    guard seal == .whole else { throw damaged("it has no checksum: it is cut short, or no checkpoint") }
    do {
      file = try content.get()
      record = try JSONDecoder().decode(CheckpointRecord.self, from: Data((file.metadata[Key.record] ?? "").utf8))
    } catch {
      throw CheckpointError.otherVersion(path: path, reason: String("\(error)".prefix(300)))
    }
  }

  /// Whether a file of tensors says that it is one.
  public static func isCheckpoint(_ file: Safetensors) -> Bool { file.metadata[Key.record] != nil }

  /// Checks that the features, and levels that are numbers of rows, have the names that they had: values alone do not tell
  /// that columns changed places or meanings.
  ///
  /// - Parameters:
  ///   - columns: That the features are made of.
  ///   - configuration: Of the run that is to go on.
  ///   - path: For messages.
  /// - Throws: `CheckpointError.otherData`
  public func check(
    featureNames: [String], columns: [EncodedColumn], _ configuration: TrainingConfiguration, path: String
  ) throws {
    guard let difference = difference(fromFeatureNames: featureNames, columns: columns) else { return }
    throw CheckpointError.otherData(
      path: path, difference: difference, options: record.options(ofDataIn: configuration))
  }

  /// The first feature that has another name, in words: "its feature 1 is now called …", or column that has other levels;
  /// nil where all have theirs.
  public func difference(fromFeatureNames names: [String], columns: [EncodedColumn] = []) -> String? {
    if let column = file.columnOfOtherLevels(columns) { return "its column \"\(column)\" has other levels" }
    guard let known = file.featureNames, known != names else { return nil }
    let index = zip(known, names).enumerated().first { $1.0 != $1.1 }?.offset ?? min(known.count, names.count)
    func name(_ names: [String]) -> String { index < names.count ? "\"\(names[index].prefix(60))\"" : "none" }
    return "its feature \(index) is now called \(name(names)), and was \(name(known))"
  }

  /// The tensors whose bits differ from those of a run's state.
  public func differences(from state: TrainingState) -> [TensorDifference] {
    let members = state.memberParameters + (state.isBetweenMembers ? [] : [state.parameters])
    let parameters = state.layout.tensors(ofMembers: members)
    return file.tensors.compactMap { tensor in
      let now: Vector?
      if tensor.name.hasPrefix(ModelFile.optimizerPrefix) {
        now = state.optimizerMemory.first { ModelFile.optimizerPrefix + $0.name == tensor.name }
          .map { state.layout.inFileOrder($0.values) }
      } else if tensor.name == ModelFile.bestParametersName {
        now = state.bestParameters.map(state.layout.inFileOrder)
      } else {
        now = parameters.first { $0.name == tensor.name }?.values
      }
      return TensorDifference(tensor, now)
    }
  }

  /// Copies the vectors into those of a run.
  ///
  /// - Parameter path: For messages.
  /// - Throws: `ModelFileError`, `CheckpointError` where they do not fit.
  public func load(into state: TrainingState, layout: ParameterLayout, path: String) throws {
    let member = record.trainedMembers.count
    try layout.load(
      file, prefix: ModelFile.prefix(ofMember: member, of: member + 1), path: path, into: state.parameters)
    for (name, values) in state.optimizerMemory {
      guard let saved = file[ModelFile.optimizerPrefix + name], saved.values.count == values.count else {
        throw CheckpointError.damaged(path: path, reason: "it does not hold \(values.count) values of \(name)")
      }
      layout.copy(fileOrder: saved.values, into: values)
    }
    if let best = state.bestParameters, let saved = file[ModelFile.bestParametersName] {
      guard saved.values.count == best.count else {
        throw CheckpointError.damaged(path: path, reason: "it does not hold \(best.count) parameters of its best epoch")
      }
      layout.copy(fileOrder: saved.values, into: best)
    }
  }

  /// The parameters of the members that are trained, without padding, in vectors of their own.
  ///
  /// - Parameter path: For messages.
  /// - Throws: `ModelFileError` where one is missing or does not fit.
  public func memberParameters(_ layout: ParameterLayout, path: String) throws(ModelFileError) -> [Vector] {
    let trained = record.trainedMembers.count
    var all: [Vector] = []
    for member in 0..<trained {
      let prefix = ModelFile.prefix(ofMember: member, of: trained + (record.isUnderWay ? 1 : 0))
      let parameters = Vector(zeros: layout.paddedCount)
      try layout.load(file, prefix: prefix, path: path, into: parameters)
      all.append(parameters.prefix(layout.count))
    }
    return all
  }

  /// Whether it has the parameters of the best epoch until then. Those of older versions don't, nor those of runs that
  /// keep the last.
  public var holdsBest: Bool { file[ModelFile.bestParametersName] != nil }
}
