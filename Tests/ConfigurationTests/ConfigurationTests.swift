import ClassWeighting
import Configuration
import Foundation
import Testing

@Suite struct ConfigurationTests {
  /// A configuration in JSON, and read again.
  private struct Recorded: Codable {
    let configuration: TrainingConfiguration

    init(_ configuration: TrainingConfiguration) { self.configuration = configuration }
    init(from decoder: any Decoder) throws { configuration = try TrainingConfiguration(recordedBy: decoder) }
    func encode(to encoder: any Encoder) throws { try configuration.encode(to: encoder) }
  }

  private func decode(_ text: String) throws -> TrainingConfiguration {
    try JSONDecoder().decode(Recorded.self, from: Data(text.utf8)).configuration
  }

  private func json(_ configuration: TrainingConfiguration) throws -> Data {
    try JSONEncoder().encode(Recorded(configuration))
  }

  /// Every option with a value that is none by default.
  private let given: [String: String] = [
    "data": "d.csv", "format": "csv", "label": "kind", "labels": "l.npy", "header": "yes", "delimiter": ";",
    "decimal": "comma", "quotes": "no", "comment": "#", "missing": "NA,-9", "categorical": "a,-2", "numeric": "b",
    "drop": "c,3", "max-one-hot": "9", "rare-levels": "hash", "first-feature": "1", "on-bad-row": "skip",
    "ignore-index": "-100",
    "validation": "v.csv",
    "validation-labels": "w.npy", "validation-fraction": "0.25", "test-fraction": "0.125", "fold": "2/5",
    "split-seed": "8",
    "recipe": "table", "standardize": "no", "numeric-encoding": "piecewise", "bins": "7", "bin-edges": "spread",
    "embedding": "6", "embedding-rate": "2.5", "relevance": "0.75",
    "model": "mlp",
    "hidden": "12,7", "activation": "gelu", "dropout": "0.1", "members": "3", "init": "i",
    "loss": "ldam", "focal-gamma": "1.5", "logit-tau": "0.7", "ldam-margin": "0.4", "ldam-scale": "9.5",
    "reweight-from-epoch": "3", "class-weights": "1,5.5,20", "smoothing": "0.3", "beta": "0.99", "max-weight": "3.5",
    "loss-normalization": "count", "label-smoothing": "0.05", "sampler": "sequential", "sampling-power": "0.25",
    "sampling-ratio": "0.75", "epochs": "11", "retrain-classifier": "6",
    "max-steps": "9", "batch-size": "48", "accumulate": "2", "on-nonfinite": "skip", "optimizer": "sgd",
    "learning-rate": "0.0123456789012345678", "betas": "0.8,0.99", "epsilon": "1e-07", "momentum": "0.9",
    "weight-decay": "1e-30", "schedule": "cosine", "warmup-steps": "4", "clip-norm": "2.5", "tolerance": "1e-05",
    "keep-model": "best", "early-stopping": "macro-f1", "patience": "7", "log-loss-penalty": "0.2",
    "tune-thresholds": "recall:a@precision:0.25", "tau-normalization": "0.25", "confidence": "0.9",
    "validation-probabilities": "yes",
    "checkpoint-every": "4", "keep": "5", "tensorboard": "no", "seed": "18446744073709551615", "precision": "bf16",
    "threads": "2",
    "shards": "16",
  ]

  @Test func `columns may be counted from the end`() throws {
    let parsed = try TrainingConfiguration.parse(
      ["d.csv", "--drop", "-2,1", "--categorical", "-3", "--numeric", "-4,x", "--missing", "-9"])
    let attached = try TrainingConfiguration.parse(
      ["d.csv", "--drop=-2,1", "--categorical=-3", "--numeric=-4,x", "--missing=-9"])
    let columns = [parsed.input.drop, parsed.input.categorical, parsed.input.numeric]
    #expect(columns == [attached.input.drop, attached.input.categorical, attached.input.numeric])
    #expect(!columns.contains(nil) && parsed.input.missing == attached.input.missing && parsed.input.missing != .usual)
  }

  @Test func `what is written is read again, every option of it`() throws {
    // Two parts for validation exclude each other, and two for the test.
    for (left, leftTest) in [("validation-fraction", "fold"), ("validation", "test-fraction")] {
      let options = given.filter {
        ![left, leftTest].contains($0.key) && !(left == "validation" && $0.key == "validation-labels")
      }
      let arguments = options.filter { $0.key != "data" }.map { "--\($0.key)=\($0.value)" } + ["--", "d.csv"]
      let configuration = try TrainingConfiguration.parse(arguments).resolved(shardCount: 16)
      #expect(Set(configuration.texts.keys) == Set(options.keys))
      for (name, entry) in configuration.texts where name != "learning-rate" {
        #expect(entry.text == options[name], "\(name)")
      }
      let object = try #require(try JSONSerialization.jsonObject(with: json(configuration)) as? [String: Any])
      #expect(Set(object.keys) == Set(options.keys))
      let again = try decode(String(decoding: json(configuration), as: UTF8.self))
      #expect(again == configuration)
      #expect(again.optimizer.learningRate == 0.012345678901234568 && again.computation.seed == .max)
      // By way of YAML, as config.yaml does.
      let file = try OptionsFile(yaml: configuration.yaml, path: "config.yaml")
      // As editors of Windows save it.
      #expect(try OptionsFile(yaml: "\u{FEFF}" + configuration.yaml, path: "config.yaml") == file)
      let expanded = try file.arguments(before: [])
      let parsed = try TrainOptions.parse(Array(expanded.dropFirst())).configuration
      #expect(parsed == configuration, "\(configuration.texts)\n\(expanded)")
    }
  }

  @Test func `a configuration of nothing is that of the defaults`() throws {
    #expect(try decode("{}") == TrainingConfiguration.defaults.resolved(shardCount: 8))
  }

  @Test func `the tests above know every option`() {
    #expect(Set(TrainingConfiguration.defaults.optionNames) == Set(given.keys))
    // And none is left out of what is recorded: it would end the process.
    #expect(!TrainingConfiguration.defaults.entries.isEmpty)
  }

  @Test func `what no parser has seen is checked`() throws {
    func isRefused(_ change: (inout TrainingConfiguration) -> Void) -> Bool {
      var configuration = TrainingConfiguration.defaults
      change(&configuration)
      return (try? configuration.check()) == nil
    }
    #expect(!isRefused { _ in })
    #expect(isRefused { $0.steps.batchSize = 0 })
    #expect(isRefused { $0.model.bins = 1 })
    #expect(isRefused { $0.model.bins = ModelOptions.mostBins + 1 })
    #expect(isRefused { $0.model.embedding = -1 })
    // None, as it is without.
    #expect(!isRefused { ($0.model.embedding, $0.model.model) = (0, .linear) })
    #expect(isRefused { $0.model.embedding = ModelOptions.mostEmbedding + 1 })
    #expect(isRefused { ($0.model.embedding, $0.model.model) = (8, .linear) })
    #expect(isRefused { ($0.model.embedding, $0.optimizer.optimizer) = (8, .lbfgs) })
    #expect(!isRefused { $0.model.embedding = 8 })
    #expect(isRefused { $0.optimizer.betas = NumberList([0.9]) })
    #expect(isRefused { $0.loss.weightRule.beta = 2 })
    #expect(
      isRefused {
        $0.split.validationFraction = 0.6
        $0.split.testFraction = 0.5
      })
    #expect(isRefused { ($0.loss.kind.loss, $0.loss.labelSmoothing) = (.focal, 0.1) })
    #expect(isRefused { ($0.loss.kind.ldamMargin, $0.loss.kind.ldamScale) = (2.5, 25) })
    #expect(isRefused { $0.loss.kind.logitTau = 2.5 })
    #expect(isRefused { ($0.optimizer.optimizer, $0.loss.reweightFromEpoch) = (.lbfgs, 2) })
    #expect(isRefused { $0.steps.retrainClassifier = -1 })
    #expect(isRefused { ($0.optimizer.optimizer, $0.steps.retrainClassifier) = (.lbfgs, 2) })
    // Chance in the loss is not for an optimizer that searches along a line.
    func usesDropout(_ optimizer: OptimizerOptions.Kind) -> (inout TrainingConfiguration) -> Void {
      { ($0.optimizer.optimizer, $0.model.model, $0.model.dropout) = (optimizer, .mlp, 0.1) }
    }
    #expect(isRefused(usesDropout(.lbfgs)) && !isRefused(usesDropout(.adam)))
    // What is resolved is right, and may be changed.
    var linear = try TrainingConfiguration.parse([]).resolved(shardCount: 8)
    try linear.check()
    linear.model.model = .mlp
    #expect(linear.model.hiddenWidths == [64])
  }

  @Test func `an option that this program does not know is an error`() {
    #expect(throws: DecodingError.self) { try decode("{\"learning-rat\": 1}") }
    #expect(throws: DecodingError.self) { try decode("{\"epochs\": {\"no\": \"option\"}}") }
  }

  @Test func `a validation part that followed the one seed of 0.1.0 stays where it was`() throws {
    #expect(try decode("{\"seed\": 3}").split.splitSeed == 3)
    #expect(try decode("{\"seed\": 3, \"split-seed\": 0}").split.splitSeed == 0)
  }

  @Test func `a run of 0.1.0 goes on to deliver its last epoch's model`() throws {
    #expect(try decode("{\"validation-fraction\": 0.2}").stopping.keepModel == .last)
    #expect(try decode("{\"validation-fraction\": 0.2, \"keep-model\": \"best\"}").stopping.keepModel == .best)
  }

  @Test func `rare levels of a run of 0.1.0 stay hashed`() throws {
    #expect(try decode("{\"max-one-hot\": 64}").input.rareLevels == .hash)
    #expect(try decode("{\"max-one-hot\": 64, \"rare-levels\": \"other\"}").input.rareLevels == .other)
  }

  @Test func `a run of 0.1.0 had no recipe`() throws {
    #expect(try decode("{\"data\": \"t.csv\", \"epochs\": 3}").model.recipe == .plain)
    #expect(try decode("{\"data\": \"t.csv\", \"recipe\": \"table\"}").model.recipe == .table)
  }

  @Test func `the best epoch is kept where there is something to find it by, which early stopping sees to`() throws {
    func resolved(_ arguments: [String]) throws -> TrainingConfiguration {
      try TrainOptions.parse(arguments).configuration.resolved(shardCount: 8)
    }
    #expect(try resolved([]).stopping.keepModel == .last)
    #expect(try resolved(["--validation-fraction", "0.2"]).stopping.keepModel == .best)
    #expect(try resolved(["--validation", "v.csv"]).stopping.keepModel == .best)
    #expect(try resolved(["--validation", "v.csv", "--keep-model", "last"]).stopping.keepModel == .last)
    let stopping = try resolved(["--early-stopping", "macro-f1"])
    #expect(stopping.split.validationFraction == 0.1 && stopping.stopping.keepModel == .best)
    #expect(try resolved(["--early-stopping", "loss", "--validation", "v.csv"]).split.validationFraction == nil)
    #expect(try resolved(["--early-stopping", "loss", "--validation-fraction", "0.3"]).split.validationFraction == 0.3)
    for arguments in [
      ["--keep-model", "best"], ["--keep-model", "best", "--validation-fraction", "0"],
      ["--early-stopping", "loss", "--validation-fraction", "0"],
    ] {
      let options = try TrainOptions.parse(arguments)
      #expect(throws: (any Error).self, "\(arguments)") { try options.checkPartners() }
    }
    try TrainOptions.parse(["--keep-model", "best", "--early-stopping", "loss"]).checkPartners()
  }

  @Test func `a loss that makes up for the frequencies of classes has no class weights, unless they are asked for`()
    throws
  {
    func resolved(_ arguments: [String]) throws -> TrainingConfiguration {
      try TrainingConfiguration.parse(arguments).resolved(shardCount: 8)
    }
    for (loss, weights) in [
      ("cross-entropy", "balanced"), ("focal", "balanced"), ("ldam", "balanced"), ("balanced-softmax", "none"),
      ("logit-adjusted", "none"),
    ] {
      let options = try resolved(["--loss", loss])
      #expect(options.loss.classWeights == weights && options.doubleCorrection == nil, "\(loss)")
      let both = try resolved(["--loss", loss, "--class-weights", "inverse"])
      #expect(both.loss.classWeights == "inverse")
      #expect((both.doubleCorrection != nil) == (weights == "none"), "\(loss)")
    }
    #expect(try resolved(["--loss", "balanced-softmax", "--class-weights", "none"]).doubleCorrection == nil)
    // τ = 0 takes nothing out, and so does not do it twice.
    let nothing = try resolved(["--loss", "logit-adjusted", "--logit-tau", "0", "--class-weights", "inverse"])
    #expect(nothing.doubleCorrection == nil)
  }

  @Test func `a sampler that makes up for the frequencies of classes has no class weights, unless they are asked for`()
    throws
  {
    func resolved(_ arguments: [String]) throws -> TrainingConfiguration {
      try TrainingConfiguration.parse(arguments).resolved(shardCount: 8)
    }
    for (arguments, balances) in [
      (["shuffle"], false), (["sequential"], false), (["power", "--sampling-power", "1"], false), (["power"], true),
      (["class-balanced"], true), (["progressive"], true), (["oversample"], true), (["undersample"], true),
    ] {
      let sampler = ["--sampler"] + arguments
      let usual = try resolved(sampler)
      #expect(usual.loss.classWeights == (balances ? "none" : "balanced"), "\(arguments)")
      #expect(usual.doubleCorrection == nil)
      let both = try resolved(sampler + ["--class-weights", "inverse"])
      #expect(both.loss.classWeights == "inverse")
      #expect((both.doubleCorrection?.contains("favoured twice") == true) == balances, "\(arguments)")
      let withLoss = try resolved(sampler + ["--loss", "balanced-softmax"])
      #expect((withLoss.doubleCorrection?.contains("favoured twice") == true) == balances, "\(arguments)")
      let all = try resolved(sampler + ["--loss", "balanced-softmax", "--class-weights", "inverse"])
      #expect((all.doubleCorrection?.contains("three times") == true) == balances, "\(arguments)")
    }
  }

  @Test func `with full batches no sampler repeats samples or leaves some out`() throws {
    for sampler in ["class-balanced", "power", "progressive", "oversample", "undersample"] {
      #expect(throws: (any Error).self) {
        try TrainingConfiguration.parse(["--optimizer", "lbfgs", "--sampler", sampler])
      }
    }
    _ = try TrainingConfiguration.parse(["--optimizer", "lbfgs", "--sampler", "sequential"])
  }

  @Test func `progressive sampling goes from every sample once to every class equally often`() throws {
    let steps = try StepOptions.parse(["--sampler", "progressive", "--epochs", "5"])
    #expect((0..<5).map { steps.sampling.rule(inEpoch: $0) } == [1, 0.75, 0.5, 0.25, 0].map { .power($0) })
    #expect(
      try StepOptions.parse(["--sampler", "progressive", "--epochs", "1"]).sampling.rule(inEpoch: 0) == .power(0))
  }

  @Test func `what thresholds are tuned for is read as it is written`() throws {
    for text in ["macro-f1", "balanced-accuracy", "g-mean", "recall:a@precision:0.25", "recall:a: b@precision:1.0"] {
      #expect(DecisionMetric(argument: text)?.description == text)
    }
    #expect(
      DecisionMetric(argument: "recall:x@precision:1@precision:0.5")
        == .recall(className: "x@precision:1", precision: 0.5))
    for text in [
      "", "accuracy", "recall:a", "recall:@precision:0.5", "recall:a@precision:0", "recall:a@precision:1.5",
      "recall:a@precision:", "precision:0.5", "recall:a@precision:nan", "@precision:0.5",
    ] {
      #expect(DecisionMetric(argument: text) == nil, "\(text)")
    }
    #expect(throws: (any Error).self) { try TrainOptions.parse(["--tune-thresholds", "g-mean"]).checkPartners() }
    try TrainOptions.parse(["--tune-thresholds", "g-mean", "--early-stopping", "loss"]).checkPartners()
    try TrainOptions.parse(["--tune-thresholds", "g-mean", "--validation", "v.csv"]).checkPartners()
  }

  @Test func `the last layer alone: what there has to be for it`() throws {
    func refusal(_ arguments: [String]) throws -> String {
      do {
        try TrainOptions.parse(arguments).checkPartners()
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(try refusal(["--retrain-classifier", "5"]).contains("a model with hidden layers (--hidden 64)"))
    #expect(try refusal(["--retrain-classifier", "5", "--hidden", "8"]) == "")
    #expect(try refusal(["--retrain-classifier", "5", "--hidden", "8", "--max-steps", "9"]).contains("--max-steps"))
    let tau = TauNormalization.init(argument:)
    #expect(tau("no") == .no && tau("auto") == .auto && tau("0.25") == .tau(0.25) && tau("-0") == .tau(0))
    for text in ["", "yes", "-0.1", "1.1", "nan", "inf"] { #expect(tau(text) == nil, "\(text)") }
    #expect(try refusal(["--tau-normalization", "auto"]).contains("--tau-normalization 0.5"))
    for arguments in [["--members", "3"], ["--validation", "v.csv"], ["--early-stopping", "loss"]] {
      #expect(try refusal(["--tau-normalization", "auto"] + arguments) == "")
    }
    #expect(try refusal(["--tau-normalization", "0.5"]) == "")
    // The layers have learned from the data as it is, unless something else is asked for.
    func weights(_ arguments: [String]) throws -> String? {
      try TrainingConfiguration.parse(["--hidden", "8"] + arguments).resolved(shardCount: 8).loss.classWeights
    }
    #expect(try weights(["--retrain-classifier", "5"]) == "none")
    #expect(try weights(["--retrain-classifier", "5", "--class-weights", "inverse"]) == "inverse")
  }

  @Test func `options without an effect are named`() throws {
    func words(_ arguments: [String]) throws -> [String] {
      try TrainingConfiguration.parse(arguments).resolved(shardCount: 8).optionsWithoutEffect
        .map { String($0.prefix { $0 != ":" }) }
    }
    #expect(try words([]) == [])
    #expect(try words(["--dropout", "0.1", "--activation", "tanh"]) == ["--dropout", "--activation"])
    #expect(try words(["--dropout", "0.1", "--hidden", "5"]) == [])
    #expect(
      try words(["--momentum", "0.9", "--beta", "0.9", "--smoothing", "1"]) == ["--smoothing", "--beta", "--momentum"])
    #expect(try words(["--tolerance", "0.1", "--betas", "0.8,0.9"]) == ["--tolerance"])
    #expect(try words(["--optimizer", "lbfgs", "--tolerance", "0.1", "--weight-decay", "1"]) == [])
    #expect(
      try Set(
        words([
          "--optimizer", "lbfgs", "--batch-size", "8", "--accumulate", "2", "--sampler", "sequential", "--betas", "0,0",
          "--epsilon", "1", "--momentum", "0.9", "--learning-rate", "1", "--schedule", "cosine", "--warmup-steps", "3",
          "--clip-norm", "1",
        ])) == [
          "--batch-size", "--accumulate", "--sampler", "--betas", "--epsilon", "--momentum", "--learning-rate",
          "--schedule", "--warmup-steps", "--clip-norm",
        ])
    #expect(
      try words(["--focal-gamma", "1", "--logit-tau", "2", "--ldam-margin", "1", "--ldam-scale", "2"]) == [
        "--focal-gamma", "--logit-tau", "--ldam-margin", "--ldam-scale",
      ])
    #expect(try words(["--loss", "focal", "--focal-gamma", "1"]) == [])
    #expect(try words(["--loss", "ldam", "--ldam-margin", "1", "--ldam-scale", "2"]) == [])
    #expect(try words(["--reweight-from-epoch", "3", "--class-weights", "none"]) == ["--reweight-from-epoch"])
    #expect(try words(["--reweight-from-epoch", "3"]) == [])
    #expect(try words(["--reweight-from-epoch", "30"]) == ["--reweight-from-epoch"])
    #expect(
      try words(["--sampling-power", "0.3", "--sampling-ratio", "0.3"]) == ["--sampling-power", "--sampling-ratio"])
    #expect(try words(["--sampler", "power", "--sampling-power", "0.3"]) == [])
    #expect(try words(["--sampler", "undersample", "--sampling-ratio", "0.3"]) == [])
    #expect(try words(["--split-seed", "3"]) == ["--split-seed"])
    #expect(try words(["--bins", "8"]) == ["--bins"])
    #expect(try words(["--bin-edges", "spread"]) == ["--bin-edges"])
    #expect(try words(["--embedding-rate", "3"]) == ["--embedding-rate"])
    #expect(try words(["--relevance", "1"]) == [])
    #expect(try words(["--relevance", "1", "--optimizer", "lbfgs"]) == ["--relevance"])
    #expect(try words(["--embedding", "4", "--embedding-rate", "3"]) == [])
    #expect(try words(["--max-weight", "3", "--class-weights", "none"]) == ["--max-weight"])
    #expect(try words(["--max-weight", "3"]) == [])
    #expect(try words(["--bins", "8", "--numeric-encoding", "piecewise", "--standardize", "no"]) == [])
    #expect(
      try words(["--bins", "8", "--numeric-encoding", "quantile", "--standardize", "no"]) == [
        "--bins", "--standardize",
      ])
    #expect(
      try words(["--embedding", "3", "--max-one-hot", "9", "--rare-levels", "hash"]) == [
        "--max-one-hot", "--rare-levels",
      ])
    #expect(try words(["--patience", "3"]) == ["--patience"])
    #expect(try words(["--patience", "3", "--early-stopping", "mcc"]) == [])
    #expect(try words(["--log-loss-penalty", "0.2"]) == ["--log-loss-penalty"])
    #expect(try words(["--log-loss-penalty", "0.2", "--validation-fraction", "0.1"]) == [])
    #expect(try words(["--split-seed", "3", "--test-fraction", "0.2"]) == [])
  }

  @Test func `an option stands in its declaration and its use`() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources")
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
      .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    let texts = try files.map { (name: $0.lastPathComponent, text: try String(contentsOf: $0, encoding: .utf8)) }
    // A rule, a part of the loss, a matter of the step, of the optimizer, of the data, of saving.
    for property in ["labelSmoothing", "clipNorm", "onNonfinite", "warmupSteps", "splitSeed", "checkpointEvery"] {
      let word = try Regex("\\b\(property)\\b")
      let places = texts.filter { $0.text.contains(word) }.map(\.name)
      // Its group; what is made of it; the kernel that takes it; and what a model's file says of it.
      #expect(places.count <= 4, "\(property) stands in \(places)")
    }
  }
}
