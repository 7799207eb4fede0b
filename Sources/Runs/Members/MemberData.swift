internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Models
internal import RandomStreams
internal import Training

/// What the members of a run are made of, for the ranks of one communicator.
struct MemberData<C: Communicator> {
  /// Resolved.
  let configuration: TrainingConfiguration
  /// K: those asked for, but no more than there are samples to be left out.
  let memberCount: Int
  /// The whole training part, of which each member leaves out a fold.
  let training: Dataset
  /// Nil where each member is judged by its fold.
  let validation: Dataset?
  /// Nil in a run of one model.
  let folds: SampleFolds?
  let classWeights: TrainingWeights
  /// n_c of the whole training part, [C]: what all members make up for.
  let classCounts: [Int]
  let communicator: C

  /// The threads of this rank: as many as it was told of, or else as are its own to use.
  var threadCount: Int { configuration.computation.threads ?? communicator.coreCount }

  /// Deals out the training part where there are several members. Collective.
  ///
  /// - Parameters:
  ///   - validation: That of a run of one model.
  ///   - classCounts: n_c of the training part, [C].
  init(
    _ configuration: TrainingConfiguration, training: Dataset, validation: Dataset?, classWeights: TrainingWeights,
    classCounts: [Int], over communicator: C
  ) throws(CollectiveError) {
    memberCount = min(configuration.model.memberCount, max(classCounts.reduce(0, +), 1))
    self.configuration = configuration
    self.training = training
    folds =
      memberCount == 1
      ? nil : try SampleFolds(memberCount, of: training, seed: configuration.split.splitSeed, over: communicator)
    self.validation = folds == nil ? validation : nil
    self.classWeights = classWeights
    self.classCounts = classCounts
    self.communicator = communicator
  }

  /// A member with its first parameters. Collective.
  ///
  /// - Parameters:
  ///   - member: From 0.
  ///   - isBegun: Whether it goes on from a checkpoint, and needs no first parameters.
  /// - Throws: `AgreedFailure` with `ModelShapeError`, `MemoryError`, `TrainingError`, and what reading `--init` throws;
  ///   `CollectiveError`.
  func trainer(ofMember member: Int, isBegun: Bool = false) throws -> Trainer<C> {
    let configuration = configuration.ofMember(member)
    var (training, validation) = (training, validation)
    if let folds { (training, validation) = try training.parts(leavingOut: member, of: folds, over: communicator) }
    // A member's samples are drawn by how many of each class it has.
    let drawnCounts =
      folds == nil || configuration.steps.sampling.drawsOnce && configuration.steps.retrainClassifier == 0
      ? classCounts : try training.classCounts(over: communicator)
    let plan = configuration.batchPlan(for: training, classCounts: drawnCounts)
    let classifierPlan = configuration.classifierPlan(for: training, classCounts: drawnCounts)
    let network = try configuration.network(
      for: training, [plan] + (classifierPlan.map { [$0] } ?? []), over: communicator)
    // Of its own samples: those that it is judged by have no say in what it looks at.
    let factors = try configuration.relevancePower.map { power in
      network.factors(weighingFeatures: try ColumnRelevance(of: training, over: communicator).weights(power: power))
    }
    if !isBegun {
      let isDrawn = try configuration.initialize(network, for: training, over: communicator)
      if isDrawn, let factors { network.multiplyParameters(by: factors) }
    }
    return try communicator.agree {
      try Trainer(
        network, training: training, validation: validation, classWeights: classWeights,
        classCounts: classCounts, drawnCounts: drawnCounts, plan: plan, classifierPlan: classifierPlan,
        configuration: configuration, rateFactors: factors, over: communicator)
    }
  }
}

extension TrainingConfiguration {
  /// That of one member: another seed. The first has that of the run.
  fileprivate func ofMember(_ member: Int) -> TrainingConfiguration {
    guard member > 0 else { return self }
    var own = self
    var stream = RandomStream(seed: computation.seed, purpose: .members, index: member)
    own.computation.seed = stream.next()
    return own
  }
}
