internal import Collectives
public import Configuration
internal import Datasets
internal import Foundation
internal import Kernels
internal import Models

/// What a run is about, before it begins: for the console and the files of the run.
public struct RunDescription: Sendable {
  /// A class, as it is trained on.
  public struct ClassRow: Sendable {
    public let name: String
    /// Training samples.
    public let count: Int
    /// How many of them an epoch has in the mean, where a sampler repeats some or leaves some out.
    public let draws: Double?
    /// Nil where the weights follow each batch.
    public let weight: Double?

    public init(name: String, count: Int, draws: Double? = nil, weight: Double?) {
      self.name = name
      self.count = count
      self.draws = draws
      self.weight = weight
    }
  }

  /// "label", and what there is to say of it.
  public struct Line: Equatable, Sendable {
    public let title: String
    public let text: String

    public init(title: String, text: String) {
      self.title = title
      self.text = text
    }

    /// With the title in a column of its own.
    public var padded: String {
      title.count < 9 ? title.padding(toLength: 9, withPad: " ", startingAt: 0) + text : "\(title) \(text)"
    }
  }

  public var version = ""
  /// What the program was built from; "" where that is not known.
  public var commit = ""
  /// "single process", "Open MPI v4.1.4"
  public var transport = ""
  /// The host of each rank.
  public var hosts: [String] = []
  /// Of each host: the cores that its ranks may use.
  public var cores: [String: Int] = [:]
  public var shards = 0
  public var threads = 1
  public var dataName = ""
  public var trainingSamples = 0
  public var validationSamples: Int?
  public var testSamples: Int?
  public var features = 0
  /// How a table was read, and what was decided of it.
  public var reading: [Line] = []
  /// What is worth knowing of the values; may be empty.
  public var values = ""
  /// The columns that tell classes apart most, where they are to count for more; else empty.
  public var relevant = ""
  public var classes: [ClassRow] = []
  public var weightScheme = ""
  /// That which was asked for, and how to do without; nil for the program's own defaults.
  public var recipe: Line?
  public var model = ""
  /// Models whose probabilities are averaged.
  public var members = 1
  public var parameters = 0
  public var training = ""
  /// Whether a step is of the whole training part.
  public var takesFullBatches = false
  /// Whether the last layer is trained again when the others are trained.
  public var hasStages = false
  /// Whether the lengths of the last layer's rows follow samples that it was not trained on.
  public var findsTau = false
  /// What epochs are compared by on the validation part.
  public var epochMetric = ModelMetric.balancedAccuracy
  /// All options, in the order of their declaration, and whether each is as it is where none is given.
  public var options: [(name: String, value: String, isDefault: Bool)] = []
  /// The checkpoint that the run goes on from, and where it stands; nil for a run from its beginning.
  public var resumedFrom: String?

  /// All but the classes and where it runs.
  init(
    _ configuration: TrainingConfiguration, _ data: DatasetParts, _ encoding: FeatureEncoding, _ reading: [Line],
    _ shape: ModelShape, members: Int
  ) {
    (version, commit) = (programVersion, programCommit)
    shards = configuration.shardCount
    dataName =
      configuration.dataName == TrainingConfiguration.usualData ? data.training.name : configuration.dataName
    trainingSamples = data.training.sampleCount
    validationSamples = data.validation?.sampleCount
    testSamples = data.test?.sampleCount
    features = data.training.featureCount
    self.reading = reading
    values = encoding.summary
    recipe = Self.recipe(of: configuration, members: members, isSparse: data.training.isSparse)
    self.members = members
    model = (members > 1 ? "\(members) members, each " : "") + shape.summary
    parameters = members * ParameterLayout(shape).count
    epochMetric = configuration.stopping.metric
    options = configuration.comparedWithDefaults
    let (optimizer, loss) = (configuration.optimizer, configuration.loss)
    takesFullBatches = optimizer.takesFullBatches
    let steps =
      optimizer.takesFullBatches
      ? "tolerance \(optimizer.tolerance), weight decay \(optimizer.weightDecay), full batches"
      : """
      learning rate \(optimizer.learningRate) \(optimizer.schedule.rawValue)\(Self.otherRates(configuration))\
      \(optimizer.warmupSteps == 0 ? "" : " after \(optimizer.warmupSteps) steps of warmup"), global batch \
      \(configuration.steps.batchSize)\(configuration.steps.accumulate == 1 ? "" : " × \(configuration.steps.accumulate)")
      """
    let sampling = configuration.steps.sampling
    let sampler = sampling.drawsOnce ? "" : "\(Self.words(configuration.steps)), "
    let lossName = loss.kind.loss == .crossEntropy ? "" : "\(loss.kind.loss.rawValue) "
    training = """
      \(optimizer.optimizer.rawValue), \(steps), \(sampler)\(lossName)loss over \(loss.lossNormalization.rawValue), \
      seed \(configuration.computation.seed)\(configuration.computation.precision == .float32 ? "" : ", bf16")\
      \(Self.classifierStage(configuration.steps))
      """
    hasStages = configuration.steps.retrainClassifier > 0
    findsTau = configuration.decision.tauNormalization == .auto
  }

  /// " (embeddings ×3, columns by relevance^0.5)"; "" where all parameters have one rate.
  private static func otherRates(_ configuration: TrainingConfiguration) -> String {
    let optimizer = configuration.optimizer
    var rates: [String] = []
    if optimizer.embeddingRate != 1, configuration.model.embeddingWidth != nil {
      rates.append("embeddings ×\(String(format: "%g", optimizer.embeddingRate))")
    }
    if optimizer.relevance != 0 {
      let power = optimizer.relevance == 1 ? "" : "^\(String(format: "%g", optimizer.relevance))"
      rates.append("columns by relevance\(power)")
    }
    return rates.isEmpty ? "" : " (\(rates.joined(separator: ", ")))"
  }

  /// "; then 10 epochs of the last layer alone, class-balanced"
  private static func classifierStage(_ steps: StepOptions) -> String {
    let count = steps.retrainClassifier
    return count == 0
      ? ""
      : "; then \(count) epoch\(count == 1 ? "" : "s") of the last layer alone, class-balanced"
  }

  /// "sampler power (q 0.5)"
  private static func words(_ steps: StepOptions) -> String {
    let parameter =
      switch steps.sampler {
      case .power: " (q \(steps.samplingPower))"
      case .oversample, .undersample: " (ρ \(steps.samplingRatio))"
      case .shuffle, .sequential, .classBalanced, .progressive: ""
      }
    return "sampler \(steps.sampler.rawValue)\(parameter)"
  }

  private static func recipe(of configuration: TrainingConfiguration, members count: Int, isSparse: Bool) -> Line? {
    guard configuration.model.recipe != .plain else { return nil }
    let (model, steps) = (configuration.model, configuration.steps)
    let encoding = model.numericEncoding == .piecewise && !isSparse ? " on bins" : ""
    let kind =
      model.hiddenWidths.isEmpty ? "linear" : "mlp \(model.hiddenWidths.map(String.init).joined(separator: ","))"
    let members = count > 1 ? "\(count) members, " : ""
    let text =
      "\(model.recipe.rawValue): \(members)\(kind)\(encoding), \(steps.epochs) epoch\(steps.epochs == 1 ? "" : "s") at most"
    return Line(title: "recipe", text: "\(text) (--recipe plain: a linear model, 10 epochs)")
  }

  /// Collective.
  mutating func setPlacement(of communicator: some Communicator) throws {
    transport = communicator.name
    let machines = try RankMachine.ofAllRanks(communicator)
    hosts = machines.map(\.host)
    cores = Dictionary(uniqueKeysWithValues: HostPlacement.hosts(of: machines).map { ($0.host, $0.cores.count) })
  }

  public var ranks: Int { hosts.count }

  /// "4 ranks on 1 host (n1: 4 on 8 cores)"
  public var placement: String {
    var counts: [(host: String, ranks: Int)] = []
    for host in hosts {
      if let index = counts.firstIndex(where: { $0.host == host }) {
        counts[index].ranks += 1
      } else {
        counts.append((host, 1))
      }
    }
    let list = counts.prefix(8).map { host, ranks in
      let cores = cores[host].flatMap { $0 == 0 ? nil : $0 }.map { " on \($0) core\($0 == 1 ? "" : "s")" } ?? ""
      return "\(host): \(ranks)\(cores)"
    }.joined(separator: ", ")
    return """
      \(ranks) rank\(ranks == 1 ? "" : "s") on \(counts.count) host\(counts.count == 1 ? "" : "s") \
      (\(list)\(counts.count > 8 ? ", …" : ""))
      """
  }
}
