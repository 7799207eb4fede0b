public import Datasets
public import Kernels

/// Everything that a run depends on, resolved: what config.yaml records, and what `--config` reads
/// back. The keys are the names of the options. A new option has its default here, a key, a line in `init(from:)`,
/// and a role in ResumeCheck.
public struct TrainingConfiguration: Codable, Equatable, Sendable {
  public enum ModelKind: String, CaseIterable, Codable, Sendable {
    case linear
    case mlp
  }

  // Data
  public var data = "synthetic:"
  public var format = "auto"
  public var label = "-1"
  public var labels: String?
  public var header = "auto"
  public var delimiter = "auto"
  public var decimal = "auto"
  public var quotes = "auto"
  public var comment: String?
  public var missing = CSVOptions.usualMissingText
  public var categorical: String?
  public var numeric: String?
  public var drop: String?
  public var maxOneHot = 64
  public var onBadRow = "error"
  public var validation: String?
  public var validationLabels: String?
  public var validationFraction: Double?
  public var testFraction: Double?
  /// Of the draws of the validation part and of the test part.
  public var splitSeed: UInt64 = 0
  public var standardize = "yes"
  // Model
  public var model = ModelKind.linear
  /// Empty for a linear model.
  public var hidden: [Int] = []
  public var activation = Activation.relu
  public var dropout = 0.0
  public var initialization: String?
  // Loss
  public var classWeights = "balanced"
  public var smoothing = 0.1
  public var beta = 0.999
  public var maxWeight: Double?
  public var lossNormalization = LossNormalization.weights
  public var labelSmoothing = 0.0
  public var ignoreIndex: Int?
  // Steps
  public var sampler = Sampler.shuffle
  public var epochs = 10
  public var maxSteps: Int?
  public var batchSize = 32
  public var accumulate = 1
  public var optimizer = Optimizer.Kind.adam
  public var learningRate = 1e-3
  public var betas = [0.9, 0.999]
  public var epsilon = 1e-8
  public var momentum = 0.0
  public var weightDecay = 0.0
  public var schedule = LearningRateSchedule.Shape.constant
  public var warmupSteps = 0
  public var clipNorm: Double?
  public var onNonfinite = NonfinitePolicy.stop
  // What is kept on the way
  public var checkpointEvery: Int?
  public var keep = 3
  // What the result depends on, and how it is computed
  public var seed: UInt64 = 0
  public var shards = 8
  public var threads = 1

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case data, format, label, labels, header, delimiter, decimal, quotes, comment, missing, categorical, numeric, drop
    case maxOneHot = "max-one-hot"
    case onBadRow = "on-bad-row"
    case validation
    case validationLabels = "validation-labels"
    case validationFraction = "validation-fraction"
    case testFraction = "test-fraction"
    case splitSeed = "split-seed"
    case standardize, model, hidden, activation, dropout
    case initialization = "init"
    case classWeights = "class-weights"
    case smoothing, beta
    case maxWeight = "max-weight"
    case lossNormalization = "loss-normalization"
    case labelSmoothing = "label-smoothing"
    case ignoreIndex = "ignore-index"
    case sampler, epochs
    case maxSteps = "max-steps"
    case batchSize = "batch-size"
    case accumulate, optimizer
    case learningRate = "learning-rate"
    case betas, epsilon, momentum
    case weightDecay = "weight-decay"
    case schedule
    case warmupSteps = "warmup-steps"
    case clipNorm = "clip-norm"
    case onNonfinite = "on-nonfinite"
    case checkpointEvery = "checkpoint-every"
    case keep
    case seed, shards, threads
  }

  /// The defaults of all options, with 8 shards: the one place that they stand in.
  public init() {}

  /// A key that is missing means its default, so that what an older program wrote can still be read.
  public init(from decoder: any Decoder) throws {
    self.init()
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, into value: inout Value) throws {
      if let stored = try values.decodeIfPresent(Value.self, forKey: key) { value = stored }
    }
    func read<Value: Decodable>(_ key: CodingKeys, into value: inout Value?) throws {
      if let stored = try values.decodeIfPresent(Value.self, forKey: key) { value = stored }
    }
    try read(.data, into: &data)
    try read(.format, into: &format)
    try read(.label, into: &label)
    try read(.labels, into: &labels)
    try read(.header, into: &header)
    try read(.delimiter, into: &delimiter)
    try read(.decimal, into: &decimal)
    try read(.quotes, into: &quotes)
    try read(.comment, into: &comment)
    try read(.missing, into: &missing)
    try read(.categorical, into: &categorical)
    try read(.numeric, into: &numeric)
    try read(.drop, into: &drop)
    try read(.maxOneHot, into: &maxOneHot)
    try read(.onBadRow, into: &onBadRow)
    try read(.validation, into: &validation)
    try read(.validationLabels, into: &validationLabels)
    try read(.validationFraction, into: &validationFraction)
    try read(.testFraction, into: &testFraction)
    try read(.splitSeed, into: &splitSeed)
    try read(.standardize, into: &standardize)
    try read(.model, into: &model)
    try read(.hidden, into: &hidden)
    try read(.activation, into: &activation)
    try read(.dropout, into: &dropout)
    try read(.initialization, into: &initialization)
    try read(.classWeights, into: &classWeights)
    try read(.smoothing, into: &smoothing)
    try read(.beta, into: &beta)
    try read(.maxWeight, into: &maxWeight)
    try read(.lossNormalization, into: &lossNormalization)
    try read(.labelSmoothing, into: &labelSmoothing)
    try read(.ignoreIndex, into: &ignoreIndex)
    try read(.sampler, into: &sampler)
    try read(.epochs, into: &epochs)
    try read(.maxSteps, into: &maxSteps)
    try read(.batchSize, into: &batchSize)
    try read(.accumulate, into: &accumulate)
    try read(.optimizer, into: &optimizer)
    try read(.learningRate, into: &learningRate)
    try read(.betas, into: &betas)
    try read(.epsilon, into: &epsilon)
    try read(.momentum, into: &momentum)
    try read(.weightDecay, into: &weightDecay)
    try read(.schedule, into: &schedule)
    try read(.warmupSteps, into: &warmupSteps)
    try read(.clipNorm, into: &clipNorm)
    try read(.onNonfinite, into: &onNonfinite)
    try read(.checkpointEvery, into: &checkpointEvery)
    try read(.keep, into: &keep)
    try read(.seed, into: &seed)
    // Version 0.1.0 had one seed for everything.
    if !values.contains(.splitSeed), values.contains(.seed) { splitSeed = seed }
    try read(.shards, into: &shards)
    try read(.threads, into: &threads)
  }

  /// The part that the training loop reads.
  public var runOptions: RunOptions {
    var run = RunOptions()
    run.step.sampler = sampler
    run.step.normalization = lossNormalization
    run.step.labelSmoothing = labelSmoothing
    run.step.maxWeight = maxWeight
    run.step.clipNorm = clipNorm
    run.step.seed = seed
    run.step.onNonfinite = onNonfinite
    run.optimizer.kind = optimizer
    run.optimizer.beta1 = betas[0]
    run.optimizer.beta2 = betas[1]
    run.optimizer.epsilon = epsilon
    run.optimizer.momentum = momentum
    run.optimizer.weightDecay = weightDecay
    run.epochs = epochs
    run.maxSteps = maxSteps
    run.checkpointEvery = checkpointEvery
    run.learningRate = learningRate
    run.schedule = schedule
    run.warmupSteps = warmupSteps
    return run
  }
}
