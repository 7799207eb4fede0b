public import ArgumentParser
public import ClassWeighting

/// Which samples an epoch has, and how often: what the options of `--sampler` come to.
public struct Sampling: Equatable, Sendable {
  /// The order in which a shard supplies its samples in an epoch, and how often each of them.
  public enum Sampler: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    /// Each once, in a new random order every epoch.
    case shuffle
    /// Each once, in the order of the file (within a shard), every epoch.
    case sequential
    /// As many of each class, as many altogether as there are.
    case classBalanced = "class-balanced"
    /// Of a class in proportion to n_c^q.
    case power
    /// That, with q from 1 in the first epoch to 0 in the last.
    case progressive
    /// Those of rarer classes several times.
    case oversample
    /// Some of those of more frequent classes.
    case undersample
  }

  public let sampler: Sampler
  /// q of `power`.
  let power: Double
  /// ρ of `oversample` and `undersample`.
  let ratio: Double
  /// Of the run.
  public let epochs: Int

  init(_ options: StepOptions) {
    (sampler, power, ratio) = (options.sampler, options.samplingPower, options.samplingRatio)
    epochs = options.epochs
  }

  /// Whether an epoch has every sample once.
  public var drawsOnce: Bool {
    switch sampler {
    case .shuffle, .sequential: true
    case .power: power == 1
    case .classBalanced, .progressive, .oversample, .undersample: false
    }
  }

  /// Whether the order of the samples is by chance.
  public var isShuffled: Bool { sampler != .sequential }

  /// - Parameter epoch: From 0.
  public func rule(inEpoch epoch: Int) -> SamplingRule {
    switch sampler {
    case .shuffle, .sequential: .once
    case .classBalanced: .power(0)
    case .power: .power(power)
    // A run of one epoch has the last one.
    case .progressive: .power(epochs > 1 ? max(0, 1 - Double(epoch) / Double(epochs - 1)) : 0)
    case .oversample: .oversample(ratio: ratio)
    case .undersample: .undersample(ratio: ratio)
    }
  }

  /// The rule that a trained model has learned by: that of the last epoch, whichever epoch is delivered.
  public var lastRule: SamplingRule { rule(inEpoch: epochs - 1) }

  /// Σ_c n_c r_c: how many samples an epoch has in the mean. The same in all epochs, since `progressive` keeps it.
  ///
  /// - Parameter counts: n_c, over all ranks.
  public func expectedDraws(forCounts counts: [Int]) -> Double {
    expectedDrawsByClass(forCounts: counts).reduce(0, +)
  }

  /// n_c r_c, [C], by the last rule.
  public func expectedDrawsByClass(forCounts counts: [Int]) -> [Double] {
    zip(counts, lastRule.rates(forCounts: counts)).map { Double($0) * $1 }
  }

  /// No epoch has more draws: n_c ⌈r_c⌉ added up, [C]. Of `progressive` by (N / n_c)^(1−q) ≥ r_c, and so N / n_c.
  public func mostDrawsByClass(forCounts counts: [Int]) -> [Double] {
    let rates: [Double]
    switch sampler {
    case .progressive:
      let total = Double(counts.reduce(0, +))
      rates = counts.map { $0 > 0 ? total / Double($0) : 0 }
    default: rates = lastRule.rates(forCounts: counts)
    }
    return zip(counts, rates).map { Double($0) * $1.rounded(.up) }
  }
}
