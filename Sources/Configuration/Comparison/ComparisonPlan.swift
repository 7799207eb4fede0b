internal import ArgumentParser

/// What `compare` trains: every combination of what is tried, as often as there are seeds and folds.
///
/// Each run is one that `train` would do with the options in its config.yaml: of the same bits.
public struct ComparisonPlan {
  /// A combination: a value of each option that is tried.
  public struct Choice: Equatable, Sendable {
    public let options: [OptionsFile.Option]

    /// "class-weights=inverse, hidden=128,64"; "as typed" where nothing is tried.
    public var title: String {
      options.isEmpty ? "as typed" : options.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    }
  }

  /// One of the splits and seeds that every choice is trained with.
  public struct Repeat: Equatable, Sendable {
    public let seed: UInt64
    public let splitSeed: UInt64
    public let fold: Fold?

    /// "seed=1", "seed=0,fold=2-5"
    fileprivate var name: String {
      "seed=\(seed)" + (fold.map { ",fold=\($0.index + 1)-\($0.count)" } ?? "")
    }

    /// "seed 1", "seed 0, fold 2/5"
    public var title: String { "seed \(seed)" + (fold.map { ", fold \($0)" } ?? "") }
  }

  /// A run that is to be trained.
  public struct PlannedRun {
    /// Its place among `choices`.
    public let choice: Int
    /// Its place among `repeats`.
    public let repetition: Int
    /// Its place among `rungs`.
    public let rung: Int
    /// Of its folder within that of the comparison.
    public let name: String
    /// Everything but the shards resolved: how many there are by default depends on the job.
    public fileprivate(set) var configuration: TrainingConfiguration

    /// What it takes, in passes over the training part.
    public var cost: Double {
      Double(configuration.steps.epochs + configuration.steps.retrainClassifier)
        * Double(configuration.model.memberCount)
    }
  }

  public let tried: [TriedOption]
  public let choices: [Choice]
  public let repeats: [Repeat]
  /// All choices with the first seed and fold, then all with the next: a comparison that is stopped has compared
  /// something. With `halving` those of each rung, as if all choices came to it.
  public private(set) var runs: [PlannedRun]
  /// Nil where all choices are trained to the end.
  public private(set) var halving: Halving?
  /// What was decided, and not asked for.
  public let note: String?
  /// The options of `train` that were typed or stand in the --config file, as they are without what is tried.
  public let options: TrainOptions
  /// Whether --shards was typed, stands in the --config file, or is tried.
  public let hasShards: Bool

  /// The share of every class that is held out for the test where nothing else is said.
  public static let usualTestFraction = 0.2
  /// More would not end.
  public static let mostRuns = 10_000
  /// Options that leave a run's results as they are.
  public static let optionsWithoutResult: Set<String> = [
    "threads", "keep", "checkpoint-every", "tensorboard", "confidence", "validation-probabilities",
  ]
  /// - Parameters:
  ///   - arguments: What was typed behind `compare`.
  ///   - options: What was read of that.
  ///   - classWeights: What was read of it as --class-weights, which is a list here.
  /// - Throws: `UsageError` for the first choices that cannot be trained, with the reason; `OptionsFileError`, `FileError`.
  public init(_ arguments: [String], _ options: CompareOptions, classWeights: String?) throws {
    let typed = TypedArguments(arguments)
    tried = try options.triedOptions(classWeights: classWeights)
    if let both = tried.first(where: { $0.name != "class-weights" && typed.contains("--\($0.name)") }) {
      throw UsageError(text: "--\(both.name) is given, and tried too; leave one of them out")
    }
    let base = typed.removing(CompareOptions.names.union(["--class-weights"]))
    self.options = try Self.options(of: base, [])
    let (common, job) = (self.options.configuration, self.options.job)
    guard job.resume == .no || job.resume == .auto, !job.force else {
      throw UsageError(
        text: "--resume and --force: compare goes on with what is in its --run-dir anyway; start it as it was started")
    }
    var choices = [Choice(options: [])]
    for option in tried {
      choices = choices.flatMap { choice in
        option.values.map {
          Choice(options: choice.options + [OptionsFile.Option(name: option.name, value: $0)])
        }
      }
      guard choices.count <= Self.mostRuns else { break }
    }
    self.choices = choices

    let (split, seed) = (common.split, common.computation.seed)
    hasShards = common.shards.shards != nil || tried.contains { $0.name == "shards" }
    guard options.folds == nil || !split.hasTest else {
      throw UsageError(text: "--folds: expected not both it and --test-fraction or --fold; each fold is the test part")
    }
    let holdsOut = options.folds == nil && !split.hasTest && !split.hasValidation
    let test = holdsOut ? [OptionsFile.Option(name: "test-fraction", value: "\(Self.usualTestFraction)")] : []
    note =
      holdsOut
      ? "a fifth of every class is held out to judge the runs by (--test-fraction, --validation or --folds say otherwise)"
      : nil
    let isDrawn = holdsOut || options.folds != nil || split.isDrawn
    let folds: [Fold?] = options.folds.map { count in (0..<count).map { Fold($0, of: count) } } ?? [nil]
    repeats = (0..<UInt64(options.seeds ?? (options.folds == nil ? 3 : 1))).flatMap { offset in
      folds.map { fold in
        Repeat(seed: seed &+ offset, splitSeed: isDrawn ? split.splitSeed &+ offset : split.splitSeed, fold: fold)
      }
    }
    func checkCount(_ count: Int) throws(UsageError) {
      guard count > Self.mostRuns else { return }
      throw UsageError(text: "that would be \(count) runs or more; at most \(Self.mostRuns) are compared")
    }
    try checkCount(choices.count * repeats.count)

    runs = []
    var refused: [String] = []
    for (place, repetition) in repeats.enumerated() {
      for (index, choice) in choices.enumerated() {
        let all = choice.options + test + repetition.options(besides: common.split)
        do {
          let configuration = try Self.configuration(of: base, all)
          _ = try configuration.loss.weightScheme()
          runs.append(
            PlannedRun(
              choice: index, repetition: place, rung: 0, name: RunName.of(choice, [repetition.name]),
              configuration: configuration))
        } catch {
          refused.append("\(choice.title): \(Self.reason(error))")
        }
      }
      guard refused.isEmpty else { throw UsageError(text: Self.words(refused)) }
    }
    guard options.halving else { return }
    if let length = tried.first(where: { $0.name == "epochs" || $0.name == "max-steps" }) {
      throw UsageError(text: "--halving: expected no --try \(length.name); each rung trains for its share of --epochs")
    }
    let halving = try Self.halving(of: runs, choices, by: options.by ?? .balancedAccuracy)
    try checkCount(halving.rungs.reduce(0) { $0 + $1.choiceCount } * repeats.count)
    runs = halving.rungs.indices.flatMap { rung in runs.map { onRung(rung, of: halving, $0) } }
    self.halving = halving
  }

  /// - Throws: `UsageError` where there is nothing to be dropped early.
  private static func halving(
    of runs: [PlannedRun], _ choices: [Choice], by metric: ModelMetric
  ) throws(UsageError) -> Halving {
    guard choices.count >= Halving.fewestChoices else {
      throw UsageError(
        text: """
          --halving: expected \(Halving.fewestChoices) choices or more, and here \(choices.count == 1 ? "is" : "are") \
          \(choices.count); so few are trained to the end
          """)
    }
    for run in runs {
      let (title, configuration) = (choices[run.choice].title, run.configuration)
      guard !configuration.optimizer.takesFullBatches else {
        throw UsageError(
          text: """
            --halving: expected no --optimizer lbfgs (\(title)), which ends in its optimum, and has come nowhere before
            """)
      }
      guard configuration.steps.retrainClassifier == 0 else {
        throw UsageError(
          text: """
            --halving: expected no --retrain-classifier (\(title)), whose epochs come after those that rungs have shares of
            """)
      }
      guard configuration.steps.maxSteps == nil else {
        throw UsageError(
          text: "--halving: expected not both it and --max-steps; it gives each rung a share of --epochs")
      }
      let epochs = configuration.steps.epochs
      guard epochs == runs[0].configuration.steps.epochs else {
        throw UsageError(
          text: """
            --halving: expected the same --epochs for all choices, of which each rung has a share; \
            \(choices[runs[0].choice].title) has \(runs[0].configuration.steps.epochs), \(title) \(epochs)
            """)
      }
    }
    guard
      let halving = Halving(choiceCount: choices.count, epochs: runs[0].configuration.steps.epochs, by: metric)
    else {
      throw UsageError(text: "--halving: expected --epochs \(Halving.factor) or more, or there is nothing shorter")
    }
    return halving
  }

  /// The same on a rung: what `train` would do with the rung's --epochs. On the last it is the run that a comparison
  /// without rungs has, too, and has its folder.
  private func onRung(_ rung: Int, of halving: Halving, _ run: PlannedRun) -> PlannedRun {
    let epochs = halving.rungs[rung].epochs
    let ofRung = rung == halving.rungs.count - 1 ? [] : ["epochs=\(epochs)"]
    var configuration = run.configuration
    configuration.steps.epochs = epochs
    return PlannedRun(
      choice: run.choice, repetition: run.repetition, rung: rung,
      name: RunName.of(choices[run.choice], ofRung + [repeats[run.repetition].name]), configuration: configuration)
  }

  /// How many runs are trained, where none fails.
  public var runCount: Int {
    (halving?.rungs.reduce(0) { $0 + $1.choiceCount } ?? choices.count) * repeats.count
  }

  /// The most choices that take part on each rung: all, where there is but one.
  public var choiceCounts: [Int] { halving?.rungs.map(\.choiceCount) ?? [choices.count] }

  /// What `train` would make of these arguments.
  private static func options(of typed: TypedArguments, _ options: [OptionsFile.Option]) throws -> TrainOptions {
    let expanded = try OptionsFile.expand(typed.adding(options))
    do {
      return try TrainOptions.parse(Array(expanded.dropFirst()))
    } catch {
      // Help speaks of an option that is typed: a value of --try is written otherwise where it is a list.
      throw UsageError(
        text: options.isEmpty ? TrainOptions.messageWithHelp(for: error) : TrainOptions.message(for: error))
    }
  }

  /// That of a run, all but the shards resolved.
  private static func configuration(
    of typed: TypedArguments, _ options: [OptionsFile.Option]
  ) throws -> TrainingConfiguration {
    let parsed = try Self.options(of: typed, options)
    do {
      try parsed.checkPartners()
    } catch {
      throw UsageError(text: TrainOptions.message(for: error))
    }
    let shards = parsed.configuration.shards
    var configuration = parsed.configuration.resolved(shardCount: shards.count(ranks: 1))
    configuration.shards = shards
    return configuration
  }

  private static func reason(_ error: any Error) -> String {
    (error as? UsageError)?.text ?? "\(error)"
  }

  private static func words(_ refused: [String]) -> String {
    let most = 5
    return "nothing was trained, since not all can be:\n  " + refused.prefix(most).joined(separator: "\n  ")
      + (refused.count > most ? "\n  and \(refused.count - most) more" : "")
  }

  /// For a job of so many shards, but for runs that are tried with other ones.
  public func resolved(shardCount: Int) -> ComparisonPlan {
    var plan = self
    for index in plan.runs.indices {
      let own = plan.runs[index].configuration.shards.shards
      plan.runs[index].configuration = plan.runs[index].configuration.resolved(shardCount: own ?? shardCount)
    }
    return plan
  }

  /// The same with runs of so many threads; nil for as many as a run has by itself.
  public func with(threads: Int?) -> ComparisonPlan {
    var plan = self
    for index in plan.runs.indices { plan.runs[index].configuration.computation.threads = threads }
    return plan
  }
}

extension ComparisonPlan.Repeat {
  /// As they would be typed.
  fileprivate func options(besides split: SplitOptions) -> [OptionsFile.Option] {
    var options = [OptionsFile.Option(name: "seed", value: "\(seed)")]
    if splitSeed != split.splitSeed { options.append(OptionsFile.Option(name: "split-seed", value: "\(splitSeed)")) }
    if let fold { options.append(OptionsFile.Option(name: "fold", value: fold.description)) }
    return options
  }
}

extension TrainOptions {
  /// The options of a run of a comparison, every one of them said, whatever a checkpoint says.
  ///
  /// - Parameters:
  ///   - configuration: Resolved.
  ///   - folder: Of the run.
  ///   - overwrites: Whether a run that stands there is replaced; else it is gone on with.
  /// - Returns: Them, and the arguments of `train` that they were parsed from.
  public static func ofRun(
    _ configuration: TrainingConfiguration, in folder: String, overwriting overwrites: Bool
  ) throws -> (options: TrainOptions, arguments: [String]) {
    let file = try OptionsFile(yaml: configuration.yaml, path: folder)
    let job = ["--run-dir", folder] + (overwrites ? ["--overwrite"] : ["--resume", "auto"])
    let arguments = try file.arguments(before: job)
    return (try parse(Array(arguments.dropFirst())), arguments)
  }
}
