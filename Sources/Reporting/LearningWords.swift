internal import Configuration
internal import Files
internal import Metrics
internal import Reports
internal import Runs
internal import Training

/// Whether a run learned, beside who would only guess, and what to type next: the last lines of its output.
struct LearningWords {
  private var epochs: [LearningOutcome.Epoch] = []
  private var lastEpoch = 0

  /// Takes in an epoch that was trained now; those of before the run was gone on with are not judged, nor those of
  /// members, each of which learns by itself; and of a run of two stages those of the first, in which it learns most.
  mutating func add(_ report: EpochReport) {
    guard report.member == nil, report.stage != .classifier else { return }
    lastEpoch = report.epoch
    let metric = report.metric
    let score = (report.validation ?? report.training).value(of: metric)
    epochs.append(
      LearningOutcome.Epoch(
        epoch: report.epoch, trainingLoss: finite(report.training.loss),
        trainingLogLoss: finite(report.training.logLoss), validationLoss: finite(report.validation?.loss),
        score: score.map { metric.isLoss ? -$0 : $0 }))
  }

  private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }

  /// Lines in the form of those above the table of epochs.
  func lines(_ end: RunEnd) -> [String] {
    let (part, evaluation) = end.final.fairest
    let confusion = evaluation.confusion
    let (left, steps) = (end.result.nonfiniteSteps, end.result.steps)
    let outcome = LearningOutcome(
      epochs, leftOut: Double(left) / Double(max(steps, 1)),
      endedEarly: end.result.progress.network?.endedEarly ?? end.result.endedEarly,
      followsEpochCount: LearningOutcome.followsEpochCount(options: Self.options(of: end.run)),
      hasValidation: end.final.validation != nil, confusion)
    var lines: [RunDescription.Line] = []
    if !end.final.training.isFinite || 2 * left > steps {
      lines.append(.init(title: "learning", text: words(ofDivergence: end)))
    } else if let words = Self.words(end.result.members, evaluation, end.run) {
      lines.append(.init(title: "learning", text: words))
    } else if let words = words(outcome, evaluation, end) {
      lines.append(.init(title: "learning", text: words.text))
      if let command = words.command { lines.append(.init(title: "", text: command)) }
    }
    let supports = end.run.classes.indices.map { confusion.support(of: $0) }
    if let most = supports.indices.max(by: { (supports[$0], -$0) < (supports[$1], -$1) }), confusion.sampleCount > 0 {
      let present = supports.count { $0 > 0 }
      let accuracy = Double(supports[most]) / Double(confusion.sampleCount)
      let name = end.run.classes[most].name
      lines.append(
        .init(
          title: "guessing",
          text: """
            always \(name.count > 20 ? name.prefix(19) + "…" : name): accuracy \(NumberFormat.fixed(accuracy)), balanced \
            \(NumberFormat.fixed(1 / Double(max(present, 1)))) on the \(part) data
            """))
    }
    // A model that is of no use needs another run, and no data.
    if let path = end.path, end.final.training.isFinite {
      lines.append(
        .init(title: "next", text: "cw-dist-train predict \(path.asShellWord) NEW-DATA --output predictions.csv"))
      lines.append(.init(title: "", text: "cw-dist-train evaluate \(path.asShellWord) OTHER-DATA"))
    }
    // Commands are of one line, to be copied.
    return lines.map { $0.text.hasPrefix("cw-dist-train ") ? $0.padded : TextLines.wrapped($0.padded, indent: 9) }
  }

  /// What a run came to of which most steps were left out, or whose model does not even give numbers for the samples that
  /// it was trained on.
  private func words(ofDivergence end: RunEnd) -> String {
    let (left, steps) = (end.result.nonfiniteSteps, end.result.steps)
    let leftOut =
      left == 0
      ? []
      : ["\(NumberFormat.grouped(left)) of \(NumberFormat.count(steps, "step")) had no finite loss and were left out"]
    let useless =
      end.final.training.isFinite
      ? [] : ["the model is of no use: what it says of the training data is not finite"]
    let facts = (leftOut + useless).joined(separator: ", and ")
    return "diverged: \(facts)\(useless.isEmpty ? kept(end) : ""); try a smaller --learning-rate, or a --clip-norm"
  }

  /// "; the model is that of epoch 2 of 10, the best"; "" where it is that of the last, and of several members.
  private func kept(_ end: RunEnd) -> String {
    let delivered = (end.result.progress.network?.delivered ?? end.result.delivered).epoch
    guard end.result.members.isEmpty, delivered < lastEpoch else { return "" }
    return "; the model is that of epoch \(delivered) of \(lastEpoch), the best"
  }

  /// What became of the learning of members; nil where there are none.
  private static func words(
    _ members: [TrainedMember], _ evaluation: Evaluation, _ run: RunDescription
  ) -> String? {
    guard !members.isEmpty else { return nil }
    guard LearningOutcome.beatsChance(evaluation.confusion) else { return wordsOfChance(evaluation, run) }
    // One that was not ended by --patience, and was best in the last tenth of its epochs: of those of all layers.
    let improving = members.count {
      let (endedEarly, delivered, epochs) =
        $0.network.map { ($0.endedEarly, $0.delivered, $0.epochs) } ?? ($0.endedEarly, $0.delivered, $0.epochs)
      return !endedEarly && 10 * delivered.epoch > 9 * epochs
    }
    let share = "\(improving) of \(members.count) members were best in the last tenth of their epochs"
    if 2 * improving > members.count { return "still improving: \(share); more --epochs may help" }
    // Those that were trained to the end of their epochs had learned less and less.
    let endedEarly = members.count { $0.network?.endedEarly ?? $0.endedEarly }
    return LearningOutcome.followsEpochCount(options: options(of: run)) && 2 * endedEarly < members.count
      ? "ended as planned: \(share); whether more would help, only a longer run can tell"
      : "settled: \(share); more epochs would change little"
  }

  private static func options(of run: RunDescription) -> [String: String] {
    Dictionary(run.options.map { ($0.name, $0.value) }) { first, _ in first }
  }

  /// Of a model that decides no better than who guesses. It may tell the classes apart all the same, and leave the rare ones
  /// behind the common ones everywhere, as one without weights does.
  private static func wordsOfChance(_ evaluation: Evaluation, _ run: RunDescription) -> String {
    guard let area = evaluation.ranking?.macroROCAUC, area >= 0.7,
      LearningOutcome.favoursNoRareClass(weightScheme: run.weightScheme, options: options(of: run))
    else {
      return "no better than chance: the features may not say, or it was too short"
    }
    return """
      decides no better than chance, and yet tells the classes apart (ROC-AUC \(NumberFormat.fixed(area))): balanced class \
      weights, or --tune-thresholds balanced-accuracy, would find more of the rare ones
      """
  }

  /// What became of learning, and what to type where that may help.
  private func words(
    _ outcome: LearningOutcome, _ evaluation: Evaluation, _ end: RunEnd
  ) -> (text: String, command: String?)? {
    let network = end.result.progress.network
    let delivered = network?.delivered ?? end.result.delivered
    let endedEarly = network?.endedEarly ?? end.result.endedEarly
    let best = delivered.best.map { "best at epoch \($0.epoch) of \(lastEpoch), " } ?? ""
    return switch outcome {
    case .diverged:
      ("diverged: the loss grew\(kept(end)); try a smaller --learning-rate, or a --clip-norm", nil)
    case .noBetterThanChance: (Self.wordsOfChance(evaluation, end.run), longer(end))
    case .stillImproving:
      ("still improving: \(Self.endedByMostSteps(end) ? "a larger --max-steps" : "more epochs") may help", longer(end))
    case .overfitting:
      ("\(best)overfitting since\(endedEarly ? "" : wordsOfEarlierEnd(end.run, best: delivered.best?.epoch))", nil)
    case .settled: ("settled: more epochs would change little", nil)
    case .annealed:
      (
        """
        ended as planned: the last epochs changed little, as they do at the end of a schedule; whether more would help, only \
        a longer run can tell
        """, nil
      )
    case .unknown:
      epochs.first.map {
        ("one epoch\($0.epoch > 1 ? " more" : "") cannot tell whether others would help", longer(end))
      }
    }
  }

  /// Whether it ended by --max-steps.
  private static func endedByMostSteps(_ end: RunEnd) -> Bool {
    end.run.options.contains { $0.name == "max-steps" && Int($0.value).map { $0 <= end.result.steps } ?? false }
  }

  /// "; --early-stopping would have ended at epoch 22 with the same model"; "" where it would not, as far as the epochs tell.
  private func wordsOfEarlierEnd(_ run: RunDescription, best: Int?) -> String {
    guard let best, epochs.first?.epoch == 1, let patience = Self.options(of: run)["patience"].flatMap({ Int($0) }),
      !run.options.contains(where: { $0.name == "early-stopping" && !$0.isDefault })
    else { return "" }
    var found: (epoch: Int, score: Double) = (0, -.infinity)
    for epoch in epochs {
      if let score = epoch.score, score > found.score { found = (epoch.epoch, score) }
      guard epoch.epoch - found.epoch >= patience else { continue }
      return found.epoch == best && epoch.epoch < lastEpoch
        ? "; --early-stopping would have ended at epoch \(epoch.epoch) with the same model" : ""
    }
    return ""
  }

  /// How to make the run twice as long; nil where that is another run: where its learning rate or its draws follow its end, or it
  /// ended before --epochs (also by --max-steps, or in an optimum), or has gone over to the last layer alone.
  private func longer(_ end: RunEnd) -> String? {
    let options = Self.options(of: end.run)
    guard let path = end.path, !end.result.endedEarly, !end.run.hasStages, end.result.progress.epoch == lastEpoch,
      options["epochs"] == "\(lastEpoch)", options["max-steps"].flatMap({ Int($0) }) == nil,
      end.result.descent?.ending == nil, !LearningOutcome.followsEpochCount(options: options)
    else { return nil }
    return "cw-dist-train --resume \(path.asShellWord) --epochs \(2 * lastEpoch)"
  }
}
