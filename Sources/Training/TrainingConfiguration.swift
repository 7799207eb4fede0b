public import Datasets
public import Kernels

/// Everything that a run depends on, resolved: what config.yaml records, and what `--config` reads
/// back. The keys are the names of the options.
public struct TrainingConfiguration: Codable, Equatable, Sendable {
  public enum ModelKind: String, CaseIterable, Codable, Sendable {
    case linear
    case mlp
  }

  // Data
  public var data: String
  public var format: String
  public var label: String
  public var labels: String?
  public var header: String
  public var delimiter: String
  public var decimal: String
  public var quotes: String
  public var comment: String?
  public var missing: String
  public var categorical: String?
  public var numeric: String?
  public var drop: String?
  public var maxOneHot: Int
  public var onBadRow: String
  public var validation: String?
  public var validationLabels: String?
  public var validationFraction: Double?
  public var standardize: String
  // Model
  public var model: ModelKind
  public var hidden: [Int]
  public var activation: Activation
  public var dropout: Double
  public var initialization: String?
  // Loss
  public var classWeights: String
  public var smoothing: Double
  public var beta: Double
  public var maxWeight: Double?
  public var lossNormalization: LossNormalization
  public var labelSmoothing: Double
  public var ignoreIndex: Int?
  // Steps
  public var sampler: Sampler
  public var epochs: Int
  public var maxSteps: Int?
  public var batchSize: Int
  public var accumulate: Int
  public var optimizer: Optimizer.Kind
  public var learningRate: Double
  public var betas: [Double]
  public var epsilon: Double
  public var momentum: Double
  public var weightDecay: Double
  public var schedule: LearningRateSchedule.Shape
  public var warmupSteps: Int
  public var clipNorm: Double?
  public var onNonfinite: NonfinitePolicy
  // What is kept on the way
  public var checkpointEvery: Int?
  public var keep: Int
  // What the result depends on, and how it is computed
  public var seed: UInt64
  public var shards: Int
  public var threads: Int

  enum CodingKeys: String, CodingKey {
    case data, format, label, labels, header, delimiter, decimal, quotes, comment, missing, categorical, numeric, drop
    case maxOneHot = "max-one-hot"
    case onBadRow = "on-bad-row"
    case validation
    case validationLabels = "validation-labels"
    case validationFraction = "validation-fraction"
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

  public init(
    data: String, format: String, label: String, labels: String?, header: String, delimiter: String,
    decimal: String, quotes: String, comment: String?, missing: String, categorical: String?, numeric: String?, drop: String?, maxOneHot: Int,
    onBadRow: String,
    validation: String?,
    validationLabels: String?, validationFraction: Double?, standardize: String, model: ModelKind,
    hidden: [Int],
    activation: Activation, dropout: Double, initialization: String?, classWeights: String, smoothing: Double,
    beta: Double, maxWeight: Double?, lossNormalization: LossNormalization, labelSmoothing: Double,
    ignoreIndex: Int?, sampler: Sampler, epochs: Int, maxSteps: Int?, batchSize: Int, accumulate: Int,
    optimizer: Optimizer.Kind, learningRate: Double, betas: [Double], epsilon: Double, momentum: Double,
    weightDecay: Double, schedule: LearningRateSchedule.Shape, warmupSteps: Int, clipNorm: Double?,
    onNonfinite: NonfinitePolicy, checkpointEvery: Int?, keep: Int, seed: UInt64, shards: Int, threads: Int
  ) {
    self.data = data
    self.format = format
    self.label = label
    self.labels = labels
    self.header = header
    self.delimiter = delimiter
    self.decimal = decimal
    self.quotes = quotes
    self.comment = comment
    self.missing = missing
    self.categorical = categorical
    self.numeric = numeric
    self.drop = drop
    self.maxOneHot = maxOneHot
    self.onBadRow = onBadRow
    self.validation = validation
    self.validationLabels = validationLabels
    self.validationFraction = validationFraction
    self.standardize = standardize
    self.model = model
    self.hidden = hidden
    self.activation = activation
    self.dropout = dropout
    self.initialization = initialization
    self.classWeights = classWeights
    self.smoothing = smoothing
    self.beta = beta
    self.maxWeight = maxWeight
    self.lossNormalization = lossNormalization
    self.labelSmoothing = labelSmoothing
    self.ignoreIndex = ignoreIndex
    self.sampler = sampler
    self.epochs = epochs
    self.maxSteps = maxSteps
    self.batchSize = batchSize
    self.accumulate = accumulate
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.schedule = schedule
    self.warmupSteps = warmupSteps
    self.clipNorm = clipNorm
    self.onNonfinite = onNonfinite
    self.checkpointEvery = checkpointEvery
    self.keep = keep
    self.seed = seed
    self.shards = shards
    self.threads = threads
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
