public import ArgumentParser
public import Datasets
public import Kernels
public import Reporting
public import Training

/// Every option of `train`. Keys of a `--config` file have the same names.
struct TrainOptions: ParsableArguments {
  static let defaults = TrainingConfiguration()
  static let defaultData = defaults.data
  static let flagNames: Set<String> = ["quiet", "overwrite", "force"]

  @Argument(
    help:
      "A path, or synthetic:samples=1000,features=10,classes=3,priors=0.8/0.1/0.1,separation=1,seed=0. (default: synthetic:)"
  )
  var data: String?

  @OptionGroup(title: "Data") var input: DataOptions

  // Taken out of the arguments before they are parsed (ConfigurationFile); here for the help.
  @Option(help: "A YAML file of options, with these names as keys; the command line wins.")
  var config: String?

  @Option(help: "A second file, of the same form, for validation.")
  var validation: String?

  @Option(help: "The labels of the validation file, where they have a file of their own.")
  var validationLabels: String?

  @Option(parsing: .unconditional, help: "Share of every class that is taken out of DATA for validation; 0 for none.")
  var validationFraction: Double?

  @Option(
    parsing: .unconditional,
    help: "Share of every class that is taken out of DATA for one evaluation of the final model; 0 for none.")
  var testFraction: Double?

  @Option(parsing: .unconditional, help: "Seed of what is drawn for validation and test; --seed does not move them.")
  var splitSeed = defaults.splitSeed

  @Option(help: "Bring features to mean 0 and variance 1, as learned from the training part.")
  var standardize: YesNo = .yes

  @Option(help: "Kind of model. (default: mlp where --hidden is given, else linear)")
  var model: TrainingConfiguration.ModelKind?

  @Option(parsing: .unconditional, help: "Widths of the hidden layers of the mlp. (default: 64)")
  var hidden: IntegerList?

  @Option(help: "Nonlinearity of the hidden layers.")
  var activation = defaults.activation

  @Option(parsing: .unconditional, help: "Share of hidden units that is dropped in training.")
  var dropout = defaults.dropout

  @Option(name: .customLong("init"), help: "A .safetensors file with the first parameters.")
  var initialization: String?

  @Option(
    parsing: .unconditional,
    help:
      "none, inverse, balanced, smoothed, sqrt-inverse, median-frequency, effective-number, per-batch; a list such as 1,5.5,20; or a JSON or CSV file."
  )
  var classWeights = defaults.classWeights

  @Option(parsing: .unconditional, help: "s of the smoothed weights.")
  var smoothing = defaults.smoothing

  @Option(parsing: .unconditional, help: "β of the effective-number weights.")
  var beta = defaults.beta

  @Option(parsing: .unconditional, help: "Larger class weights are reduced to this.")
  var maxWeight: Double?

  @Option(help: "What the weighted loss is divided by: weights (their sum), count (of samples), sum (nothing).")
  var lossNormalization = defaults.lossNormalization

  @Option(parsing: .unconditional, help: "Share of the target that is spread over all classes.")
  var labelSmoothing = defaults.labelSmoothing

  @Option(help: "Order of the samples within an epoch.")
  var sampler = defaults.sampler

  @Option(parsing: .unconditional, help: "Times that every sample is used.")
  var epochs = defaults.epochs

  @Option(parsing: .unconditional, help: "End after this many steps.")
  var maxSteps: Int?

  @Option(parsing: .unconditional, help: "Samples of one batch over all ranks.")
  var batchSize = defaults.batchSize

  @Option(
    parsing: .unconditional,
    help: "Batches that are added up for one step, which then has that many times the batch size.")
  var accumulate = defaults.accumulate

  @Option(help: "Rule by which the gradient moves the parameters.")
  var optimizer = defaults.optimizer

  @Option(parsing: .unconditional, help: "Learning rate.")
  var learningRate = defaults.learningRate

  @Option(parsing: .unconditional, help: "β₁,β₂ of Adam.")
  var betas = NumberList(values: defaults.betas)

  @Option(parsing: .unconditional, help: "ε of Adam.")
  var epsilon = defaults.epsilon

  @Option(parsing: .unconditional, help: "Momentum of sgd.")
  var momentum = defaults.momentum

  @Option(parsing: .unconditional, help: "λ: an L2 penalty for adam and sgd, decoupled for adamw.")
  var weightDecay = defaults.weightDecay

  @Option(
    help:
      "Learning rate over time: as it is, down to 0 in a line or half a cosine, or a tenth from half and from three quarters of the steps on."
  )
  var schedule = defaults.schedule

  @Option(parsing: .unconditional, help: "Steps over which the learning rate rises at the beginning.")
  var warmupSteps = defaults.warmupSteps

  @Option(parsing: .unconditional, help: "Largest norm of the gradient.")
  var clipNorm: Double?

  @Option(help: "What becomes of a step whose loss or gradient is not finite: it ends the run, or is left out.")
  var onNonfinite = defaults.onNonfinite

  @Option(
    parsing: .unconditional,
    help: "Steps between two checkpoints; there is one after each epoch, and on a request to stop, anyway.")
  var checkpointEvery: Int?

  @Option(parsing: .unconditional, help: "Checkpoints to keep: the newest, beside that of the best epoch.")
  var keep = defaults.keep

  @Option(
    help:
      "Go on from a checkpoint: auto takes the newest whole one of --run-dir, and begins from the start where there is none; or the path of a checkpoint or of a run."
  )
  var resume: ResumeOption = .no

  @Flag(help: "Go on from a checkpoint although options differ that make it another run.")
  var force = false

  @Option(
    parsing: .unconditional,
    help:
      "Stop in good order (checkpoint, exit code 75) after this time: seconds, 1h30m, or [[days-]hours:]minutes:seconds."
  )
  var maxTime: TimeSpan?

  @Option(parsing: .unconditional, help: "Seed of everything random.")
  var seed = defaults.seed

  @Option(parsing: .unconditional, help: "Threads per rank.")
  var threads = defaults.threads

  @Option(help: "Folder for the run's files. (default: runs/<name of the data>, numbered where it is taken)")
  var runDir: String?

  @Flag(help: "Replace the run that stands in --run-dir.")
  var overwrite = false

  @Option(parsing: .unconditional, help: "Seconds to wait for other ranks before the job is ended; 0 waits for ever.")
  var timeout: Double = 600

  @Option(help: "Tables for people, or a JSON object a line.")
  var log: RunReporter.Style = .pretty

  @Flag(help: "Print nothing but warnings and errors.")
  var quiet = false

  enum YesNo: String, CaseIterable, ExpressibleByArgument {
    case yes
    case no
  }

  func validate() throws {
    func require(_ condition: Bool, _ option: String, _ expected: String) throws {
      guard condition else { throw ValidationError("\(option): expected \(expected)") }
    }
    func isShare(_ value: Double) -> Bool { value >= 0 && value < 1 }
    func isPositive(_ value: Double) -> Bool { value > 0 && value.isFinite }
    func isNotNegative(_ value: Double) -> Bool { value >= 0 && value.isFinite }

    let parts = [("--validation-fraction", validationFraction), ("--test-fraction", testFraction)]
    for case (let option, let fraction?) in parts {
      try require(isShare(fraction), "\(option) \(fraction)", "a share from 0 up to, not including, 1")
    }
    try require(
      isShare((validationFraction ?? 0) + (testFraction ?? 0)), "--validation-fraction and --test-fraction",
      "that they leave something to train on: together less than 1")
    try require(
      (validationFraction ?? 0) == 0 || validation == nil, "--validation-fraction", "not both it and --validation")
    try require(isShare(dropout), "--dropout \(dropout)", "a share from 0 up to, not including, 1")
    try require(isNotNegative(smoothing), "--smoothing \(smoothing)", "0 or more")
    try require(isShare(beta), "--beta \(beta)", "a number from 0 up to, not including, 1")
    try require(maxWeight.map(isPositive) ?? true, "--max-weight", "a positive number")
    try require(
      labelSmoothing >= 0 && labelSmoothing <= 1, "--label-smoothing \(labelSmoothing)", "a share from 0 to 1")
    try require((1...1_000_000_000).contains(epochs), "--epochs \(epochs)", "1 to 1,000,000,000")
    try require(maxSteps.map { $0 >= 1 } ?? true, "--max-steps", "1 or more")
    try require((1...1 << 40).contains(batchSize), "--batch-size \(batchSize)", "1 to 2⁴⁰")
    try require((1...1 << 20).contains(accumulate), "--accumulate \(accumulate)", "1 to 2²⁰")
    try require(isNotNegative(learningRate), "--learning-rate \(learningRate)", "a number, 0 or more")
    try require(
      betas.values.count == 2 && betas.values.allSatisfy(isShare), "--betas",
      "two numbers from 0 up to, not including, 1")
    try require(isNotNegative(epsilon), "--epsilon \(epsilon)", "a number, 0 or more")
    try require(isNotNegative(momentum), "--momentum \(momentum)", "a number, 0 or more")
    try require(isNotNegative(weightDecay), "--weight-decay \(weightDecay)", "a number, 0 or more")
    try require(warmupSteps >= 0, "--warmup-steps \(warmupSteps)", "0 or more")
    try require(clipNorm.map(isPositive) ?? true, "--clip-norm", "a positive number")
    try require(timeout == 0 || (timeout >= 1 && timeout <= 1e9), "--timeout \(timeout)", "0, or seconds from 1 on")
    try require(checkpointEvery.map { $0 >= 1 } ?? true, "--checkpoint-every", "1 or more")
    try require((1...1_000_000).contains(keep), "--keep \(keep)", "1 to 1,000,000")
    try require(!(overwrite && resume == .auto), "--overwrite", "not both it and --resume auto")
    try require((1...1024).contains(threads), "--threads \(threads)", "1 to 1024")
    try require(
      hidden?.values.allSatisfy { (1...1 << 24).contains($0) } ?? true, "--hidden",
      "widths of 1 or more, such as 512,256")
    try require(!(model == .linear && hidden != nil), "--hidden", "--model mlp (a linear model has no hidden layer)")
  }

  /// Checks options that mean nothing by themselves. Not part of `validate`, since what they belong to may stand in
  /// another place: a file, or the configuration of the run that is gone on with.
  func checkPartners() throws {
    guard validationLabels == nil || validation != nil else {
      throw ValidationError("--validation-labels: expected --validation beside it, whose labels they are")
    }
    guard !force || resume != .no else {
      throw ValidationError("--force: expected --resume beside it; a new run has nothing to be forced into")
    }
  }

  /// Of the model: as asked for, or what --hidden asks for.
  var modelKind: TrainingConfiguration.ModelKind { model ?? (hidden == nil ? .linear : .mlp) }

  /// Options that were given and change nothing, with the reason. (Those of a format are errors: `DataOptions`.)
  var withoutEffect: [String] {
    let usual = Self.defaults
    let isLinear = modelKind == .linear
    return [
      dropout != usual.dropout && isLinear ? "--dropout: a linear model has no hidden units to drop" : nil,
      activation != usual.activation && isLinear ? "--activation: a linear model has no hidden units" : nil,
      momentum != usual.momentum && optimizer != .sgd ? "--momentum: only sgd has it" : nil,
      betas.values != usual.betas && optimizer == .sgd ? "--betas: sgd has none" : nil,
      epsilon != usual.epsilon && optimizer == .sgd ? "--epsilon: sgd has none" : nil,
      smoothing != usual.smoothing && classWeights != "smoothed"
        ? "--smoothing: only --class-weights smoothed has it" : nil,
      beta != usual.beta && classWeights != "effective-number"
        ? "--beta: only --class-weights effective-number has it" : nil,
      input.labels != nil && input.label != usual.label ? "--label: the labels come from --labels" : nil,
      splitSeed != usual.splitSeed && (validationFraction ?? 0) == 0 && (testFraction ?? 0) == 0
        ? "--split-seed: nothing is drawn without --validation-fraction or --test-fraction" : nil,
    ].compactMap { $0 }
  }

  /// Everything resolved, for a job of `shards` shards.
  func configuration(shards: Int) -> TrainingConfiguration {
    var all = TrainingConfiguration()
    all.data = data ?? Self.defaultData
    all.format = input.format.rawValue
    all.label = input.label
    all.labels = input.labels
    all.header = input.header.rawValue
    all.delimiter = input.delimiter
    all.decimal = input.decimal.rawValue
    all.quotes = input.quotes.rawValue
    all.comment = input.comment
    all.missing = input.missing
    all.categorical = input.categorical?.description
    all.numeric = input.numeric?.description
    all.drop = input.drop?.description
    all.maxOneHot = input.maxOneHot
    all.onBadRow = input.onBadRow.rawValue
    all.validation = validation
    all.validationLabels = validationLabels
    // A share of nothing is none.
    all.validationFraction = validationFraction.flatMap { $0 == 0 ? nil : $0 }
    all.testFraction = testFraction.flatMap { $0 == 0 ? nil : $0 }
    all.splitSeed = splitSeed
    all.standardize = standardize.rawValue
    all.model = modelKind
    all.hidden = modelKind == .linear ? [] : hidden?.values ?? [64]
    all.activation = activation
    all.dropout = dropout
    all.initialization = initialization
    all.classWeights = classWeights
    all.smoothing = smoothing
    all.beta = beta
    all.maxWeight = maxWeight
    all.lossNormalization = lossNormalization
    all.labelSmoothing = labelSmoothing
    all.ignoreIndex = input.ignoreIndex
    all.sampler = sampler
    all.epochs = epochs
    all.maxSteps = maxSteps
    all.batchSize = batchSize
    all.accumulate = accumulate
    all.optimizer = optimizer
    all.learningRate = learningRate
    all.betas = betas.values
    all.epsilon = epsilon
    all.momentum = momentum
    all.weightDecay = weightDecay
    all.schedule = schedule
    all.warmupSteps = warmupSteps
    all.clipNorm = clipNorm
    all.onNonfinite = onNonfinite
    all.checkpointEvery = checkpointEvery
    all.keep = keep
    all.seed = seed
    all.shards = shards
    all.threads = threads
    return all
  }
}

extension Activation: ExpressibleByArgument {}
extension TrainingConfiguration.ModelKind: ExpressibleByArgument {}
extension LossNormalization: ExpressibleByArgument {}
extension Sampler: ExpressibleByArgument {}
extension Optimizer.Kind: ExpressibleByArgument {}
extension LearningRateSchedule.Shape: ExpressibleByArgument {}
extension RunReporter.Style: ExpressibleByArgument {}
extension NonfinitePolicy: ExpressibleByArgument {}
