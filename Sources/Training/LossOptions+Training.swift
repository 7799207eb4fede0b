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
  /// What the model's file says of `priorWeights`; nil where they are what it says of the class weights.
  package func recordedPriorWeights(
    _ weights: TrainingWeights, classCounts counts: [Int], beforeWeights isDeferred: Bool = false
  ) -> [Double]? {
    let differ =
      loss.kind.correctsForPrior || !steps.sampling.drawsOnce || steps.retrainClassifier > 0 || isDeferred
      || weights.limitInBatches != nil
    return differ ? priorWeights(weights, classCounts: counts, beforeWeights: isDeferred) : nil
  }

  /// ω, [C]: the model's softmax tends to q_c ∝ ω_c p_c, by all that loss and sampler do to classes. (Of focal and ldam,
  /// whose optimum is no simple function of p, by their weights and the sampler alone.)
  ///
  /// Of samples that are drawn r_c times the softmax of logits z is fitted to w_c r_c p_c; and where that of z + log π^τ
  /// is, z's to w_c r_c π_c^(−τ) p_c. Of a sampler whose r_c change from epoch to epoch they are those of the last epoch.
  /// Where the last layer is trained again they are the r_c of its own draws: of the loss before it nothing is left in it.
  ///
  /// - Parameters:
  ///   - counts: n_c, [C], training samples over all ranks.
  ///   - isDeferred: Whether the model is of an epoch before `--reweight-from-epoch`.
  package func priorWeights(
    _ weights: TrainingWeights, classCounts counts: [Int], beforeWeights isDeferred: Bool = false
  ) -> [Double] {
    guard steps.retrainClassifier == 0 else {
      return ofClassifierStage.steps.sampling.lastRule.rates(forCounts: counts)
    }
    let sampling = steps.sampling
    var weights = lossWeights(weights, classCounts: counts)
    if isDeferred { weights = weights.map { $0 == 0 ? 0 : 1 } }
    if !sampling.drawsOnce {
      weights = zip(weights, sampling.lastRule.rates(forCounts: counts)).map { $0 * $1 }
    }
    guard let tau = loss.kind.priorTau else { return weights }
    return zip(weights, LogitShifts.ratios(forCounts: counts, tau: tau)).map { $0 * $1 }
  }

  /// w, [C], but for a factor: of weights that follow each batch those of a batch that has its share of each class.
  private func lossWeights(_ weights: TrainingWeights, classCounts counts: [Int]) -> [Double] {
    guard case .perBatch = weights else { return weights.stored }
    let limit = weights.limitInBatches
    let sampling = steps.sampling
    let drawn =
      sampling.drawsOnce ? counts : sampling.expectedDrawsByClass(forCounts: counts).map { Int($0.rounded(.up)) }
    let weights = ProbabilityRule.perBatchWeights(forCounts: drawn)
    guard let limit else { return weights }
    let sampleCount = drawn.reduce(0, +)
    let batch = optimizer.takesFullBatches ? sampleCount : min(steps.batchSize * steps.accumulate, sampleCount)
    // n_c B/N samples of the class have 1/(n_c B/N) each, and no more than the limit.
    return weights.map { min($0, limit * Double(batch) / Double(max(sampleCount, 1))) }
  }
}

extension TrainingWeights {
  /// What weights that follow each batch are limited to; nil where nothing is: they are 1 at most.
  fileprivate var limitInBatches: Double? {
    guard case .perBatch(let rule) = self, let most = rule.maxWeight, most < 1 else { return nil }
    return most
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
