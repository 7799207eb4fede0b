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
    "delimiter": .irrelevant, "comment": .irrelevant, "missing": .irrelevant, "categorical": .irrelevant,
    "numeric": .irrelevant, "drop": .irrelevant, "max-one-hot": .irrelevant, "on-bad-row": .irrelevant,
    "validation": .irrelevant, "validation-labels": .irrelevant, "validation-fraction": .irrelevant,
    "standardize": .irrelevant, "ignore-index": .irrelevant, "init": .irrelevant, "threads": .irrelevant,
    "checkpoint-every": .irrelevant, "keep": .irrelevant,
    "epochs": .length, "max-steps": .length,
    "dropout": .rule, "class-weights": .rule, "smoothing": .rule, "beta": .rule, "max-weight": .rule,
    "loss-normalization": .rule, "label-smoothing": .rule, "learning-rate": .rule, "betas": .rule, "epsilon": .rule,
    "weight-decay": .rule, "schedule": .rule, "warmup-steps": .rule, "clip-norm": .rule, "on-nonfinite": .rule,
  ]

  /// - Parameters:
  ///   - path: Of the checkpoint.
  ///   - force: Whether the run may go on by other rules.
  /// - Throws: `CheckpointError` that names the differences.
  public func check(
    _ configuration: TrainingConfiguration, _ data: DataFingerprint, path: String, force: Bool
  ) throws {
    let differences = try Self.differences(self.configuration, configuration)
    func options(_ roles: Role...) -> [String] {
      differences.filter { roles.contains(Self.roles[$0.key] ?? .shape) }.map(\.text)
    }
    let shape = options(.shape)
    guard shape.isEmpty else { throw CheckpointError.otherShape(path: path, options: shape) }
    if let difference = self.data.difference(from: data) {
      throw CheckpointError.otherData(path: path, difference: difference, options: options(.irrelevant))
    }
    guard !force else { return }
    let followsEnd = configuration.schedule != .constant
    let rules = options(.rule) + (followsEnd ? options(.length) : [])
    guard rules.isEmpty else { throw CheckpointError.otherOptions(path: path, options: rules) }
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
    return (object as? [String: Any] ?? [:]).mapValues { value in
      (value as? [Any])?.map { "\($0)" }.joined(separator: ",") ?? "\(value)"
    }
  }
}
