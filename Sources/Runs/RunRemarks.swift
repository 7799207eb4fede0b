internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Models

/// What a user should know of a run before it trains: choices without effect, and parts of the data that cannot tell what they
/// are to tell.
struct RunRemarks {
  private let configuration: TrainingConfiguration
  /// [C]
  private let classNames: [String]
  /// n_c, [C], of the training samples that are used.
  private let classCounts: [Int]

  init(_ configuration: TrainingConfiguration, classNames: [String], classCounts: [Int]) {
    self.configuration = configuration
    self.classNames = classNames
    self.classCounts = classCounts
  }

  /// Of what was asked for beside the data that it is for.
  func beforeTraining(on part: borrowing Table, _ weights: ClassWeights) -> [RunEvent] {
    var warnings = configuration.optionsWithoutEffect.map { "no effect of \($0)" }
    // (A recipe's own word is nobody's mistake.)
    let isOfRecipe = configuration.model.recipe != .plain && configuration.model.numericEncoding == .piecewise
    if part.isSparse, configuration.model.numericEncoding != .standard, !isOfRecipe {
      warnings.append("no effect of --numeric-encoding: sparse rows are taken as they are")
    }
    if let first = configuration.model.`init`, configuration.model.holdsOutFolds || configuration.split.isDrawn {
      warnings.append(
        """
        --init \(first): figures of samples that are held out are fair only where its model was not trained on them either
        """)
    }
    warnings += [
      configuration.doubleCorrection, weights.warningOfAbsentClasses(classNames),
      areWeightsOfAllSteps ? weights.warningOfIgnoredClasses(classNames) : nil,
    ].compactMap { $0 }
    return warnings.map(RunEvent.warning) + [remarkOnIgnored(of: part)].compactMap { $0 }
  }

  /// Whether what has no weight teaches nothing at all.
  private var areWeightsOfAllSteps: Bool {
    configuration.loss.reweightFromEpoch == nil && configuration.loss.labelSmoothing == 0
      && configuration.steps.retrainClassifier == 0
  }

  private func remarkOnIgnored(of part: borrowing Table) -> RunEvent? {
    guard let ignored = configuration.input.ignoreIndex else { return nil }
    let (all, used) = (part.sampleCount, classCounts.reduce(0, +))
    return all == used
      ? .warning("no effect of --ignore-index: no training sample has the label \(ignored)")
      : .note("\(all - used) of \(all) training samples are ignored (--ignore-index \(ignored))")
  }

  /// Of the steps that there will be.
  ///
  /// - Parameter stepsPerEpoch: Of a run of one model; a member's are fewer, since it leaves samples out.
  func ofSteps(stepsPerEpoch: Int) -> [RunEvent] {
    let (optimizer, length) = (configuration.optimizer, configuration.steps)
    let warmup = Double(optimizer.warmupSteps)
    let steps = min(Double(stepsPerEpoch) * Double(length.epochs), length.maxSteps.map(Double.init) ?? .infinity)
    // How many steps a sampler draws, chance has a say in.
    guard !optimizer.takesFullBatches, length.sampling.drawsOnce, warmup > steps else { return [] }
    let percent = Int((100 * steps / warmup).rounded(.down))
    return [
      .warning(
        """
        --warmup-steps \(optimizer.warmupSteps) are more than the \(Int(steps)) step\(steps == 1 ? "" : "s") that there \
        are: the learning rate rises to the end, to \(percent == 0 ? "less than 1" : "\(percent)") % of --learning-rate
        """)
    ]
  }

  /// Weights of a first layer that a step of 32 texts moves in a millisecond, where it moves all of them.
  private static let manyWeights = 1 << 20

  /// Of the model, beside the rows that it takes.
  func ofModel(_ shape: ModelShape, of training: Dataset) -> [RunEvent] {
    let first = shape.layers[0]
    guard training.isSparse, [.adam, .adamw].contains(configuration.optimizer.optimizer),
      first.inputs * first.outputs >= Self.manyWeights
    else { return [] }
    return [
      .note(
        """
        each step moves all \(first.inputs * first.outputs) weights of the first layer; --optimizer sparse-adam moves those \
        of features that the step's samples have, in a fraction of the time
        """)
    ]
  }

  /// Of the parts that epochs and models are judged by. Collective.
  ///
  /// - Throws: `CollectiveError`
  func ofJudging(
    on validation: Dataset?, test: Dataset?, over communicator: some Communicator
  ) throws(CollectiveError) -> [RunEvent] {
    var warnings: [String] = []
    if let found = try validation?.classCounts(over: communicator) {
      if configuration.stopping.metric.isOfRanking, found.count(where: { $0 > 0 }) == 1 {
        warnings.append(
          """
          --early-stopping \(configuration.stopping.metric.rawValue): the samples that epochs are judged by are all of one \
          class, of which there is no such figure: none is better than another, the last is delivered, and --patience ends \
          the run by nothing
          """)
      }
      warnings += warning(ofClassesAbsentFrom: "validation", found)
    }
    // Of folds each has some, and together they have all.
    if configuration.split.fold == nil, let found = try test?.classCounts(over: communicator) {
      warnings += warning(ofClassesAbsentFrom: "test", found)
    }
    return warnings.map(RunEvent.warning)
  }

  /// None, or one.
  private func warning(ofClassesAbsentFrom part: String, _ counts: [Int]) -> [String] {
    let absent = classNames.indices.filter { classCounts[$0] > 0 && counts[$0] == 0 }
    guard !absent.isEmpty else { return [] }
    let names = absent.prefix(5).map { "\"\(classNames[$0])\"" }.joined(separator: ", ")
    return [
      """
      the \(part) part has no sample of class \(names)\(absent.count > 5 ? " and of \(absent.count - 5) others" : ""): no \
      figure of it tells how well \(absent.count == 1 ? "that is" : "those are") found
      """
    ]
  }
}
