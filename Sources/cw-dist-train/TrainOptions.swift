public import ArgumentParser
public import Datasets
public import Kernels
public import Reporting
public import Training

/// Every option of `train`. Keys of a `--config` file have the same names.
struct TrainOptions: ParsableArguments {
  static let defaultData = "synthetic:"
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

  @Option(help: "Share of every class that is taken out of DATA for validation.")
  var validationFraction: Double?

  @Option(help: "Bring features to mean 0 and variance 1, as learned from the training part.")
  var standardize: YesNo = .yes

  @Option(help: "Kind of model. (default: mlp where --hidden is given, else linear)")
  var model: TrainingConfiguration.ModelKind?

  @Option(help: "Widths of the hidden layers of the mlp. (default: 64)")
  var hidden: IntegerList?

  @Option(help: "Nonlinearity of the hidden layers.")
  var activation: Activation = .relu

  @Option(help: "Share of hidden units that is dropped in training.")
  var dropout: Double = 0

  @Option(name: .customLong("init"), help: "A .safetensors file with the first parameters.")
  var initialization: String?

  @Option(
    parsing: .unconditional,
    help:
      "none, inverse, balanced, smoothed, sqrt-inverse, median-frequency, effective-number, per-batch; a list such as 1,5.5,20; or a JSON or CSV file."
  )
  var classWeights: String = "balanced"

  @Option(help: "s of the smoothed weights.")
  var smoothing: Double = 0.1

  @Option(help: "β of the effective-number weights.")
  var beta: Double = 0.999

  @Option(help: "Larger class weights are reduced to this.")
  var maxWeight: Double?

  @Option(help: "What the weighted loss is divided by: weights (their sum), count (of samples), sum (nothing).")
  var lossNormalization: LossNormalization = .weights

  @Option(help: "Share of the target that is spread over all classes.")
  var labelSmoothing: Double = 0

  @Option(help: "Order of the samples within an epoch.")
  var sampler: Sampler = .shuffle

  @Option(help: "Times that every sample is used.")
  var epochs: Int = 10

  @Option(help: "End after this many steps.")
  var maxSteps: Int?

  @Option(help: "Samples of one batch over all ranks.")
  var batchSize: Int = 32

  @Option(help: "Batches that are added up for one step, which then has that many times the batch size.")
  var accumulate: Int = 1

  @Option(help: "Rule by which the gradient moves the parameters.")
  var optimizer: Optimizer.Kind = .adam

  @Option(help: "Learning rate.")
  var learningRate: Double = 1e-3

  @Option(help: "β₁,β₂ of Adam.")
  var betas: NumberList = NumberList(values: [0.9, 0.999])

  @Option(help: "ε of Adam.")
  var epsilon: Double = 1e-8

  @Option(help: "Momentum of sgd.")
  var momentum: Double = 0

  @Option(help: "λ: an L2 penalty for adam and sgd, decoupled for adamw.")
  var weightDecay: Double = 0

  @Option(
    help:
      "Learning rate over time: as it is, down to 0 in a line or half a cosine, or a tenth from half and from three quarters of the steps on."
  )
  var schedule: LearningRateSchedule.Shape = .constant

  @Option(help: "Steps over which the learning rate rises at the beginning.")
  var warmupSteps: Int = 0

  @Option(help: "Largest norm of the gradient.")
  var clipNorm: Double?

  @Option(help: "What becomes of a step whose loss or gradient is not finite: it ends the run, or is left out.")
  var onNonfinite: NonfinitePolicy = .stop

  @Option(help: "Steps between two checkpoints; there is one after each epoch, and on a request to stop, anyway.")
  var checkpointEvery: Int?

  @Option(help: "Checkpoints to keep: the newest, beside that of the best epoch.")
  var keep: Int = 3

  @Option(
    help:
      "Go on from a checkpoint: auto takes the newest whole one of --run-dir, and begins from the start where there is none; or the path of a checkpoint or of a run."
  )
  var resume: ResumeOption = .no

  @Flag(help: "Go on from a checkpoint although options differ that make it another run.")
  var force = false

  @Option(
    help:
      "Stop in good order (checkpoint, exit code 75) after this time: seconds, 1h30m, or [[days-]hours:]minutes:seconds."
  )
  var maxTime: TimeSpan?

  @Option(help: "Seed of everything random.")
  var seed: UInt64 = 0

  @Option(help: "Threads per rank.")
  var threads: Int = 1

  @Option(help: "Folder for the run's files. (default: runs/<name of the data>, numbered where it is taken)")
  var runDir: String?

  @Flag(help: "Replace the run that stands in --run-dir.")
  var overwrite = false

  @Option(help: "Seconds to wait for other ranks before the job is ended; 0 waits for ever.")
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

    if let validationFraction {
      try require(
        validationFraction > 0 && validationFraction < 1, "--validation-fraction \(validationFraction)",
        "a share between 0 and 1")
      try require(validation == nil, "--validation-fraction", "not both it and --validation")
    }
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

  /// Options that were given and change nothing, with the reason.
  var withoutEffect: [String] {
    let model = model ?? (hidden == nil ? .linear : .mlp)
    return [
      dropout > 0 && model == .linear ? "--dropout: a linear model has no hidden units to drop" : nil,
      momentum > 0 && optimizer != .sgd ? "--momentum: only sgd has it" : nil,
      input.labels != nil && input.label != "-1" ? "--label: the labels come from --labels" : nil,
    ].compactMap { $0 }
  }

  /// Everything resolved, for a job of `shards` shards.
  func configuration(shards: Int) -> TrainingConfiguration {
    let model = model ?? (hidden == nil ? .linear : .mlp)
    return TrainingConfiguration(
      data: data ?? Self.defaultData, format: input.format.rawValue, label: input.label, labels: input.labels,
      header: input.header.rawValue, delimiter: input.delimiter, decimal: input.decimal.rawValue,
      quotes: input.quotes.rawValue, comment: input.comment, missing: input.missing,
      categorical: input.categorical?.description, numeric: input.numeric?.description,
      drop: input.drop?.description, maxOneHot: input.maxOneHot, onBadRow: input.onBadRow.rawValue,
      validation: validation,
      validationLabels: validationLabels,
      validationFraction: validationFraction, standardize: standardize.rawValue, model: model,
      hidden: model == .linear ? [] : hidden?.values ?? [64], activation: activation, dropout: dropout,
      initialization: initialization, classWeights: classWeights, smoothing: smoothing, beta: beta,
      maxWeight: maxWeight, lossNormalization: lossNormalization, labelSmoothing: labelSmoothing,
      ignoreIndex: input.ignoreIndex, sampler: sampler, epochs: epochs, maxSteps: maxSteps, batchSize: batchSize,
      accumulate: accumulate, optimizer: optimizer, learningRate: learningRate, betas: betas.values,
      epsilon: epsilon, momentum: momentum, weightDecay: weightDecay, schedule: schedule,
      warmupSteps: warmupSteps, clipNorm: clipNorm, onNonfinite: onNonfinite, checkpointEvery: checkpointEvery,
      keep: keep, seed: seed, shards: shards, threads: threads)
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
