internal import Checkpoints
internal import Files
internal import Foundation
public import Models
internal import Training

/// A line of metrics.jsonl, as it was recorded and as it is now.
public struct LineFinding: Equatable, Sendable {
  /// From 1; nil in a run of one model.
  public let member: Int?
  /// From 1.
  public let epoch: Int
  /// Steps since the beginning of the run.
  public let step: Int
  /// "train", "validation", "test"
  public let split: String
  public let agreement: Agreement
  /// Nil where none is recorded.
  public let then: MetricsFigures?
  public let now: MetricsFigures

  var place: RecordedMetrics.Place { RecordedMetrics.Place(member: member, epoch: epoch, split: split) }
}

/// The state after a step, as a checkpoint has it and as it is now.
public struct CheckpointFinding: Equatable, Sendable {
  public let path: String
  public let step: Int
  /// Of the parameters and the optimizer's memory.
  public let differences: [TensorDifference]
}

/// A model's file, as it was written and as it would be written now.
public struct ModelFinding: Equatable, Sendable {
  public let path: String
  /// SHA-256 of the whole file.
  public let digestThen: String
  public let digestNow: String
  public let tensors: [TensorDifference]
  /// Of the metadata.
  public let agreement: Agreement

  /// Whether parameters, or what both say of them, differ.
  public var isDifference: Bool { !tensors.isEmpty || agreement.isDifference }
}

/// What a run recorded beside what another training of it computes. Each part is compared once.
struct RunComparison {
  private let recorded: RecordedRun
  /// Of lines that were compared.
  private(set) var lines: [LineFinding] = []
  private(set) var checkpoint: CheckpointFinding?
  private(set) var model: ModelFinding?
  /// Steps of the state that was seen last.
  private(set) var step = 0

  init(_ recorded: RecordedRun) { self.recorded = recorded }

  var hasDifference: Bool {
    lines.contains { $0.agreement.isDifference } || checkpoint?.differences.isEmpty == false
      || model?.isDifference == true
  }

  /// Whether nothing is left to compare with before the end of the training.
  var isAtEndOfRecord: Bool {
    guard recorded.modelPath == nil else { return false }
    let isPastCheckpoint = checkpoint != nil || step > stepOfCheckpoint ?? -1
    return isPastCheckpoint && unmatchedPlaces.isEmpty
  }

  private var stepOfCheckpoint: Int? { recorded.checkpoint?.checkpoint.record.step }

  /// The lines that are recorded and were not computed.
  var unmatchedPlaces: [RecordedMetrics.Place] {
    let met = Set(lines.map(\.place))
    return (recorded.metrics?.places ?? []).filter { !met.contains($0) }
  }

  /// Compares lines of metrics.jsonl.
  ///
  /// - Returns: What was found of each.
  mutating func compare(lines now: [String]) -> [LineFinding] {
    let found = now.compactMap { line -> LineFinding? in
      let line = line.hasSuffix("\n") ? String(line.dropLast()) : line
      // This program has written it.
      guard let figures = MetricsFigures(line: line), let epoch = figures["epoch"].flatMap({ Int(exactly: $0) }),
        let split = figures.text("split")
      else { preconditionFailure("no line of metrics: \(line)") }
      let then = recorded.metrics?[RecordedMetrics.Place(member: figures.member, epoch: epoch, split: split)]
      let figuresThen = then.flatMap { MetricsFigures(line: $0) }
      return LineFinding(
        member: figures.member, epoch: epoch, step: figures["step"].flatMap { Int(exactly: $0) } ?? 0, split: split,
        agreement: then == line ? .sameBits : figuresThen.map { Self.agreement($0, figures) } ?? .missing,
        then: figuresThen, now: figures)
    }
    lines += found
    return found
  }

  /// Of lines that are not the same bytes.
  private static func agreement(_ then: MetricsFigures, _ now: MetricsFigures) -> Agreement {
    let differences = then.differences(to: now)
    guard differences.isEmpty else { return .differs(differences) }
    return .sameValues(
      onlyThen: then.names.subtracting(now.names).sorted(), onlyNow: now.names.subtracting(then.names).sorted())
  }

  /// Compares a state with the checkpoint of the same step.
  ///
  /// - Returns: Nil where there is none of that step, or where it was compared before.
  mutating func compare(_ state: TrainingState) -> CheckpointFinding? {
    step = state.step
    guard checkpoint == nil, let (path, saved) = recorded.checkpoint, saved.record.step == step,
      saved.record.isUnderWay != state.isBetweenMembers
    else {
      return nil
    }
    let found = CheckpointFinding(path: path, step: step, differences: saved.differences(from: state))
    checkpoint = found
    return found
  }

  /// Compares a trained model with that of the run, where it has one.
  ///
  /// - Throws: `FileError`, and what the model's encoding throws.
  mutating func compare(_ now: ModelFile) throws {
    guard let path = recorded.modelPath else { return }
    let digestThen = try SHA256(ofFile: path).text
    var digest = SHA256()
    try now.write { digest.add($0) }
    var agreement = Agreement.sameBits
    var tensors: [TensorDifference] = []
    if digest.text != digestThen {
      do {
        let bytes = try WholeFile.bytes(at: path)
        let file = try Safetensors(decoding: bytes, path: path)
        let current = try now.safetensors().sealed()
        // Also of a damaged file: where they differ is where it is damaged.
        tensors = file.tensors.compactMap { TensorDifference($0, current[$0.name]?.values) }
        agreement = Self.agreement(of: file, current, Seal.finding(in: bytes))
      } catch let error as SafetensorsError {
        agreement = .differs([ValueDifference(name: "the file", then: "damaged: \(error)", now: "whole")])
      }
    }
    model = ModelFinding(
      path: path, digestThen: digestThen, digestNow: digest.text, tensors: tensors, agreement: agreement)
  }

  /// Of all but the values of tensors.
  private static func agreement(of then: Safetensors, _ now: Safetensors, _ seal: Seal.Finding) -> Agreement {
    // A checksum differs with whatever differs.
    let data = ModelFile.metadataOfData
    let marks = [then, now].map { Marks(of: $0.metadata[data]) }
    // The same values may be written with another delimiter or decimal mark: nothing was computed otherwise.
    let areWrittenOtherwise = marks[0] != nil && marks[0]?.rest == marks[1]?.rest && marks[0]?.text != marks[1]?.text
    let keys = Set(then.metadata.keys).intersection(now.metadata.keys)
      .subtracting(areWrittenOtherwise ? [Seal.key, data] : [Seal.key])
    var differences = keys.sorted().compactMap { key in
      let (before, after) = (then.metadata[key] ?? "", now.metadata[key] ?? "")
      return before == after ? nil : ValueDifference(name: key, then: short(before), now: short(after))
    }
    if case .broken(let reason) = seal {
      differences.append(ValueDifference(name: "the file", then: "damaged: \(reason)", now: "whole"))
    }
    let missing = now.tensors.filter { then[$0.name] == nil }
    differences += missing.map { ValueDifference(name: $0.name, then: "not there", now: "a tensor") }
    guard differences.isEmpty else { return .differs(differences) }
    let (before, after) = (Set(then.metadata.keys), Set(now.metadata.keys))
    func words(_ marks: Marks?) -> [String] { areWrittenOtherwise ? marks.map { ["data with \($0.text)"] } ?? [] : [] }
    return .sameValues(
      onlyThen: before.subtracting(after).sorted() + words(marks[0]),
      onlyNow: after.subtracting(before).sorted() + words(marks[1]))
  }

  /// What a model says of how its training data was written.
  private struct Marks {
    /// "delimiter ;, decimal comma"
    let text: String
    /// All but that.
    let rest: [String: NSObject]

    /// Nil where it says nothing.
    init?(of json: String?) {
      guard let json, let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)),
        var fields = object as? [String: NSObject]
      else { return nil }
      let marks = ["delimiter", "decimal"].compactMap { name in fields.removeValue(forKey: name).map { "\(name) \($0)" }
      }
      (text, rest) = (marks.joined(separator: ", "), fields)
    }
  }

  private static func short(_ text: String) -> String { text.count > 100 ? text.prefix(100) + "…" : text }
}
