internal import Foundation
public import Training

/// Whether a run of another configuration or of other data can go on from a checkpoint.
extension CheckpointRecord {
  /// What an option means for a run that goes on.
  private enum Role {
    /// It changes nothing, or only what the data's fingerprint covers.
    case irrelevant
    /// It changes when the run ends, and nothing before; unless the learning rate follows the end.
    case length
    /// It makes another run of it, which can go on all the same.
    case rule
    /// The state, or what has been done of an epoch, does not fit it.
    case shape
  }

  /// Every key of a configuration; a new one is of the shape, until it is known better.
  private static let roles: [String: Role] = [
    "data": .irrelevant, "format": .irrelevant, "label": .irrelevant, "labels": .irrelevant, "header": .irrelevant,
    "delimiter": .irrelevant, "decimal": .irrelevant, "quotes": .irrelevant, "comment": .irrelevant,
    "missing": .irrelevant, "categorical": .irrelevant, "numeric": .irrelevant, "drop": .irrelevant,
    "max-one-hot": .irrelevant, "on-bad-row": .irrelevant,
    "validation": .irrelevant, "validation-labels": .irrelevant, "validation-fraction": .irrelevant,
    "test-fraction": .irrelevant, "split-seed": .irrelevant,
    "standardize": .irrelevant, "ignore-index": .irrelevant, "init": .irrelevant, "threads": .irrelevant,
    "checkpoint-every": .irrelevant, "keep": .irrelevant,
    "epochs": .length, "max-steps": .length,
    "dropout": .rule, "class-weights": .rule, "smoothing": .rule, "beta": .rule, "max-weight": .rule,
    "loss-normalization": .rule, "label-smoothing": .rule, "learning-rate": .rule, "betas": .rule, "epsilon": .rule,
    "weight-decay": .rule, "schedule": .rule, "warmup-steps": .rule, "clip-norm": .rule, "on-nonfinite": .rule,
  ]

  /// Checks what can be checked before the data is read.
  ///
  /// - Parameters:
  ///   - path: Of the checkpoint.
  ///   - force: Whether the run may go on by other rules.
  /// - Throws: `CheckpointError` that names the differences.
  public func check(_ configuration: TrainingConfiguration, path: String, force: Bool) throws {
    let shape = try options(of: configuration, .shape)
    guard shape.isEmpty else { throw CheckpointError.otherShape(path: path, options: shape) }
    if progress.epoch > configuration.epochs || (progress.epoch == configuration.epochs && progress.stepInEpoch > 0) {
      throw CheckpointError.beyondEnd(path: path, option: "--epochs \(configuration.epochs)")
    }
    if let most = configuration.maxSteps, progress.step > most {
      throw CheckpointError.beyondEnd(path: path, option: "--max-steps \(most)")
    }
    guard !force else { return }
    let length = configuration.schedule == .constant ? [] : try options(of: configuration, .length)
    let rules = try options(of: configuration, .rule) + length
    guard rules.isEmpty else { throw CheckpointError.otherOptions(path: path, options: rules) }
  }

  /// The options that differ from those of the run, in words.
  public func changes(to configuration: TrainingConfiguration) throws -> [String] {
    try Self.differences(self.configuration, configuration).map(\.text)
  }

  /// Checks what follows from the data.
  ///
  /// - Throws: `CheckpointError` that names the differences.
  public func check(
    _ data: DataFingerprint, classWeights: [Double], _ configuration: TrainingConfiguration, path: String, force: Bool
  ) throws {
    if let difference = self.data.difference(from: data) {
      throw CheckpointError.otherData(
        path: path, difference: difference, options: try options(of: configuration, .irrelevant))
    }
    guard classWeights != self.classWeights, !force else { return }
    func list(_ weights: [Double]) -> String { weights.prefix(8).map { "\($0)" }.joined(separator: ",") }
    throw CheckpointError.otherOptions(
      path: path, options: ["class weights \(list(self.classWeights)) (now \(list(classWeights)))"])
  }

  private func options(of configuration: TrainingConfiguration, _ role: Role) throws -> [String] {
    try Self.differences(self.configuration, configuration)
      .filter { (Self.roles[$0.key] ?? .shape) == role }.map(\.text)
  }

  /// The options that differ, by name: "--epochs 10 (now 20)".
  private static func differences(
    _ old: TrainingConfiguration, _ new: TrainingConfiguration
  ) throws -> [(key: String, text: String)] {
    let (old, new) = (try values(of: old), try values(of: new))
    return Set(old.keys).union(new.keys).sorted().compactMap { key in
      let (before, now) = (old[key] ?? "unset", new[key] ?? "unset")
      return before == now ? nil : (key, "--\(key) \(before) (now \(now))")
    }
  }

  private static func values(of configuration: TrainingConfiguration) throws -> [String: String] {
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(configuration))
    return (object as? [String: Any] ?? [:]).compactMapValues { value in
      guard let list = value as? [Any] else { return "\(value)" }
      return list.isEmpty ? nil : list.map { "\($0)" }.joined(separator: ",")
    }
  }
}
