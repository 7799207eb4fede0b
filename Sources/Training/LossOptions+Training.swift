package import ClassWeighting
public import Configuration
public import Kernels
internal import Models

extension LossOptions {
  /// What the model is trained by. The list of losses: one case for each.
  ///
  /// - Parameter counts: n_c, [C], training samples over all ranks.
  package func trainingLoss(classCounts counts: [Int]) -> any TrainingLoss {
    switch kind.loss {
    case .crossEntropy: CrossEntropy(labelSmoothing: labelSmoothing)
    case .focal: Focal(gamma: kind.focalGamma)
    case .balancedSoftmax, .logitAdjusted:
      LogitAdjusted(
        shifts: LogitShifts.shifts(forCounts: counts, tau: kind.priorTau ?? 0), smoothing: labelSmoothing)
    case .ldam:
      LabelMargin(
        margins: ClassMargins.margins(forCounts: counts, largest: kind.ldamMargin).map { kind.ldamScale * $0 },
        smoothing: labelSmoothing)
    }
  }

  /// The same for a model that is trained.
  ///
  /// - Parameters:
  ///   - record: What its file says of the loss.
  ///   - counts: n_c of its training samples; nil where the file does not say.
  /// - Returns: Nil where the file names a loss that this program does not know, or says too little of it.
  package static func trainingLoss(recorded record: [String: String], classCounts counts: [Int]?) -> (any TrainingLoss)?
  {
    var options = LossOptions.defaults
    func number(_ key: String, into value: inout Double) {
      if let recorded = record[key].flatMap({ Double($0) }) { value = recorded }
    }
    if let name = record["loss"] {
      guard let loss = LossKindOptions.Kind(rawValue: name) else { return nil }
      options.kind.loss = loss
    }
    number("label_smoothing", into: &options.labelSmoothing)
    number("focal_gamma", into: &options.kind.focalGamma)
    number("logit_tau", into: &options.kind.logitTau)
    number("ldam_margin", into: &options.kind.ldamMargin)
    number("ldam_scale", into: &options.kind.ldamScale)
    // As they were checked before training.
    guard (try? options.kind.validate()) != nil, (try? options.validate()) != nil else { return nil }
    switch options.kind.loss {
    case .crossEntropy, .focal: return options.trainingLoss(classCounts: counts ?? [])
    case .balancedSoftmax, .logitAdjusted, .ldam: return counts.map { options.trainingLoss(classCounts: $0) }
    }
  }
}

extension TrainingConfiguration {
  /// Whether something else than the class weights decides what the model's softmax is weighted by.
  package var changesPrior: Bool {
    loss.kind.correctsForPrior || !steps.sampling.drawsOnce || steps.retrainClassifier > 0
  }

  /// ω, [C]: the model's softmax tends to q_c ∝ ω_c p_c, by all that loss and sampler do to classes. (Of focal and ldam,
  /// whose optimum is no simple function of p, by their weights and the sampler alone.)
  ///
  /// Of samples that are drawn r_c times the softmax of logits z is fitted to w_c r_c p_c; and where that of z + log π^τ
  /// is, z's to w_c r_c π_c^(−τ) p_c. Of a sampler whose r_c change from epoch to epoch they are those of the last epoch.
  /// Where the last layer is trained again they are the r_c of its own draws: of the loss before it nothing is left in it.
  ///
  /// - Parameter counts: n_c, [C], training samples over all ranks.
  package func priorWeights(_ weights: TrainingWeights, classCounts counts: [Int]) -> [Double] {
    guard steps.retrainClassifier == 0 else {
      return ofClassifierStage.steps.sampling.lastRule.rates(forCounts: counts)
    }
    let sampling = steps.sampling
    var weights =
      switch weights {
      case .fixed(let weights): weights
      case .perBatch:
        // Those of batches of what is drawn.
        ProbabilityRule.perBatchWeights(
          forCounts: sampling.drawsOnce
            ? counts : sampling.expectedDrawsByClass(forCounts: counts).map { Int($0.rounded(.up)) })
      }
    if !sampling.drawsOnce {
      weights = zip(weights, sampling.lastRule.rates(forCounts: counts)).map { $0 * $1 }
    }
    guard let tau = loss.kind.priorTau else { return weights }
    return zip(weights, LogitShifts.ratios(forCounts: counts, tau: tau)).map { $0 * $1 }
  }
}

extension LossOptions.Normalization {
  /// The divisor; nil where the samples carry no weight at all, and there is nothing to learn.
  public func divisor(of sums: LossSums) -> Double? {
    guard sums.weight > 0 else { return nil }
    return switch self {
    case .weights: sums.weight
    case .count: sums.count
    case .sum: 1
    }
  }
}
