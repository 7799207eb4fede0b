internal import Checkpoints
internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Files
internal import Kernels
internal import Models
internal import Tensors
internal import Training

/// What a configuration makes of the data.
extension TrainingConfiguration {
  /// V shards: as asked for, or enough for every rank.
  ///
  /// - Throws: `CheckpointError`, `ShardLayoutError`
  func shardLayout(ranks: Int, _ resumption: Resumption?) throws -> ShardLayout {
    // A run goes on with the shards that it was begun with.
    if let resumption, shards.shards == nil {
      let shards = resumption.record.configuration.shardCount
      guard ranks <= shards else {
        throw CheckpointError.moreRanksThanShards(path: resumption.path, ranks: ranks, shards: shards)
      }
      return try ShardLayout(shardCount: shards, rankCount: ranks)
    }
    return try ShardLayout(shardCount: shards.count(ranks: ranks), rankCount: ranks)
  }

  /// Whether the model can take the columns of the data, and the optimizer its rows.
  ///
  /// - Throws: `TrainingError.noColumns`, `.noSparseRows`, `CSVError.tooManyLevelsForFeatures`
  func checkColumns(of training: borrowing Table) throws {
    if optimizer.optimizer == .sparseAdam, !training.isSparse { throw TrainingError.noSparseRows(name: training.name) }
    guard model.embeddingWidth == nil else {
      if training.isSparse { throw TrainingError.noColumns(name: training.name) }
      return
    }
    let crowded = training.columns.first { $0.levels.count > FeatureColumn.mostLevelsOfFeatures }
    if let crowded {
      throw CSVError.tooManyLevelsForFeatures(
        path: training.name, column: crowded.name, count: crowded.levels.count)
    }
  }

  /// - Parameter counts: n_c of `training`, [C], over all ranks.
  func batchPlan(for training: Dataset, classCounts counts: [Int]) -> BatchPlan {
    if optimizer.takesFullBatches { return BatchPlan(wholeEpochsOf: training.sampleCounts) }
    let most = steps.sampling.drawsOnce ? nil : steps.sampling.mostDrawsByClass(forCounts: counts).reduce(0, +)
    return BatchPlan(
      sampleCounts: training.sampleCounts, batchSize: steps.batchSize, accumulation: steps.accumulate,
      mostDraws: most.map { Int(min($0, 0x1p61)) })
  }

  /// That of the stage in which the last layer is trained again; nil where there is none.
  ///
  /// - Parameter counts: n_c of `training`, [C], over all ranks.
  func classifierPlan(for training: Dataset, classCounts counts: [Int]) -> BatchPlan? {
    steps.retrainClassifier == 0 ? nil : ofClassifierStage.batchPlan(for: training, classCounts: counts)
  }

  func modelShape(for training: Dataset) -> ModelShape {
    ModelShape(
      featureCount: training.featureCount, hidden: model.hiddenWidths, classCount: training.classCount,
      activation: model.activation,
      embedding: model.embeddingWidth.map { EmbeddingShape(width: $0, of: training.columns) },
      columnWidths: training.columns.map(\.width),
      firstLayerIsTable: training.isSparse && movesFewFeatures(of: training))
  }

  /// Whether a step moves the weights of the features that its samples have, and these are few, or it must not move others.
  private func movesFewFeatures(of training: Dataset) -> Bool {
    switch optimizer.optimizer {
    case .sparseAdam: return true
    case .adam, .adamw, .lbfgs: return false
    case .sgd:
      // Without a memory of earlier steps a gradient of 0 moves nothing: it is a matter of speed alone, and where a step's samples
      // have most features, ranks add whole vectors up faster.
      guard optimizer.momentum == 0, optimizer.weightDecay == 0, let entries = training.entriesPerSample else {
        return false
      }
      return 2 * entries * Double(steps.batchSize * steps.accumulate) < Double(training.featureCount)
    }
  }

  /// Asks whether there is memory for models of the data, before the first of them is made. Collective.
  ///
  /// - Parameters:
  ///   - members: K
  ///   - count: Of those, the members that a rank trains at a time.
  ///   - samples: The most that pass through a network at a time.
  /// - Throws: `AgreedFailure` with `ModelShapeError`, `MemoryError`
  func checkMemory(
    for training: Dataset, members: Int = 1, atOnce count: Int = 1, samplesAtATime samples: Int = Evaluator.batchSize,
    over communicator: some Communicator
  ) throws {
    let shape = modelShape(for: training)
    func bytes(samples: Int) -> Double {
      shape.leastBytesOfTraining(
        members: members, atOnce: count, takingFullBatches: optimizer.takesFullBatches, samplesAtATime: samples,
        judged: Evaluator.batchSize)
    }
    try communicator.agree {
      try shape.checkSize()
      let isOfBatch = samples > Evaluator.batchSize && !optimizer.takesFullBatches
      let ofBatch = isOfBatch ? ", and \(samples) samples that pass through it at a time (--batch-size)" : ""
      let byteCount = bytes(samples: samples)
      // Of a batch that is drawn once, and in one piece, each rank has its share.
      let isShared = isOfBatch && members == 1 && steps.accumulate == 1 && steps.sampling.drawsOnce
      try MemoryError.check(
        byteCount: byteCount,
        for: "a model of \(members > 1 ? "\(members) members, each " : "")\(shape.summary)\(ofBatch)",
        isOfEachRank: !isShared || byteCount < 2 * bytes(samples: Evaluator.batchSize))
    }
  }

  /// The network, with parameters that are zeros. Collective.
  ///
  /// - Parameter plans: Of each stage.
  /// - Throws: `AgreedFailure` with `ModelShapeError`, `MemoryError`
  func network(for training: Dataset, _ plans: [BatchPlan], over communicator: some Communicator) throws
    -> FeedForwardNetwork
  {
    let shape = modelShape(for: training)
    let largestBatch = plans.reduce(Evaluator.batchSize) { max($0, largestPass(of: training, $1)) }
    try checkMemory(for: training, samplesAtATime: largestBatch, over: communicator)
    return FeedForwardNetwork(
      shape, dropout: Dropout(rate: model.dropout), largestBatch: largestBatch,
      threadCount: computation.threads ?? 1, precision: computation.precision)
  }

  /// No fewer than the samples of this rank that ever pass through the network at a time in training.
  private func largestPass(of training: Dataset, _ plan: BatchPlan) -> Int {
    optimizer.takesFullBatches
      ? min(FullBatch.pieceSize(isSparse: training.isSparse), training.shards.map(\.sampleCount).max() ?? 0)
      : plan.largestPass(of: training)
  }

  /// Gives a network its first parameters: drawn by the seed, or those of a file. Collective.
  ///
  /// - Returns: Whether they are drawn.
  func initialize(
    _ network: FeedForwardNetwork, for training: Dataset, over communicator: some Communicator
  ) throws -> Bool {
    guard let named = model.`init` else {
      network.layout.initialize(network.parameters, seed: computation.seed)
      return true
    }
    // One rank reads, so that all begin with the same bytes.
    try communicator.agree {
      guard communicator.isRoot else { return }
      let path = try ModelPlace.fileOfFirstParameters(named)
      let file = try Safetensors(verifying: try WholeFile.bytes(at: path), path: path)
      try file.checkIsOneModel(path: path)
      try network.layout.load(file, path: path, into: network.parameters)
      try file.check(
        classNames: training.classNames, featureNames: training.featureNames, columns: training.columns, path: path)
    }
    try communicator.broadcast(network.parameters, from: 0)
    return false
  }

  /// γ of --relevance; nil where all columns are alike.
  var relevancePower: Double? {
    optimizer.relevance > 0 && !optimizer.takesFullBatches ? optimizer.relevance : nil
  }
}

extension TrainingConfiguration {
  /// What the model's file says of the loss, and of the samples that it was taken of.
  func lossRecord(_ scheme: WeightScheme) -> [String: String] {
    var record = loss.record(scheme, input)
    if steps.retrainClassifier > 0 { record["retrain_classifier"] = String(steps.retrainClassifier) }
    guard !steps.sampling.drawsOnce else { return record }
    record["sampler"] = steps.sampler.rawValue
    switch steps.sampler {
    case .power: record["sampling_power"] = String(steps.samplingPower)
    case .oversample, .undersample: record["sampling_ratio"] = String(steps.samplingRatio)
    case .shuffle, .sequential, .classBalanced, .progressive: break
    }
    return record
  }
}

extension LossOptions {
  /// What the model's file says of the loss.
  fileprivate func record(_ scheme: WeightScheme, _ input: DataOptions) -> [String: String] {
    var record = [
      "class_weights": scheme.name, "normalization": lossNormalization.rawValue,
      "label_smoothing": String(labelSmoothing),
    ]
    if case .smoothed(let smoothing) = scheme { record["smoothing"] = String(smoothing) }
    if case .effectiveNumber(let beta) = scheme { record["beta"] = String(beta) }
    record.merge(kind.record) { $1 }
    if let reweightFromEpoch { record["reweight_from_epoch"] = String(reweightFromEpoch) }
    if let maxWeight { record["max_weight"] = String(maxWeight) }
    if let ignored = input.ignoreIndex { record["ignore_index"] = String(ignored) }
    return record
  }
}

extension LossKindOptions {
  /// What the model's file says of it: nothing of cross-entropy, which it says nothing else of.
  fileprivate var record: [String: String] {
    guard loss != .crossEntropy else { return [:] }
    var record = ["loss": loss.rawValue]
    switch loss {
    case .crossEntropy, .balancedSoftmax: break
    case .focal: record["focal_gamma"] = String(focalGamma)
    case .logitAdjusted: record["logit_tau"] = String(logitTau)
    case .ldam: (record["ldam_margin"], record["ldam_scale"]) = (String(ldamMargin), String(ldamScale))
    }
    return record
  }
}

extension ClassWeights {
  /// Nil where each class that has samples has weight.
  func warningOfIgnoredClasses(_ names: [String]) -> String? {
    let ignored = values.indices.filter { values[$0] == 0 && !absentClasses.contains($0) }
    guard !ignored.isEmpty else { return nil }
    return
      "no weight of class \(Self.list(ignored, names)): its samples teach nothing, and how frequent it is cannot be told"
  }

  /// Some classes, in words: "a", "b", …
  private static func list(_ classes: [Int], _ names: [String]) -> String {
    classes.prefix(20).map { "\"\(names[$0])\"" }.joined(separator: ", ") + (classes.count > 20 ? ", …" : "")
  }

  /// Nil where each class has a sample to learn from.
  func warningOfAbsentClasses(_ names: [String]) -> String? {
    guard !absentClasses.isEmpty else { return nil }
    return "no training sample of class \(Self.list(absentClasses, names)): its weight is 0, and it cannot be learned"
  }
}
