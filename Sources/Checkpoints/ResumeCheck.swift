public import Configuration
internal import Training

/// Whether a run of another configuration or of other data can go on from a checkpoint.
extension CheckpointRecord {
  /// Checks what can be checked before the data is read.
  ///
  /// - Parameters:
  ///   - path: Of the checkpoint.
  ///   - force: Whether the run may go on by other rules.
  /// - Throws: `CheckpointError` that names the differences.
  public func check(_ configuration: TrainingConfiguration, path: String, force: Bool) throws {
    let shape = options(changingShapeIn: configuration)
    guard shape.isEmpty else {
      let isOfEpochs = shape.contains { $0.hasPrefix("--epochs ") }
      throw CheckpointError.otherShape(
        path: path, options: shape,
        reason: !isOfEpochs
          ? nil : progress.network == nil ? "draws go by the number of epochs" : "the epochs of all layers are over")
    }
    // Of the stage that is under way.
    let done = progress.epoch - (progress.network?.epochs ?? 0)
    let (most, option) =
      progress.network == nil
      ? (configuration.steps.epochs, "--epochs") : (configuration.steps.retrainClassifier, "--retrain-classifier")
    if done > most || (done == most && progress.stepInEpoch > 0) || most == 0 {
      throw CheckpointError.beyondEnd(path: path, option: "\(option) \(most)")
    }
    if let most = configuration.steps.maxSteps, progress.step > most {
      throw CheckpointError.beyondEnd(path: path, option: "--max-steps \(most)")
    }
    let length = options(of: configuration, .length)
    guard trainedMembers.isEmpty || length.isEmpty else {
      throw CheckpointError.trainedMembers(path: path, count: trainedMembers.count, options: length)
    }
    try check(rules: rules(changedIn: configuration), configuration, path: path, force: force)
  }

  /// - Parameter rules: What makes another run of it, in words.
  private func check(
    rules: [String], _ configuration: TrainingConfiguration, path: String, force: Bool
  ) throws(CheckpointError) {
    guard !rules.isEmpty else { return }
    let ofLoss = rules.filter { isOfLoss($0, in: configuration) }
    // (Whether options of class weights come to other weights is known when the data is.)
    let mayBeOfLoss = rules.contains { rule in
      ofLoss.contains(rule) || configuration.loss.entries.contains { rule.hasPrefix("--\($0.name) ") }
    }
    // What the model's file says of its training would be what nobody has trained by.
    if end(by: self.configuration, hasOtherLoss: false) != nil,
      let end = end(by: configuration, hasOtherLoss: mayBeOfLoss)
    {
      let advice: String =
        switch end {
        case .forGood: "Begin a new run."
        case .of(let limit):
          // No rate follows the patience, so that more of it needs no force.
          if limit == "--patience", rules.allSatisfy({ $0.hasPrefix("--patience ") }) {
            "Say a --patience larger than \(self.configuration.stopping.patience), or begin a new run."
          } else {
            "Say a larger \(limit)\(force ? "" : " and --force"), too, or begin a new run."
          }
        }
      throw .nothingLeft(path: path, options: rules, advice: advice)
    }
    guard force else { throw .otherOptions(path: path, options: rules) }
    guard trainedMembers.isEmpty || ofLoss.isEmpty else {
      throw .trainedMembers(path: path, count: trainedMembers.count, options: ofLoss)
    }
  }

  /// Where there is nothing left to train.
  private enum End {
    /// Of what a larger value would make it longer: "--epochs".
    case of(limit: String)
    case forGood
  }

  /// Whether it has come to its end: as far as numbers of members, steps and epochs say. Nil where there is something left.
  ///
  /// - Parameter hasOtherLoss: Whether a best epoch is to be found anew.
  private func end(by configuration: TrainingConfiguration, hasOtherLoss: Bool) -> End? {
    guard configuration.model.memberCount == 1 else {
      return trainedMembers.count == configuration.model.memberCount ? .forGood : nil
    }
    if progress.stepInEpoch == 0, let end = endOfEpochs(by: configuration, hasOtherLoss: hasOtherLoss) { return end }
    return progress.step == configuration.steps.maxSteps ? .of(limit: "--max-steps") : nil
  }

  /// The same of one model, where an epoch is over: the limit that is not of steps.
  private func endOfEpochs(by configuration: TrainingConfiguration, hasOtherLoss: Bool) -> End? {
    let classifierEpochs = configuration.steps.retrainClassifier
    if let network = progress.network {
      return progress.epoch - network.epochs == classifierEpochs ? .of(limit: "--retrain-classifier") : nil
    }
    guard classifierEpochs == 0 else { return nil }
    if progress.epoch == configuration.steps.epochs {
      return configuration.steps.sampler == .progressive ? .forGood : .of(limit: "--epochs")
    }
    guard let best = progress.best, !hasOtherLoss, configuration.stopping.earlyStopping != nil,
      best.metric == configuration.stopping.metric,
      configuration.stopping.logLossPenalty == 0 || best.logLoss != nil,
      progress.epoch - max(best.epoch, progress.bestSoughtFrom) >= configuration.stopping.patience
    else { return nil }
    return .of(limit: "--patience")
  }

  /// Whether what it is gone on with has other class weights, or another loss: then neither the probabilities nor the loss
  /// of a model from before mean what those of one from after do.
  public func hasOtherLoss(than configuration: TrainingConfiguration, classWeights: [Double]) -> Bool {
    weightChange(to: classWeights) != nil || self.configuration.loss.ruleOfSamples != configuration.loss.ruleOfSamples
  }

  /// Whether an option, in words, or class weights are of the loss; those that have no effect on it are not.
  private func isOfLoss(_ rule: String, in configuration: TrainingConfiguration) -> Bool {
    if rule.hasPrefix(Self.classWeights) { return true }
    let (before, now) = (self.configuration.loss, configuration.loss)
    return before.ruleOfSamples != now.ruleOfSamples && now.entries.contains { rule.hasPrefix("--\($0.name) ") }
  }

  private static let classWeights = "class weights "

  /// The options that differ, in words, and that its state, or what has been done of an epoch, does not fit: the number
  /// of epochs, too, where the samples of each of them follow it.
  private func options(changingShapeIn configuration: TrainingConfiguration) -> [String] {
    var shape = options(of: configuration, .shape)
    // Parameters that it did not begin with.
    if self.configuration.model.`init` == nil, let first = configuration.model.`init` {
      shape.append("--init unset (now \(first))")
    }
    // Where the last layer is trained again, too, the epochs of all layers are over.
    guard configuration.steps.sampler == .progressive || progress.network != nil,
      self.configuration.steps.epochs != configuration.steps.epochs
    else { return shape }
    return shape + options(of: configuration, .length).filter { $0.hasPrefix("--epochs") }
  }

  /// The options that differ, in words, and make another run of it that could go on all the same.
  private func rules(changedIn configuration: TrainingConfiguration) -> [String] {
    var length = configuration.optimizer.schedule == .constant ? [] : options(of: configuration, .length)
    // No rate follows the patience; but less of it may have ended the run before.
    length.removeAll { $0.hasPrefix("--patience") }
    let (before, now) = (self.configuration.stopping, configuration.stopping)
    if now.earlyStopping != nil, now.earlyStopping == before.earlyStopping, now.patience < before.patience,
      progress.network == nil, progress.epoch > now.patience
    {
      length += options(of: configuration, .length).filter { $0.hasPrefix("--patience") }
    }
    // The schedule of a stage begins with it.
    if progress.network == nil { length.removeAll { $0.hasPrefix("--retrain-classifier") } }
    return options(of: configuration, .rule) + length
  }

  /// The options that differ, in words, and make its steps other steps: "--learning-rate 0.001 (now 0.1)".
  public func options(changingStepsIn configuration: TrainingConfiguration) -> [String] {
    options(changingShapeIn: configuration) + rules(changedIn: configuration)
  }

  /// The options that differ, in words, and change what comes of it: those, and the ones that make it longer or shorter.
  public func options(changingResultsIn configuration: TrainingConfiguration) -> [String] {
    let steps = options(changingStepsIn: configuration)
    return steps + options(of: configuration, .length).filter { !steps.contains($0) }
  }

  /// Its own changes of rules, and the one that it is to go on with other ones now.
  public func ruleChanges(goingOnWith configuration: TrainingConfiguration, classWeights: [Double]) -> [RuleChange] {
    let rules = rules(changedIn: configuration) + (weightChange(to: classWeights).map { [$0] } ?? [])
    return ruleChanges + (rules.isEmpty ? [] : [RuleChange(step: step, rules: rules)])
  }

  /// The options that differ from those of the run, in words.
  public func changes(to configuration: TrainingConfiguration) -> [String] {
    Self.differences(self.configuration, configuration).map(\.text)
  }

  /// Checks what follows from the data.
  ///
  /// - Throws: `CheckpointError` that names the differences.
  public func check(
    _ data: DataFingerprint, classWeights: [Double], _ configuration: TrainingConfiguration, path: String, force: Bool
  ) throws {
    if let difference = self.data.difference(from: data) {
      throw CheckpointError.otherData(
        path: path, difference: difference, options: options(ofDataIn: configuration))
    }
    let change = weightChange(to: classWeights)
    try check(rules: change.map { [$0] } ?? [], configuration, path: path, force: force)
  }

  /// The options that differ, in words, and say nothing of steps: those of the data.
  func options(ofDataIn configuration: TrainingConfiguration) -> [String] { options(of: configuration, .nothing) }

  /// Other class weights, in words; nil where they are the same.
  private func weightChange(to classWeights: [Double]) -> String? {
    guard classWeights != self.classWeights else { return nil }
    func list(_ weights: [Double]) -> String { weights.prefix(8).map { "\($0)" }.joined(separator: ",") }
    return "\(Self.classWeights)\(list(self.classWeights)) (now \(list(classWeights)))"
  }

  private func options(of configuration: TrainingConfiguration, _ effect: ResumeEffect) -> [String] {
    // A file of weights may lie elsewhere: the weights themselves are compared when they have been read.
    let (old, new) = (self.configuration.loss, configuration.loss)
    let haveFile = old.hasExplicitWeights && new.hasExplicitWeights && (old.hasWeightFile || new.hasWeightFile)
    return Self.differences(self.configuration, configuration)
      .filter { $0.effect == effect && !(haveFile && $0.text.hasPrefix("--class-weights ")) }.map(\.text)
  }

  /// The options that differ, by name: "--epochs 10 (now 20)".
  private static func differences(
    _ old: TrainingConfiguration, _ new: TrainingConfiguration
  ) -> [(text: String, effect: ResumeEffect)] {
    let (old, new) = (old.texts, new.texts)
    return Set(old.keys).union(new.keys).sorted().compactMap { name in
      let (before, now) = (old[name], new[name])
      guard before?.text != now?.text, let effect = before?.effect ?? now?.effect else { return nil }
      return ("--\(name) \(before?.text ?? "unset") (now \(now?.text ?? "unset"))", effect)
    }
  }
}
