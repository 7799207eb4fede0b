public import Kernels

/// Where a run stands: the part of its state that is not vectors. The same on all ranks.
public struct TrainingProgress: Codable, Equatable, Sendable {
  /// The order of an epoch's samples that this program has (see `BatchPlan`). Order 1 gave each shard a fixed slice of
  /// every batch.
  public static let currentOrder = 2

  /// The order of the epoch's samples.
  public var epochOrder = Self.currentOrder
  /// The epoch that is under way, from 0; the number of epochs where all are done.
  public var epoch = 0
  /// Steps of it that are done. Where it is all of them, what remains of the epoch is its evaluation.
  public var stepInEpoch = 0
  /// Steps since the beginning of the run.
  public var step = 0
  /// Steps that moved the parameters: t of Adam.
  public var optimizerStep = 0
  /// Steps that were left out since their loss or gradient was not finite.
  public var nonfiniteSteps = 0
  /// Sums over the epoch's steps so far.
  public var epochLoss = LossSums()
  /// The epoch's samples so far: the cells of the confusion matrix that are not 0.
  public var epochConfusion: [ConfusionCell] = []
  /// The best epoch so far.
  public var best: BestEpoch?
  /// Whole epochs that were done when the best began to be looked for: 0, but for a run that went on by another metric,
  /// or without the parameters of its best epoch.
  public var bestSoughtFrom = 0
  /// The first stage of a run that is in its second; nil in the first, and where there is only one.
  public var network: NetworkStage?
  /// Of an optimizer of full batches.
  public var descent: DescentProgress?

  public init() {}

  /// A key that an older checkpoint does not have means what was so before there was the key.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, default before: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? before
    }
    epochOrder = try value(.epochOrder, default: 1)
    epoch = try value(.epoch, default: 0)
    stepInEpoch = try value(.stepInEpoch, default: 0)
    step = try value(.step, default: 0)
    optimizerStep = try value(.optimizerStep, default: 0)
    nonfiniteSteps = try value(.nonfiniteSteps, default: 0)
    epochLoss = try value(.epochLoss, default: LossSums())
    epochConfusion = try value(.epochConfusion, default: [])
    best = try values.decodeIfPresent(BestEpoch.self, forKey: .best)
    bestSoughtFrom = try value(.bestSoughtFrom, default: 0)
    network = try values.decodeIfPresent(NetworkStage.self, forKey: .network)
    descent = try values.decodeIfPresent(DescentProgress.self, forKey: .descent)
  }

  /// Forgets what has been done of the epoch, but not what it did to the parameters.
  package mutating func beginEpochAnew() {
    stepInEpoch = 0
    epochLoss = LossSums()
    epochConfusion = []
  }

  /// Takes on the order of samples that this program has. An epoch that was begun in another one cannot be gone on
  /// with, since other samples would be left of it: it begins anew.
  ///
  /// - Returns: Whether steps of an epoch are done once more.
  mutating func followCurrentOrder() -> Bool {
    guard epochOrder != Self.currentOrder else { return false }
    let isCut = stepInEpoch > 0
    epochOrder = Self.currentOrder
    beginEpochAnew()
    return isCut
  }
}
