internal import ArgumentParser
internal import Checkpoints
internal import ClassWeighting
internal import Collectives
internal import Datasets
internal import Failures
internal import Files
internal import Foundation
internal import Kernels
internal import Models
internal import Reporting
internal import Tensors
internal import Training

struct TrainCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a classifier (the default).")

  @OptionGroup var options: TrainOptions
  /// Those that the options were parsed from, with those of --config: other options may be put before them.
  var arguments: [String] = []

  func validate() throws {
    // A run that is gone on with may have the option that one of these needs.
    if options.resume == .no { try options.checkPartners() }
  }

  func run(on communicator: some Communicator) throws -> ExitStatus {
    try communicator.watch(
      timeout: options.timeout > 0 ? .seconds(options.timeout) : nil, isTerminating: { StopRequest.isTerminating }
    ) { failure in
      Console.error(
        "\(failure.description) To go on from the last checkpoint, start it again with its --run-dir and --resume auto."
      )
    }
    if let limit = options.maxTime { StopRequest.request(inSeconds: limit.seconds - ProcessTime.sinceStart) }
    let beginning = try Beginning(self, over: communicator)
    var command = self
    command.options = beginning.options
    return try command.train(beginning, on: communicator)
  }

  private func train(_ beginning: Beginning, on communicator: some Communicator) throws -> ExitStatus {
    let resumption = beginning.resumption
    let layout = try communicator.agree { try shardLayout(ranks: communicator.size, resumption) }
    let configuration = options.configuration(shards: layout.shardCount)
    try communicator.requireSame("\(configuration)", "the command line or its --config file")

    if let resumption {
      try communicator.agree {
        try resumption.record.check(configuration, path: resumption.path, force: options.force)
      }
    }

    let raw = try communicator.reading { try readData(configuration, layout: layout, over: communicator) }
    let reading =
      raw.training.reading?.lines(raw.training.columns).map { RunDescription.Line(title: $0, text: $1) } ?? []
    let counts = try raw.training.classCounts(over: communicator)
    let weighting = try communicator.agree { try classWeights(for: counts, of: raw.training.samples) }
    try communicator.requireSame("\(weighting.weights.values)", "the class weights")
    if communicator.isRoot {
      for option in options.withoutEffect { Console.warning("no effect of \(option)") }
      warnOfAbsentClasses(weighting.weights, raw.training.classNames)
    }
    let encoding = try FeatureEncoding(
      learningFrom: raw.training, standardizing: options.standardize == .yes,
      mostOneHot: options.input.maxOneHot, over: communicator)
    let data = raw.encoded(by: encoding)

    let shape = ModelShape(
      featureCount: data.training.featureCount, hidden: configuration.hidden,
      classCount: data.training.classCount, activation: configuration.activation)
    try communicator.agree {
      try shape.checkSize()
      try MemoryError.check(byteCount: shape.leastBytesOfTraining, for: "a model of \(shape.summary)")
    }
    let plan = BatchPlan(
      sampleCounts: data.training.sampleCounts, batchSize: configuration.batchSize,
      accumulation: configuration.accumulate)
    let network = FeedForwardNetwork(
      shape, dropout: Dropout(rate: configuration.dropout),
      largestBatch: max(Evaluator.batchSize, plan.largestPass(of: data.training)), threadCount: options.threads)
    // A run that goes on has its parameters, whatever it was begun with.
    if resumption == nil { try initialize(network, configuration, data.training, over: communicator) }

    let trainingWeights = weighting.weights.training
    var trainer = try communicator.agree {
      try Trainer(
        network, training: data.training, validation: data.validation, classWeights: trainingWeights, plan: plan,
        options: configuration.runOptions, over: communicator)
    }

    let fingerprint = try DataFingerprint(
      training: data.training, validation: data.validation, test: data.test, over: communicator)
    if let resumption {
      try resumption.checkNames(ofFeatures: data.training.featureNames, over: communicator)
      try communicator.agree {
        try resumption.record.check(
          fingerprint, classWeights: trainingWeights.stored, configuration, path: resumption.path, force: options.force)
      }
      try resumption.restore(&trainer, layout: network.layout, over: communicator)
    }
    let model = ModelFile(
      shape: shape, featureNames: data.training.featureNames, classNames: data.training.classNames,
      classWeights: trainingWeights.stored, loss: lossRecord(configuration, weighting.scheme),
      columns: encoding.columns, parameters: network.parameters.prefix(network.layout.count))

    let description = try describe(
      data, reading, encoding, counts: counts, weights: trainingWeights, scheme: weighting.scheme, network: network,
      configuration: configuration, resumption, over: communicator)
    let output = try RunOutput(
      beginning.directory, holding: beginning.lock, resumption: resumption, description: description,
      configuration: configuration, data: fingerprint,
      classWeights: trainingWeights.stored, reporter: RunReporter(style: options.log, quiet: options.quiet),
      model: model,
      over: communicator)
    do {
      return try finish(
        &trainer, output, test: data.test, classNames: data.training.classNames, after: resumption, over: communicator)
    } catch let failure as AgreedFailure {
      // What is being written is worth waiting for; if it fails, too, that is the lesser news.
      try? output?.checkpoints.finish()
      // Every rank has it; the one that prints it may not be the one that knows the files.
      let advice = try communicator.broadcast(Array((output?.adviceToResume ?? "").utf8))
      throw advice.isEmpty ? failure : failure.adding(String(decoding: advice, as: UTF8.self))
    }
  }

  /// Trains, saves the model, and says how good it is.
  private func finish<C: Communicator>(
    _ trainer: inout Trainer<C>, _ output: RunOutput?, test: Dataset?, classNames: [String],
    after resumption: Resumption?,
    over communicator: C
  ) throws -> ExitStatus {
    let observer = RunObserver(output, over: communicator)
    let result = try trainer.run(observer: observer)
    guard result.outcome == .completed else {
      try communicator.agree { try output?.stopped(result) }
      return .stoppedOnRequest
    }
    if result.progress.step == resumption?.record.progress.step, communicator.isRoot {
      let limit = options.maxSteps.map { " and --max-steps \($0)" } ?? ""
      Console.warning(
        "nothing was left to train: the run had come to its end, by --epochs \(options.epochs)\(limit); larger ones go on"
      )
    }
    try communicator.agree {
      try output?.checkpoints.finish()
      try output?.saveModel()
    }
    guard let final = try trainer.evaluate(test: test, observer: observer) else {
      try communicator.agree { try output?.stopped(result) }
      return .stoppedOnRequest
    }
    let peakMemory = try PeakMemory.ofEachRank(communicator)
    try communicator.agree { try output?.end(result, final, classNames: classNames, peakMemory: peakMemory) }
    return .success
  }

  /// What the model's file says of the loss.
  private func lossRecord(_ configuration: TrainingConfiguration, _ scheme: WeightScheme) -> [String: String] {
    var record = [
      "class_weights": scheme.name, "normalization": configuration.lossNormalization.rawValue,
      "label_smoothing": String(configuration.labelSmoothing),
    ]
    if case .smoothed(let smoothing) = scheme { record["smoothing"] = String(smoothing) }
    if case .effectiveNumber(let beta) = scheme { record["beta"] = String(beta) }
    if let maxWeight = configuration.maxWeight { record["max_weight"] = String(maxWeight) }
    if let ignored = configuration.ignoreIndex { record["ignore_index"] = String(ignored) }
    return record
  }

  /// V shards: as asked for, or enough for every rank.
  private func shardLayout(ranks: Int, _ resumption: Resumption?) throws -> ShardLayout {
    // A run goes on with the shards that it was begun with.
    if let resumption, options.input.shards == nil {
      let shards = resumption.record.configuration.shards
      guard ranks <= shards else {
        throw CheckpointError.moreRanksThanShards(path: resumption.path, ranks: ranks, shards: shards)
      }
      return try ShardLayout(shardCount: shards, rankCount: ranks)
    }
    return try ShardLayout(shardCount: options.input.shards ?? max(8, ranks), rankCount: ranks)
  }

  private func readData(
    _ configuration: TrainingConfiguration, layout: ShardLayout, over communicator: some Communicator
  ) throws -> TableParts {
    let watch = ReadingWatch(quiet: options.quiet, over: communicator)
    let raw = try options.input.read(
      configuration.data, labels: options.input.labels, layout: layout, progress: watch.progress, over: communicator)
    var rawValidation: RawDataset?
    if let path = options.validation {
      let other = try options.input.read(
        path, labels: options.validationLabels, as: raw, layout: layout, progress: watch.progress, over: communicator)
      guard other.columns == raw.columns else {
        try communicator.fail(
          with: TrainingError.columnsDiffer(
            training: raw.columns.map(\.name), validation: other.columns.map(\.name), path: path))
      }
      rawValidation = other
    }
    try watch.end(over: communicator)
    let table = try Table(raw, ignoring: configuration.ignoreIndex, layout: layout, over: communicator)
    var doubts = table.doubts
    if table.reading != nil, options.input.label == "-1" { doubts += [table.doubtAboutLabel].compactMap { $0 } }
    var validation: Table?
    if let rawValidation {
      let other = try Table(
        rawValidation, withClassesOf: table, ignoring: configuration.ignoreIndex, over: communicator)
      doubts += try other.unseenLevels(over: communicator)
      validation = consume other
    }
    if communicator.isRoot { doubts.forEach(Console.warning) }
    let fractions = SplitFractions(
      validation: configuration.validationFraction ?? 0, test: configuration.testFraction ?? 0)
    var parts = try table.split(fractions, seed: configuration.splitSeed, over: communicator)
    if rawValidation != nil { parts.validation = validation }
    return parts
  }

  private func classWeights(
    for counts: [Int], of dataset: ShardedSamples
  ) throws -> (scheme: WeightScheme, weights: ClassWeights) {
    guard counts.contains(where: { $0 > 0 }) else { throw TrainingError.noSamples(name: dataset.name) }
    let scheme = try WeightScheme(option: options.classWeights, smoothing: options.smoothing, beta: options.beta)
    let weights = try scheme.weights(
      forCounts: counts, classNames: dataset.classNames, maxWeight: options.maxWeight)
    guard weights.values.contains(where: { $0 > 0 }) else { throw TrainingError.noWeight(name: dataset.name) }
    return (scheme, weights)
  }

  private func warnOfAbsentClasses(_ weights: ClassWeights, _ names: [String]) {
    guard !weights.absentClasses.isEmpty else { return }
    let list = weights.absentClasses.prefix(20).map { "\"\(names[$0])\"" }.joined(separator: ", ")
    Console.warning(
      "no training sample of class \(list)\(weights.absentClasses.count > 20 ? ", …" : ""): its weight is 0, and it cannot be learned"
    )
  }

  private func initialize(
    _ network: FeedForwardNetwork, _ configuration: TrainingConfiguration, _ training: Dataset,
    over communicator: some Communicator
  ) throws {
    guard let path = configuration.initialization else {
      network.layout.initialize(network.parameters, seed: configuration.seed)
      return
    }
    // One rank reads, so that all begin with the same bytes.
    try communicator.agree {
      guard communicator.isRoot else { return }
      let file = try Safetensors(decoding: try WholeFile.bytes(at: path), path: path)
      try network.layout.load(file, path: path, into: network.parameters)
      try file.check(classNames: training.classNames, featureNames: training.featureNames, path: path)
    }
    try communicator.broadcast(network.parameters, from: 0)
  }

  private func describe(
    _ data: DatasetParts, _ reading: [RunDescription.Line], _ encoding: FeatureEncoding, counts: [Int],
    weights: TrainingWeights, scheme: WeightScheme,
    network: FeedForwardNetwork, configuration: TrainingConfiguration, _ resumption: Resumption?,
    over communicator: some Communicator
  ) throws -> RunDescription {
    var run = RunDescription()
    run.version = CWDistTrain.version
    run.transport = communicator.name
    let machines = try RankMachine.ofAllRanks(communicator)
    run.hosts = machines.map(\.host)
    run.cores = Dictionary(uniqueKeysWithValues: HostPlacement.hosts(of: machines).map { ($0.host, $0.cores.count) })
    run.shards = configuration.shards
    run.threads = configuration.threads
    run.dataName = configuration.data == TrainOptions.defaultData ? data.training.name : configuration.data
    run.trainingSamples = data.training.sampleCount
    run.validationSamples = data.validation?.sampleCount
    run.testSamples = data.test?.sampleCount
    run.features = data.training.featureCount
    run.reading = reading
    run.values = encoding.summary
    run.classes = data.training.classNames.indices.map {
      RunDescription.ClassRow(
        name: data.training.classNames[$0], count: counts[$0], weight: weights.constantWeight(ofClass: $0))
    }
    run.weightScheme = scheme.name
    run.model = network.shape.summary
    run.resumedFrom = try resumption.map { resumption in
      let progress = resumption.record.progress
      let changes = try resumption.record.changes(to: configuration)
      return """
        from \(resumption.path), after \(progress.step) steps, \(progress.epoch) whole epochs, with its configuration\
        \(changes.isEmpty ? "" : " but for \(changes.joined(separator: ", "))")
        """
    }
    run.parameters = network.layout.count
    run.training =
      "\(configuration.optimizer.rawValue), learning rate \(configuration.learningRate) \(configuration.schedule.rawValue), global batch \(configuration.batchSize), loss over \(configuration.lossNormalization.rawValue), seed \(configuration.seed)"
    return run
  }
}
