internal import Foundation
public import Metrics

/// What became of learning, as far as the epochs show it.
public enum LearningOutcome: Equatable, Sendable {
  /// The loss has become no number, or twice what it was at first, or most steps were left out for being no number.
  case diverged
  /// The classes that are there are found no more often than by guessing.
  case noBetterThanChance
  /// The last epochs were the best: more may be better still.
  case stillImproving
  /// The best epoch is past, and the loss on samples that were not trained on has risen since.
  case overfitting
  /// The last epochs changed little, or made nothing better.
  case settled
  /// The same, of a run that learns less and less towards its end, so that its last epochs say nothing of a longer one.
  case annealed
  /// There is one epoch, or none, to tell by.
  case unknown

  /// What one epoch came to.
  public struct Epoch: Equatable, Sendable {
    public let epoch: Int
    /// Nil where it is not finite.
    public let trainingLoss: Double?
    /// Mean −log p of the true class, in nats; nil where it is not finite, or not known.
    public let trainingLogLoss: Double?
    public let validationLoss: Double?
    /// What epochs are compared by, the larger the better; of the validation part where there is one.
    public let score: Double?

    public init(
      epoch: Int, trainingLoss: Double?, trainingLogLoss: Double? = nil, validationLoss: Double?, score: Double?
    ) {
      self.epoch = epoch
      self.trainingLoss = trainingLoss
      self.trainingLogLoss = trainingLogLoss
      self.validationLoss = validationLoss
      self.score = score
    }
  }

  /// A mean −log p of the true class that no model has whose logits mean anything: e to the power of minus that is 0 a
  /// thousand times over. Where the first steps diverge, the loss is no larger in the end than after the first epoch.
  private static let absurdLogLoss = 1e6

  /// - Parameters:
  ///   - epochs: In their order.
  ///   - leftOut: The share of the run's steps that were left out, since their loss or gradient was not finite.
  ///   - endedEarly: Whether epochs without a better one have ended the run.
  ///   - followsEpochCount: Whether what an epoch does depends on how many there are.
  ///   - hasValidation: Whether the score is of samples that were not trained on.
  ///   - confusion: Of the model that the run came to.
  public init(
    _ epochs: [Epoch], leftOut: Double = 0, endedEarly: Bool = false, followsEpochCount: Bool = false,
    hasValidation: Bool, _ confusion: ConfusionMatrix
  ) {
    let standsStill = followsEpochCount && !endedEarly ? LearningOutcome.annealed : .settled
    guard let first = epochs.first, let last = epochs.last else {
      self = .unknown
      return
    }
    guard leftOut <= 0.5, let lossAtEnd = last.trainingLoss, !(lossAtEnd > 2 * (first.trainingLoss ?? .infinity)),
      !(last.trainingLogLoss ?? 0 > Self.absurdLogLoss)
    else {
      self = .diverged
      return
    }
    guard Self.beatsChance(confusion) else {
      self = .noBetterThanChance
      return
    }
    guard epochs.count > 1 else {
      self = .unknown
      return
    }
    let tail = max(epochs.count / 10, 1)
    guard hasValidation else {
      let before = epochs[epochs.count - 1 - tail].trainingLoss ?? lossAtEnd
      self = before - lossAtEnd > 0.01 * before.magnitude ? .stillImproving : standsStill
      return
    }
    // Of equal scores the first is the best.
    let best = epochs.indices.max { (epochs[$0].score ?? -.infinity, -$0) < (epochs[$1].score ?? -.infinity, -$1) } ?? 0
    guard best < epochs.count - tail else {
      self = .stillImproving
      return
    }
    let least = epochs.compactMap(\.validationLoss).min() ?? .infinity
    let before = epochs.dropLast(tail).compactMap(\.validationLoss).min() ?? .infinity
    let atEnd = last.validationLoss ?? .infinity
    if atEnd > 1.02 * least {
      self = .overfitting
    } else {
      // A score that stands still may move again while the loss falls, unless --early-stopping ends the run.
      self = !endedEarly && before.isFinite && before - atEnd > 0.01 * before.magnitude ? .stillImproving : standsStill
    }
  }

  /// Whether what an epoch does depends on how many there are to be, since the learning rate falls towards the last, or
  /// what is drawn changes.
  ///
  /// - Parameter options: Of the run, by name.
  public static func followsEpochCount(options: [String: String]) -> Bool {
    options["optimizer"] != "lbfgs"
      && (options["schedule"].map { $0 != "constant" } ?? false || options["sampler"] == "progressive")
  }

  /// Whether the mean recall over the classes present is more than guessing gives, by two standard deviations of it.
  ///
  /// Who guesses finds 1/C of each class in the mean, with a variance of (1/C)(1 − 1/C)/n_c.
  public static func beatsChance(_ confusion: ConfusionMatrix) -> Bool {
    let supports = (0..<confusion.classCount).map { confusion.support(of: $0) }.filter { $0 > 0 }
    guard supports.count > 1 else { return true }
    let classes = Double(supports.count)
    let chance = 1 / classes
    let variance = supports.reduce(0.0) { $0 + chance * (1 - chance) / Double($1) } / (classes * classes)
    return confusion.balancedAccuracy > chance + 2 * variance.squareRoot()
  }

  /// Whether nothing of a run favours rare classes, neither weights nor draws, nor its loss, nor thresholds: its model may tell
  /// classes apart, and leave the rare ones behind the common ones everywhere.
  ///
  /// - Parameters:
  ///   - weightScheme: "none"
  ///   - options: Of the run, by name.
  public static func favoursNoRareClass(weightScheme: String, options: [String: String]) -> Bool {
    func isOneOf(_ values: [String], _ option: String) -> Bool { options[option].map(values.contains) ?? true }
    return weightScheme == "none" && isOneOf(["shuffle", "sequential"], "sampler")
      && isOneOf(["cross-entropy", "focal"], "loss") && isOneOf(["0"], "retrain-classifier")
      && isOneOf(["no", "0"], "tau-normalization") && options["tune-thresholds"] == nil
  }
}

extension ReportModel {
  /// What the epochs of the run show.
  var learning: LearningOutcome {
    let hasValidation = content.epochs.contains { $0.split == "validation" }
    let metric = content.delivered.metric
    let isLoss = metric == "loss" || metric == "log_loss"
    var (training, validation): ([Int: [String: Double]], [Int: [String: Double]]) = ([:], [:])
    for epoch in content.epochs where epoch.epoch <= lastNetworkEpoch {
      switch epoch.split {
      case "train": training[epoch.epoch] = epoch.figures
      case "validation": validation[epoch.epoch] = epoch.figures
      default: break
      }
    }
    let epochs = training.keys.sorted().map { number in
      let score = (hasValidation ? validation[number] : training[number])?[metric]
      return LearningOutcome.Epoch(
        epoch: number, trainingLoss: training[number]?["loss"], trainingLogLoss: training[number]?["log_loss"],
        validationLoss: validation[number]?["loss"], score: score.map { isLoss ? -$0 : $0 })
    }
    return LearningOutcome(
      epochs, leftOut: content.leftOutShare ?? 0, endedEarly: endsEarly,
      followsEpochCount: LearningOutcome.followsEpochCount(
        options: Dictionary(content.options.map { ($0.name, $0.value) }) { first, _ in first }),
      hasValidation: hasValidation, confusion)
  }

  /// Whether --early-stopping has ended the training of all layers, as far as the options and epochs tell.
  private var endsEarly: Bool {
    func option(_ name: String) -> ReportContent.Option? { content.options.first { $0.name == name } }
    guard let stopping = option("early-stopping"), !stopping.isDefault else { return false }
    return option("epochs").flatMap { Int($0.value) }.map { lastNetworkEpoch < $0 } ?? false
  }

  /// The last epoch that is known in which all layers were trained.
  var lastNetworkEpoch: Int { content.classifierFrom.map { $0 - 1 } ?? lastEpoch }

  /// The number of the last epoch that is known.
  var lastEpoch: Int { content.epochs.map(\.epoch).max() ?? content.delivered.epoch }
}
