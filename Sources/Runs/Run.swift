public import Checkpoints
internal import ClassWeighting
public import Collectives
public import Configuration
internal import Datasets
internal import Failures
internal import Files
internal import Kernels
public import Models
internal import Tensors
public import Training

/// A run: everything between a configuration and a trained model. Every rank has one, and all do the same at the same
/// time.
///
///     var run = try Run(configuration, over: communicator)
///     let result = try run.train()
public struct Run<C: Communicator> {
  /// Everything resolved.
  public let configuration: TrainingConfiguration
  private let communicator: C
  private let listeners: RunListeners
  /// What they were told before there was a folder.
  private let earlyWords: EarlyWords
  private let resumption: Resumption?
  private let data: DatasetParts
  /// Tells its data from other data. The same on all ranks.
  public let fingerprint: DataFingerprint
  private let weights: TrainingWeights
  /// The model as it stands: its parameters are views of those that are trained. A temperature it has at its end.
  public private(set) var model: ModelFile
  /// As it is until the last layer is trained alone: with other weights of classes, by which probabilities are corrected.
  /// Nil where there is one stage.
  private var modelInFirstStage: ModelFile?
  /// What it is about.
  public let description: RunDescription
  private let members: Members<C>

  /// Reads the data and prepares the first step. Collective.
  ///
  /// - Parameters:
  ///   - configuration: Need not be resolved.
  ///   - resumption: The checkpoint that the run goes on from.
  ///   - force: Whether it may go on by other rules.
  ///   - listeners: Hear what happens.
  /// - Throws: `AgreedFailure` with what is wrong with configuration or data; `CollectiveError`.
  public init(
    _ configuration: TrainingConfiguration, resuming resumption: Resumption? = nil, force: Bool = false,
    _ listeners: RunListeners = .none, over communicator: C
  ) throws {
    try self.init(configuration, of: nil, resuming: resumption, force: force, listeners, over: communicator)
  }

  /// The same of data that was read before.
  ///
  /// - Parameter read: Used where it was read as the configuration says; else the run reads its own.
  init(
    _ configuration: TrainingConfiguration, of read: consuming ReadData?, resuming resumption: Resumption?,
    force: Bool = false, _ listeners: RunListeners, over communicator: C
  ) throws {
    let layout = try communicator.agree {
      try configuration.check()
      return try configuration.shardLayout(ranks: communicator.size, resumption)
    }
    let earlyWords = EarlyWords()
    let listeners = RunListeners([earlyWords], of: communicator).with(listeners)
    let asked = configuration
    let configuration = asked.resolved(shardCount: layout.shardCount)
    try communicator.requireSame(try configuration.yaml, "the command line or its --config file")
    try communicator.agree {
      do {
        try configuration.checkStages()
      } catch {
        throw UsageError(text: "\(error)")
      }
    }
    if let resumption {
      try communicator.agree { try resumption.record.check(configuration, path: resumption.path, force: force) }
    }

    if configuration.split.hasValidation, !asked.split.hasValidation {
      let note = """
        a tenth of every class is held out to judge epochs by, for --early-stopping (--validation-fraction sets \
        another share)
        """
      try communicator.agree { try listeners.receive(.note(note)) }
    }

    var read: ReadData? = read
    let raw = try communicator.reading {
      try RunData(
        try Self.data(
          read.take(), configuration, layout, isGoingOn: resumption != nil, listeners, over: communicator),
        configuration, over: communicator)
    }
    let weighting = try Self.weighting(raw, configuration.loss, resumption, over: communicator)
    let classNames = raw.parts.training.classNames
    try communicator.agree { _ = try configuration.decision.tuneThresholds?.objective(classNames) }
    let rates = configuration.steps.sampling.lastRule.rates(forCounts: raw.counts)
    try communicator.requireSame("\(weighting.weights.values) \(rates)", "the class weights, or the rates of --sampler")
    let remarks = RunRemarks(configuration, classNames: classNames, classCounts: raw.counts)
    listeners.tell(remarks.beforeTraining(on: raw.parts.training, weighting.weights))
    try communicator.agree { try configuration.checkColumns(of: raw.parts.training) }
    try? listeners.receive(.goesOn(.preparing("learning how features are encoded")))
    let encoding = try FeatureEncoding(
      learningFrom: raw.parts.training, numbers: configuration.model.numbers,
      standardizing: configuration.model.standardize == .yes,
      mostOneHot: configuration.input.maxOneHot, embedsColumns: configuration.model.embeddingWidth != nil,
      over: communicator)
    let (counts, reading, schema) = (raw.counts, raw.reading, raw.schema)
    let data = raw.encoded(by: encoding)

    let trainingWeights = weighting.weights.training
    let members = try Members(
      MemberData(
        configuration, training: data.training, validation: data.validation, classWeights: trainingWeights,
        classCounts: counts, over: communicator), goingOn: resumption != nil)
    if members.count < configuration.model.memberCount {
      let count =
        "\(members.count) member\(members.count == 1 ? "" : "s") instead of \(configuration.model.memberCount)"
      listeners.warn("\(count): there are no more samples to leave out")
    }
    listeners.tell(
      remarks.ofSteps(stepsPerEpoch: configuration.batchPlan(for: data.training, classCounts: counts).stepsPerEpoch))
    let shape = configuration.modelShape(for: data.training)
    // What a run goes on with, it has chosen.
    if resumption == nil { listeners.tell(remarks.ofModel(shape, of: data.training)) }
    let parameterLayout = ParameterLayout(shape)
    listeners.tell(try remarks.ofJudging(on: data.validation, test: data.test, over: communicator))
    let fingerprint = try DataFingerprint(
      training: data.training, validation: data.validation, test: data.test, over: communicator)
    if let same = fingerprint.partOfSameSamples {
      listeners.warn("\(same) has the same samples as the training part: what it says of the model is no judgement")
    }
    if let resumption {
      try resumption.checkNames(
        ofFeatures: data.training.featureNames, columns: data.training.columns, configuration, over: communicator)
      try communicator.agree {
        try resumption.record.check(
          fingerprint, classWeights: trainingWeights.stored, configuration, path: resumption.path, force: force)
      }
      try members.restore(resumption, parameterLayout).forEach(listeners.warn)
    }

    self.configuration = configuration
    self.communicator = communicator
    (self.listeners, self.earlyWords) = (listeners, earlyWords)
    self.resumption = resumption
    self.data = data
    self.fingerprint = fingerprint
    self.members = members
    weights = trainingWeights
    model = ModelFile(
      shape: shape, featureNames: data.training.featureNames, classNames: data.training.classNames,
      classWeights: trainingWeights.stored, loss: configuration.lossRecord(weighting.scheme),
      columns: encoding.columns, classCounts: counts,
      priorWeights: configuration.recordedPriorWeights(trainingWeights, classCounts: counts),
      data: schema,
      members: [members.onlyParameters ?? Vector(zeros: parameterLayout.count)])
    if configuration.steps.retrainClassifier > 0 {
      var earlier = configuration
      earlier.steps.retrainClassifier = 0
      var first = model
      first.loss = earlier.lossRecord(weighting.scheme)
      first.priorWeights = earlier.recordedPriorWeights(trainingWeights, classCounts: counts)
      modelInFirstStage = first
    }
    var description = RunDescription(configuration, data, encoding, reading, shape, members: members.count)
    let sampling = configuration.steps.sampling
    let draws = sampling.drawsOnce ? nil : sampling.expectedDrawsByClass(forCounts: counts)
    description.classes = data.training.classNames.indices.map {
      RunDescription.ClassRow(
        name: data.training.classNames[$0], count: counts[$0], draws: draws?[$0],
        weight: trainingWeights.constantWeight(ofClass: $0))
    }
    if configuration.relevancePower != nil {
      description.relevant = try ColumnRelevance(of: data.training, over: communicator).summary
    }
    description.weightScheme = weighting.scheme.name
    description.threads = members.threadCount
    description.resumedFrom = resumption?.summary(with: configuration)
    try description.setPlacement(of: communicator)
    self.description = description
  }

  /// What --class-weights comes to. Collective.
  private static func weighting(
    _ data: borrowing RunData, _ loss: LossOptions, _ resumption: Resumption?, over communicator: C
  ) throws -> (scheme: WeightScheme, weights: ClassWeights) {
    do {
      return try communicator.agree { try data.classWeights(loss) }
    } catch let failure as AgreedFailure where failure.exitStatus == .noInput {
      // What was typed just now is another matter.
      guard let resumption, resumption.record.configuration.loss.classWeights == loss.classWeights else {
        throw failure
      }
      let weights = "\(RunDirectory.folder(ofCheckpoint: resumption.path))/\(RunDirectory.weightsFile)".asShellWord
      throw failure.adding(
        "(of the run that is gone on with; --class-weights \(weights) has the weights that it was trained with)")
    }
  }

  /// What was read before, or is read now. Collective.
  private static func data(
    _ read: consuming ReadData?, _ configuration: TrainingConfiguration, _ layout: ShardLayout, isGoingOn: Bool,
    _ listeners: RunListeners, over communicator: C
  ) throws -> ReadData {
    switch consume read {
    case .some(let read) where read.source == ReadData.Source(configuration, layout: layout):
      try communicator.agree { try read.words.forEach(listeners.receive) }
      return read
    default:
      do {
        return try ReadData(configuration, layout: layout, listeners, over: communicator)
      } catch let failure as AgreedFailure where isGoingOn && failure.exitStatus == .noInput {
        throw failure.adding("(of the run that is gone on with; where its data lies elsewhere now, type its path, too)")
      }
    }
  }

  /// Trains, saves, and says how good the model is. Collective.
  ///
  /// - Parameters:
  ///   - place: Where the run's files belong; nil for a run without any.
  ///   - step: After which listeners are to be told of the state, beside where it is saved.
  /// - Returns: What the run came to.
  /// - Throws: `AgreedFailure`, with advice on how to go on where there is something to go on from; `CollectiveError`.
  public mutating func train(savingTo place: RunPlace? = nil, watching step: Int? = nil) throws -> RunResult {
    try train(savingTo: place, watching: step, unless: { false })
  }

  /// The same where something else may stop it.
  ///
  /// - Parameter isInterrupted: Asked at every step, and now and then where there are none: whether the run is to stop.
  mutating func train(
    savingTo place: RunPlace?, watching step: Int? = nil, unless isInterrupted: @escaping () -> Bool
  ) throws -> RunResult {
    var output: RunOutput?
    if let place {
      output = try RunOutput(
        place, resumption: resumption, description: description, configuration: configuration, data: fingerprint,
        classWeights: weights.stored, model: model, inFirstStage: modelInFirstStage, earlier: earlyWords.take(),
        listeners, over: communicator)
    }
    let all = output?.listeners ?? listeners
    try communicator.agree { try all.receive(.began(description)) }
    do {
      return try train(output, all, watching: step, hasReport: place != nil, unless: isInterrupted)
    } catch let failure as AgreedFailure {
      // What is being written is worth waiting for; if it fails, too, that is the lesser news.
      try? output?.checkpoints.finish()
      output?.noteFailure(failure.message)
      // Every rank has it; the one that prints it may not be the one that knows the files.
      let advice = try communicator.broadcast(Array((output?.adviceToResume ?? "").utf8))
      throw advice.isEmpty ? failure : failure.adding(String(decoding: advice, as: UTF8.self))
    }
  }

  /// - Parameter hasReport: Whether there is to be one: then all ranks have their part in its figures.
  private mutating func train(
    _ output: RunOutput?, _ listeners: RunListeners, watching step: Int?, hasReport: Bool,
    unless isInterrupted: @escaping () -> Bool
  ) throws -> RunResult {
    let (communicator, count) = (communicator, members.count)
    let layout = ParameterLayout(model.shape)
    func stopped(_ result: RunResult) throws -> RunResult {
      try communicator.agree {
        try listeners.receive(.stopped(result, advice: output?.adviceToResume ?? ""))
      }
      return result.stoppedOnRequest
    }
    let result = try members.train(watching: step) { trained, parameters in
      RunObserver(
        output, listeners,
        members: .init(count: count, layout: layout, trained: trained, parameters: parameters),
        unless: isInterrupted, over: communicator)
    }
    guard result.outcome == .completed else { return try stopped(result) }
    let kept = result.members.isEmpty ? [result.delivered.epoch] : result.members.map(\.delivered.epoch)
    if configuration.steps.sampler == .progressive, configuration.steps.retrainClassifier == 0,
      kept.contains(where: { $0 < configuration.steps.epochs })
    {
      listeners.warn(
        """
        probabilities prior and calibrated undo the draws of the last of --epochs, and the model is of an earlier one, which \
        had other draws: they are no frequencies\(configuration.stopping.keepModel == .last ? "" : " (--keep-model last)")
        """)
    }
    let isBeforeWeights = kept.map { $0 < configuration.loss.reweightFromEpoch ?? 0 }
    let isDeferred = isBeforeWeights.allSatisfy { $0 } && configuration.steps.retrainClassifier == 0
    if isDeferred {
      model.priorWeights = configuration.recordedPriorWeights(
        weights, classCounts: model.classCounts ?? [], beforeWeights: true)
    } else if isBeforeWeights.contains(true), configuration.steps.retrainClassifier == 0 {
      listeners.warn(
        """
        probabilities prior and calibrated undo class weights that some members have not had, whose best epoch was \
        before --reweight-from-epoch: they are no frequencies (--keep-model last)
        """)
    }
    if result.steps == resumption?.record.step {
      let limit = configuration.steps.maxSteps.map { " and --max-steps \($0)" } ?? ""
      // A learning rate that follows the end of the run, or of the stage, would have been another one from its beginning.
      let schedule = configuration.optimizer.schedule
      let force =
        schedule == .constant ? "" : " with --force, since the rates of --schedule \(schedule.rawValue) follow from it"
      let end =
        switch result.descent?.ending {
        case .tolerance: "by --tolerance \(configuration.optimizer.tolerance); a smaller one goes on"
        case .precision: "where rounding leaves no smaller loss to be found"
        // (Members that are trained are not trained longer.)
        case nil where result.endedEarly:
          "by --patience \(configuration.stopping.patience)"
            + (result.members.isEmpty ? "; a larger one goes on" : "")
        case nil where result.progress.network != nil || result.members.contains { $0.network != nil }:
          "by --retrain-classifier \(configuration.steps.retrainClassifier)"
            + (result.members.isEmpty ? "; a larger one goes on\(force)" : "")
        // Draws follow the number of epochs.
        case nil where configuration.steps.sampler == .progressive || !result.members.isEmpty:
          "by --epochs \(configuration.steps.epochs)\(limit)"
        case nil: "by --epochs \(configuration.steps.epochs)\(limit); larger ones go on\(force)"
        }
      let later = [
        "--keep-model ", "--tau-normalization ", "--tune-thresholds ", "--confidence ", "--validation-probabilities ",
      ]
      let changes = (resumption?.record.changes(to: configuration) ?? []).filter { later.contains(where: $0.hasPrefix) }
      let anew = changes.isEmpty ? "" : ". What follows training is done anew, with \(changes.joined(separator: ", "))"
      listeners.warn("nothing was left to train: the run had come to its end, \(end)\(anew)")
    }
    // Another observer, for whom no listener has heard enough: all is trained, and the rest is short.
    let observer = RunObserver(output, listeners, unless: isInterrupted, over: communicator)
    var judge = ModelJudge(
      configuration, classWeights: weights, classCounts: model.classCounts ?? [], beforeWeights: isDeferred,
      hasReported: members.hasReportedEvaluation, over: communicator)
    let normalization = try normalizeClassifiers(judge, listeners, observer)
    guard normalization != .stopped else { return try stopped(result) }
    let tau: Double? = if case .found(let tau) = normalization { tau } else { nil }
    model.members = members.parametersOfAll
    let together = members.judging(model.shape)
    let unseen = unseen
    var calibration = TemperatureFit.Outcome.none
    if let unseen {
      calibration = try judge.temperature(
        of: unseen.model, on: unseen.samples, observer: observer)
    }
    guard calibration != .stopped else { return try stopped(result) }
    var decision: DecisionRule?
    if let metric = configuration.decision.tuneThresholds, let unseen {
      let tuning = try judge.thresholds(metric, of: unseen.model, on: unseen.samples, observer: observer)
      guard tuning != .stopped else { return try stopped(result) }
      switch tuning {
      case .found(_, isReached: false):
        listeners.warn(
          """
          --tune-thresholds \(metric): no threshold has that precision on the samples that it is found on; the largest \
          logit decides
          """)
      case .none:
        listeners.warn(
          """
          --tune-thresholds \(metric): no thresholds do better on samples that they were not found on; the largest logit \
          decides
          """)
      case .found(let rule, isReached: true): decision = rule
      case .stopped: break
      }
    }
    (model.temperature, model.decision, model.tau) = (calibration.temperature, decision, tau)
    try communicator.agree {
      try output?.checkpoints.finish()
      try output?.save(model)
    }
    let rules = hasReport ? model.reportedRules : []
    guard
      let final = try evaluate(&judge, together, step: result.delivered.step, probabilities: rules, observer)
    else { return try stopped(result) }
    if hasReport, configuration.judging.validationProbabilities == .yes {
      guard try writeProbabilities(together, in: output?.path, observer) else { return try stopped(result) }
    }
    let end = RunEnd(
      result: result, final: final, temperature: calibration.temperature, decision: decision, tau: tau,
      run: description,
      peakMemory: try PeakMemory.ofEachRank(communicator),
      path: output?.path)
    try communicator.agree { try listeners.receive(.ended(end)) }
    return result
  }

  /// The model as it judges samples that it was not trained on; nil where there are none.
  private var unseen: (model: JudgedModel, samples: Dataset)? {
    data.validation.map { (members.judging(model.shape), $0) } ?? members.outOfFold(model.shape)
  }

  /// Changes the lengths of the rows of the last layers, as `--tau-normalization` has it, before anything else is found by
  /// the model. One τ for all members, by the samples that each was trained without where there is no validation part.
  /// Collective.
  ///
  /// - Returns: The τ; none where nothing is changed.
  private func normalizeClassifiers(
    _ judge: ModelJudge<C>, _ listeners: RunListeners, _ observer: RunObserver<C>
  ) throws -> TauSearch.Outcome {
    let choice = configuration.decision.tauNormalization
    if choice == .no { return .none }
    let classifiers = members.classifiers(model.shape)
    switch choice {
    case .no: return .none
    case .tau(let tau):
      members.normalize(classifiers, by: tau)
      return .found(tau)
    case .auto:
      let outcome = try TauSearch.run { tau in
        members.normalize(classifiers, by: tau)
        guard let unseen = unseen else { return .nan }
        return try judge.balancedAccuracy(of: unseen.model, on: unseen.samples, observer: observer)
      }
      switch outcome {
      case .found(let tau): members.normalize(classifiers, by: tau)
      case .none:
        members.normalize(classifiers, by: 0)
        listeners.warn("--tau-normalization auto: there is no sample to choose τ on; the rows stay as they are")
      case .stopped: break
      }
      return outcome
    }
  }

  /// Writes what the model says of the samples that it was not trained on. Collective.
  ///
  /// - Parameter folder: Of the run; the root's alone.
  /// - Returns: Whether all of it was written: nobody was asked to stop.
  private func writeProbabilities(
    _ together: JudgedModel, in folder: String?, _ observer: RunObserver<C>
  ) throws -> Bool {
    let outOfFold = members.outOfFold(model.shape).map {
      (RunDirectory.outOfFoldProbabilitiesFile, $0.model, $0.samples)
    }
    let validation = data.validation.map { (RunDirectory.validationProbabilitiesFile, together, $0) }
    for (name, judged, samples) in [outOfFold, validation].compactMap({ $0 }) {
      let file = ProbabilityFile(
        judged, samples, .raw(classCount: samples.classCount), decision: model.decision, over: communicator)
      guard try file.write(to: folder.map { "\($0)/\(name)" }, unless: { observer.wish == .stop }) else { return false }
    }
    return true
  }

  /// Judges the trained model on the parts of the data. Collective.
  ///
  /// - Parameters:
  ///   - together: All members as one.
  ///   - step: Steps that led to it, for messages.
  ///   - rules: How logits become the probabilities that there are to be figures of, on the part that judges most fairly;
  ///     none for no figures.
  /// - Returns: Nil where a rank was asked to stop meanwhile.
  private func evaluate(
    _ judge: inout ModelJudge<C>, _ together: JudgedModel, step: Int, probabilities rules: [ProbabilityRule],
    _ observer: RunObserver<C>
  ) throws -> FinalEvaluation? {
    var parts: [(name: String, model: JudgedModel, samples: Dataset)] = [("training", together, data.training)]
    if let (model, samples) = members.outOfFold(model.shape) { parts.append(("out-of-fold", model, samples)) }
    if let validation = data.validation { parts.append(("validation", together, validation)) }
    if let test = data.test { parts.append(("test", together, test)) }
    var found: [String: Evaluation] = [:]
    var probabilities: ProbabilityFigures?
    for (index, var part) in parts.enumerated() {
      // The last of them judges most fairly.
      let rules = index == parts.count - 1 ? rules : []
      let ofPart = try judge.evaluate(
        &part.model, on: part.samples, part.name, step: step, decision: model.decision, probabilities: rules,
        findsErrors: configuration.judging.confidence != nil && part.name != "training", observer: observer)
      guard let ofPart else { return nil }
      found[part.name] = ofPart.evaluation
      probabilities = ofPart.probabilities
    }
    // Of what they were trained on, figures flatter however sure they are. The root alone tells of them.
    if let confidence = configuration.judging.confidence, communicator.isRoot {
      for name in found.keys where name != "training" {
        found[name] = found[name]?.withIntervals(confidence: confidence)
      }
    }
    guard let onTraining = found["training"] else { return nil }
    var final = FinalEvaluation(
      training: onTraining, outOfFold: found["out-of-fold"], validation: found["validation"], test: found["test"])
    final.probabilities = probabilities
    return final
  }
}
