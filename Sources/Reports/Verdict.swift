internal import Metrics

/// What a person would say of a run, in three sentences: how well it finds what is rare, how good it is on the whole,
/// and what became of learning.
struct Verdict {
  let sentences: [String]
  /// Those that say nothing of learning.
  var sentencesOnFigures: [String] { Array(sentences.prefix(2)) }
  /// What the reader should know of these figures; nil where they are of samples that the run had not seen.
  let caution: String?

  init(_ model: ReportModel) {
    sentences = [Self.ofRareClass(model), Self.ofWhole(model), Self.ofLearning(model)]
    caution =
      switch model.part.name {
      case "training":
        """
        These are figures of the very samples that it was trained on, which flatter it; --validation-fraction or \
        --test-fraction holds out others to judge it by.
        """
      case "out-of-fold":
        """
        Each sample is judged by the member that was trained without it.\(Self.chosenByFolds(model.content))
        """
      case "validation": Self.chosenByValidation(model)
      default: nil
      }
  }

  /// What of a model of several members was chosen by the samples that it is judged by; "" where nothing was.
  private static func chosenByFolds(_ content: ReportContent) -> String {
    let chosen = [content.areEpochsChosen == false ? nil : "epochs", content.tunedFor.map { _ in "thresholds" }]
      .compactMap { $0 }
    guard !chosen.isEmpty else { return "" }
    return """
       The \(chosen.joined(separator: " and ")) were chosen by such samples, which flatters the figures a little; \
      --test-fraction does not.
      """
  }

  /// The rarest class that the judged part has samples of; of classes that are equally many that which is found worst.
  static func subject(_ model: ReportModel) -> (index: Int, isRare: Bool) {
    let present = model.byRarity.filter { model.perClass[$0].support > 0 }
    let counts = present.map { model.content.classes[$0].count }
    guard let rarest = present.first, let least = counts.min(), let most = counts.max() else { return (0, false) }
    if 2 * most >= 3 * max(least, 1) { return (rarest, true) }
    return (present.min { model.perClass[$0].recall < model.perClass[$1].recall } ?? rarest, false)
  }

  /// What of a model was chosen by the validation samples that it is judged by; nil where nothing was: members are chosen
  /// by their folds.
  private static func chosenByValidation(_ model: ReportModel) -> String? {
    let content = model.content
    let isLastKept = content.options.contains { $0.name == "keep-model" && $0.value == "last" }
    let isEpochChosen = content.memberEpochs == nil && model.lastEpoch > 1 && !isLastKept
    if content.tunedFor != nil {
      return """
        The thresholds were chosen on these validation samples\(isEpochChosen ? ", too" : ""), which flatters the figures; \
        --test-fraction does not.
        """
    }
    return isEpochChosen
      ? "The epoch was chosen by these validation samples, which flatters the figures a little; --test-fraction does not."
      : nil
  }

  private static func ofRareClass(_ model: ReportModel) -> String {
    let (index, isRare) = subject(model)
    let metrics = model.perClass[index]
    let hits = model.confusion[index, index]
    let absent = model.byRarity.filter { model.perClass[$0].support == 0 && model.content.classes[$0].count > 0 }
    let kind =
      absent.isEmpty
      ? isRare ? "the rarest" : "the weakest of classes of about one size"
      : "the \(isRare ? "rarest" : "weakest") that it was judged by"
    let name = "\(model.phrase(index)), \(kind)"
    guard metrics.support > 0 else { return "There was no sample to judge it by." }
    let others =
      absent.count > 1 ? " and \(Figures.count(absent.count - 1, "other class", plural: "other classes"))" : ""
    let lacking = absent.first.map { " Of \(model.phrase($0))\(others) there was no sample to judge it by." } ?? ""
    let whole = "its \(Figures.count(metrics.support, model.partNoun))"
    guard hits > 0 else {
      guard model.confusion.predictedCount(of: index) > 0 else {
        return "Never says \(name), so it finds none of \(whole)\(comparison(model, index)).\(lacking)"
      }
      return "Finds none of \(name) (\(whole))\(comparison(model, index)).\(lacking)"
    }
    let interval = Interval(share: hits, of: metrics.support, confidence: model.confidence)
    let range = "\(Figures.percent(interval.lower)) to \(Figures.percent(interval.upper))"
    return """
      Finds \(Figures.percent(metrics.recall)) of \(name) (\(Figures.grouped(hits)) of \(whole); with \(Figures.confidence(model.confidence)) \
      confidence \(range)), and is right in \(Figures.percent(metrics.precision)) of the cases in which it says so\
      \(comparison(model, index)).\(lacking)
      """
  }

  /// "; with the weighting undone it would find 35 %"
  private static func comparison(_ model: ReportModel, _ index: Int) -> String {
    guard let unweighted = model.unweighted else { return "" }
    let metrics = unweighted.perClass[index]
    guard metrics.recall + model.perClass[index].recall > 0 else { return "" }
    let precision =
      unweighted.predictedCount(of: index) == 0 ? "" : " at a precision of \(Figures.percent(metrics.precision))"
    return "; decided with the weighting undone, it would find \(Figures.percent(metrics.recall))\(precision)"
  }

  private static func ofWhole(_ model: ReportModel) -> String {
    let guess = model.alwaysMostCommon
    let ofClasses =
      switch model.presentCount {
      case 1: "over the one class that is there"
      case 2: "over both classes"
      default: "over the \(model.presentCount) classes"
      }
    return """
      On the whole it is right on \(Figures.percent(model.confusion.accuracy)) of \
      \(Figures.count(model.confusion.sampleCount, model.partNoun)), and in the mean \(ofClasses) it finds \
      \(Figures.percent(model.confusion.balancedAccuracy)) of each (balanced accuracy); always saying \
      \(model.phrase(model.mostCommon)) would be right on \(Figures.percent(guess.accuracy)) and find \
      \(Figures.percent(guess.balancedAccuracy)).
      """
  }

  private static func favoursNoRareClass(_ model: ReportModel) -> Bool {
    LearningOutcome.favoursNoRareClass(
      weightScheme: model.content.weightScheme,
      options: Dictionary(model.content.options.map { ($0.name, $0.value) }) { first, _ in first })
  }

  private static func ofLearning(_ model: ReportModel) -> String {
    let (delivered, last) = (model.content.delivered, model.lastEpoch)
    let best = "epoch \(delivered.epoch) of \(last), the best by \(delivered.metricTitle)"
    let isOne = model.content.memberEpochs == nil
    let kept = isOne && delivered.epoch < last ? "; the model is that of \(best)" : ""
    if let share = model.content.leftOutShare, share > 0.5 {
      return """
        Training diverged: \(Figures.percent(share)) of the steps were left out, since their loss was no number\(kept). A \
        smaller --learning-rate, or --clip-norm 1, may hold it.
        """
    }
    if let epochs = model.content.memberEpochs, let first = epochs.min(), let latest = epochs.max() {
      let range = first == latest ? "epoch \(first)" : "epochs \(first) to \(latest)"
      let choice =
        model.content.areEpochsChosen == false
        ? "each of its last epoch"
        : "each of the epoch that was the best by \(delivered.metricTitle) on samples that it was trained without"
      return """
        It is \(Figures.count(epochs.count, "model")) whose probabilities are averaged, \(choice): \(range) of \(last).
        """
    }
    return switch model.learning {
    case .diverged: "Training diverged: the loss grew\(kept). A smaller --learning-rate, or --clip-norm 1, may hold it."
    case .noBetterThanChance:
      """
      That is no better than chance: it has not learned to tell the classes apart, because the features do not say, or \
      because training was too short for it\
      \(favoursNoRareClass(model) ? "; or it decides for common classes alone, which class weights undo" : "").
      """
    case .stillImproving:
      """
      It was still improving when it ended after \(Figures.count(model.lastNetworkEpoch, "epoch"))\
      \(last > model.lastNetworkEpoch ? " of all layers" : ""): more --epochs may make it better\(kept).
      """
    case .overfitting:
      "It was overfitting at the end: on the validation part the loss has risen again\(kept)."
    case .settled: "It has settled: more epochs would change little\(kept)."
    case .annealed:
      """
      Its last epochs changed little, as they do when a schedule ends: whether more would make it better, only a longer run \
      can tell\(kept).
      """
    case .unknown: "\(Figures.count(last, "epoch")) cannot tell whether more would make it better."
    }
  }
}
