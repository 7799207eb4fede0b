internal import Checkpoints
internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Models
internal import Tensors
internal import Training

/// The models of a run. Mostly there is one. Of several each is trained without another fold of the samples, by which
/// its best epoch is chosen: one after another, each by all ranks; or, where the data is small, side by side, each by a
/// rank alone, or in a process that is alone by a thread. The bits are the same, since those of a trained model do not
/// depend on the number of ranks. A class, since what takes members in while others are trained changes it.
final class Members<C: Communicator> {
  private let data: MemberData<C>
  /// K
  let count: Int
  /// Members that are trained at the same time.
  private let membersAtOnce: Int
  /// The data on every rank, for members side by side; made when it is needed.
  private var ownData: MemberData<SingleProcessCommunicator>?
  /// The root's next member where a checkpoint has it, of members side by side.
  private var begunAlone: Trainer<SingleProcessCommunicator>?
  private(set) var trained: [TrainedMember] = []
  /// Of each of them, without padding.
  private(set) var parameters: [Vector] = []
  /// The member that is under way.
  private(set) var trainer: Trainer<C>?
  /// What the root came to of a member that was stopped and saved, of members side by side.
  private var stopped: RunResult?
  /// The one model of a run once it is trained. What training it took beside its parameters is given back: gradients, and
  /// what the optimizer remembers.
  private var only: (model: JudgedModel, parameters: Vector)?
  /// Whether an evaluation of the one model of a run has given a loss that is not finite, and that was said.
  private(set) var hasReportedEvaluation = false
  /// Samples in a second: the sum over those that were trained here.
  private var samplesPerSecond = 0.0
  private var trainedHere = 0
  /// Members that were trained at the same time, at most.
  private var mostAtOnce = 1

  /// Collective.
  ///
  /// - Parameter isGoingOn: Whether a checkpoint has its parameters, which needs no first ones.
  /// - Throws: What making a member throws; `AgreedFailure` with `MemoryError` where there is too little for all of them.
  init(_ data: MemberData<C>, goingOn isGoingOn: Bool) throws {
    self.data = data
    count = data.memberCount
    let isSmall = try data.training.fitsOnEveryRank(over: data.communicator)
    let (count, size) = (count, data.communicator.size)
    var atOnce = isSmall ? min(size > 1 ? size : data.threadCount, count) : 1
    // What of a batch passes through a member at a time follows from its plan; here, where it is all that its fold leaves.
    let (training, configuration) = (data.training, data.configuration)
    let takesBatches =
      size == 1 && configuration.steps.accumulate == 1 && configuration.steps.sampling.drawsOnce
      && !configuration.optimizer.takesFullBatches
    let batch =
      takesBatches
      ? min(configuration.steps.batchSize, training.sampleCount - training.sampleCount / count) : 0
    // Now, and not when half of them are trained. Cores that nobody has asked for are left idle where memory is short.
    func check() throws {
      try configuration.checkMemory(
        for: training, members: count, atOnce: size > 1 ? 1 : atOnce,
        samplesAtATime: max(Evaluator.batchSize, batch), over: data.communicator)
    }
    if count > 1 {
      while atOnce > 1, size == 1, data.configuration.computation.threads == nil, (try? check()) == nil { atOnce -= 1 }
      try check()
    }
    membersAtOnce = atOnce
    trainer = count == 1 ? try data.trainer(ofMember: 0, isBegun: isGoingOn) : nil
  }

  private var isSideBySide: Bool { membersAtOnce > 1 }
  private var usesThreads: Bool { isSideBySide && data.communicator.size == 1 }

  /// Of each rank: what trains members, or shares products.
  var threadCount: Int { usesThreads ? membersAtOnce : data.configuration.computation.threads ?? 1 }

  /// The parameters of all, without padding: views.
  var parametersOfAll: [Vector] { count == 1 ? [onlyParameters].compactMap { $0 } : parameters }

  /// Those of the one model of a run: a view. Nil in a run of several.
  var onlyParameters: Vector? { only?.parameters ?? trainer?.parameters }

  /// All together, as they judge samples.
  func judging(_ shape: ModelShape) -> JudgedModel {
    if let model = only?.model ?? trainer?.model, count == 1 { return model }
    return JudgedModel(ensemble(shape))
  }

  /// Each as it judges the samples that it was trained without, which are the whole training part; nil for one model.
  func outOfFold(_ shape: ModelShape) -> (model: JudgedModel, samples: Dataset)? {
    data.folds.map { (JudgedModel(ensemble(shape), folds: $0), data.training) }
  }

  /// The last layers of all, as they are.
  func classifiers(_ shape: ModelShape) -> [ClassifierRows] {
    parametersOfAll.map { ClassifierRows($0, layout: ParameterLayout(shape)) }
  }

  /// Changes the lengths of the rows of all last layers, in place. The members are trained: nothing goes on from there.
  ///
  /// - Parameter classifiers: As they were trained.
  func normalize(_ classifiers: [ClassifierRows], by tau: Double) {
    for (rows, parameters) in zip(classifiers, parametersOfAll) { rows.normalize(by: tau, into: parameters) }
  }

  private func ensemble(_ shape: ModelShape) -> Ensemble {
    Ensemble(shape, members: parameters, largestBatch: Evaluator.batchSize, threadCount: threadCount)
  }

  /// Puts the members where a checkpoint stood. Collective.
  ///
  /// - Returns: What the user should know of it.
  func restore(_ resumption: Resumption, _ layout: ParameterLayout) throws -> [String] {
    trained = resumption.record.trainedMembers
    parameters = try resumption.memberParameters(layout, over: data.communicator)
    guard resumption.record.isUnderWay else { return [] }
    guard !isSideBySide else { return try restoreAlone(resumption, layout) }
    var trainer = try self.trainer ?? data.trainer(ofMember: trained.count, isBegun: true)
    let remarks = try resumption.restore(
      &trainer, layout: layout, forgetsBest: forgetsBest(of: resumption), over: data.communicator)
    self.trainer = trainer
    return remarks
  }

  /// Whether epochs of another loss are to be compared with those before. (Where all layers are trained to the end, one of
  /// them is chosen.)
  private func forgetsBest(of resumption: Resumption) -> Bool {
    let record = resumption.record
    return record.progress.network == nil && record.progress.epoch < data.configuration.steps.epochs
      && record.hasOtherLoss(than: data.configuration, classWeights: data.classWeights.stored)
  }

  private func restoreAlone(_ resumption: Resumption, _ layout: ParameterLayout) throws -> [String] {
    let ownData = try dataOfOneRank()
    let member = trained.count
    return try data.communicator.agree {
      guard data.communicator.isRoot else { return [] }
      do {
        var trainer = try ownData.trainer(ofMember: member, isBegun: true)
        let remarks = try resumption.restore(
          &trainer, layout: layout, forgetsBest: forgetsBest(of: resumption),
          over: SingleProcessCommunicator())
        begunAlone = trainer
        return remarks
      } catch let error as AgreedFailure {
        throw MemberFailure(error, member: member)
      }
    }
  }

  /// All that a rank or a thread alone needs. Collective.
  private func dataOfOneRank() throws -> MemberData<SingleProcessCommunicator> {
    if let ownData { return ownData }
    var configuration = data.configuration
    if usesThreads { configuration.computation.threads = 1 }
    let training =
      data.communicator.size == 1 ? data.training : try data.training.onEveryRank(over: data.communicator)
    let own = try MemberData(
      configuration, training: training, validation: nil,
      classWeights: data.classWeights, classCounts: data.classCounts, over: SingleProcessCommunicator())
    ownData = own
    return own
  }

  /// Trains what is left, or until a rank is asked to stop. Collective.
  ///
  /// - Parameters:
  ///   - step: Of the run: after which the observer is to see the state, beside where it is saved.
  ///   - observer: Of each member, or of the state between two.
  func train(
    watching step: Int?, _ observer: @escaping MakeObserver
  ) throws -> RunResult {
    guard count > 1 else {
      guard var trainer else { preconditionFailure("a run of one model has it") }
      trainer.watchedStep = step
      let result = try trainer.run(observer: observer([], []))
      hasReportedEvaluation = trainer.hasReportedEvaluation
      if result.outcome == .completed {
        (self.trainer, only) = (nil, (trainer.model, trainer.parameters))
      } else {
        self.trainer = trainer
      }
      return result
    }
    while trained.count < count {
      // States in between, which somebody wants to see, are those of all ranks together.
      if trainer == nil, isSideBySide, step == nil {
        let isWhole = usesThreads ? try trainOnThreads(observer) : try trainRound(observer)
        guard isWhole else { return result(.stoppedOnRequest, of: stopped) }
      } else {
        var next = try trainer ?? data.trainer(ofMember: trained.count)
        next.watchedStep = step.map { $0 - trained.reduce(0) { $0 + $1.steps } }
        let result = try next.run(observer: observer(trained, parameters))
        trainer = next
        guard result.outcome == .completed else { return self.result(.stoppedOnRequest, of: result) }
        try take(TrainedMember(result), result.parameters.copy, result.samplesPerSecond, observer)
        trainer = nil
        // The checkpoint of its end is on the disk.
        try observer(trained, parameters).betweenMembers(saving: false)
      }
    }
    return result(.completed, of: nil)
  }

  /// What observes a member, or the state between two.
  ///
  /// - Parameters:
  ///   - trained: Members before that.
  ///   - parameters: Of each of those.
  typealias MakeObserver = (_ trained: [TrainedMember], _ parameters: [Vector]) -> RunObserver<C>

  /// Takes in a member that is trained, and tells of it.
  private func take(
    _ member: TrainedMember, _ parameters: Vector, _ samplesPerSecond: Double, _ observer: MakeObserver
  ) throws {
    let before = observer(trained, self.parameters)
    trained.append(member)
    self.parameters.append(parameters)
    self.samplesPerSecond += samplesPerSecond
    trainedHere += 1
    try before.memberEnded(member, number: trained.count)
  }

  /// Takes in a member that was trained beside others. Collective.
  private func take(_ ended: MemberAccount.WithParameters, _ observer: MakeObserver) throws {
    let (account, parameters) = ended
    try data.communicator.agree {
      guard data.communicator.isRoot else { return }
      try observer(trained, self.parameters).tellAlone(
        account.warnings, account.reports, ofMember: trained.count + 1)
    }
    try take(account.member, parameters, account.samplesPerSecond, observer)
  }

  /// Trains the next members, one a rank. Collective.
  ///
  /// - Returns: Whether they are trained: nobody asked to stop.
  private func trainRound(_ observer: MakeObserver) throws -> Bool {
    let members = trained.count..<min(trained.count + membersAtOnce, count)
    mostAtOnce = max(mostAtOnce, members.count)
    let round = MemberRound(observer(trained, parameters), over: data.communicator)
    let ended = try round.train(members, goingOn: begunAlone.take(), of: dataOfOneRank())
    stopped = round.stopped
    guard let ended else { return false }
    for member in ended { try take(member, observer) }
    try observer(trained, parameters).betweenMembers(saving: true)
    return true
  }

  /// Trains all that are left, by threads of this process.
  ///
  /// - Returns: Whether they are trained: nobody asked to stop.
  private func trainOnThreads(_ observer: @escaping MakeObserver) throws -> Bool {
    mostAtOnce = min(membersAtOnce, count - trained.count)
    let threads = MemberThreads(
      trained.count..<count, threadCount: membersAtOnce, of: try dataOfOneRank(), observer(trained, parameters)
    ) { [self] ended in
      try take(ended, observer)
      return observer(trained, parameters)
    }
    defer { stopped = threads.stopped }
    return try threads.train(goingOn: begunAlone.take(), over: data.communicator)
  }

  /// What the run has come to.
  ///
  /// - Parameter last: Of the member that was stopped; nil where none is under way.
  private func result(_ outcome: RunResult.Outcome, of last: RunResult?) -> RunResult {
    RunResult(
      outcome, of: trained, stoppedIn: last,
      samplesPerSecond: trainedHere == 0 ? 0 : Double(mostAtOnce) * samplesPerSecond / Double(trainedHere))
  }
}

extension Vector {
  /// The same in memory of its own.
  var copy: Vector {
    let copy = Vector(zeros: count)
    copy.copy(from: self)
    return copy
  }
}
