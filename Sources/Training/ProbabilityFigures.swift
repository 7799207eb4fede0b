internal import Collectives
internal import Datasets
public import Metrics
public import Models
internal import Tensors

/// What there is to say of a model's probabilities on one part of the data, over all ranks: for its report.
///
/// Everything in it is an exact count or sum, so it is the same at any number of ranks.
public struct ProbabilityFigures: Sendable {
  /// How logits became the probabilities that the figures are of: the rules that were asked for, in their order.
  public let sums: [(kind: ProbabilityRule.Kind, sums: ProbabilitySums)]
  /// Of what each sample would be taken for by the largest probability of the last rule.
  public let byLastRule: ConfusionMatrix
  /// By probabilities of the first rule, of the rarest classes of the part, the rarest first.
  public let curves: [PrecisionRecallCurve]

  /// The most curves.
  private static let mostCurves = 5
  /// The most scores that are kept for curves, over all ranks: 256 MB of them.
  private static let mostScores = 1 << 26

  /// The classes that curves are made of: the rarest that a part has samples of, and fewer where samples are so many
  /// that their scores take too much memory.
  ///
  /// - Parameter counts: Samples of each class in the part, over all ranks. [C]
  static func rankedClasses(_ counts: [Int]) -> [Int] {
    let samples = counts.reduce(0, +)
    let present = counts.indices.filter { counts[$0] > 0 && counts[$0] < samples }
    let rarest = present.sorted { (counts[$0], $0) < (counts[$1], $1) }
    // Of two classes the curve of the other says the same.
    let most = counts.count == 2 ? 1 : mostCurves
    return Array(rarest.prefix(min(most, mostScores / max(samples, 1))))
  }
}

/// What one rank has seen of a part's probabilities.
struct ProbabilityTally {
  private let rules: [ProbabilityRule]
  private var sums: [ProbabilitySums]
  private var byLastRule: ConfusionMatrix
  /// The classes that there are curves of.
  private let ranked: [Int]
  /// Nil where somebody else keeps them.
  private var scores: ClassScores?
  private var predictions: [Int32] = []
  private let probabilities: BatchProbabilities
  /// False once a probability was no number: then there are no figures.
  private var isWhole = true

  /// - Parameters:
  ///   - rules: At least one.
  ///   - counts: Samples of each class in the part, over all ranks. [C]
  ///   - sampleCount: Those of this rank.
  ///   - keepsScores: Whether it keeps scores by the first rule; else `total` is given them.
  init(_ rules: [ProbabilityRule], counts: [Int], sampleCount: Int, keepsScores: Bool) {
    precondition(!rules.isEmpty)
    self.rules = rules
    sums = rules.map { _ in ProbabilitySums(classCount: counts.count) }
    byLastRule = ConfusionMatrix(classCount: counts.count)
    ranked = ProbabilityFigures.rankedClasses(counts)
    scores = keepsScores ? ClassScores(classCount: counts.count, ranking: ranked, reserving: sampleCount) : nil
    probabilities = BatchProbabilities(classCount: counts.count)
  }

  /// - Parameter logits: [C, n]
  mutating func record(_ logits: Matrix, labels: ArraySlice<Int32>) {
    guard isWhole else { return }
    do {
      for (place, rule) in rules.enumerated() {
        let probabilities = probabilities(logits, by: rule)
        try sums[place].record(probabilities: probabilities, labels: labels)
        if place == 0 { try scores?.record(probabilities: probabilities, labels: labels) }
        if place == rules.count - 1 {
          DecisionRule.predict(nil, probabilities, into: &predictions)
          byLastRule.record(actual: labels, predicted: predictions)
        }
      }
    } catch {
      isWhole = false
    }
  }

  /// The figures over all ranks; nil where a probability was no number on any of them. Collective.
  ///
  /// - Parameter kept: Scores of all classes by the first rule, where it has none of its own. They stay.
  consuming func total(
    rankedBy kept: ClassScores?, over communicator: some Communicator
  ) throws(CollectiveError) -> ProbabilityFigures? {
    guard try communicator.sum(isWhole ? 0 : 1) == 0 else { return nil }
    var all: [(kind: ProbabilityRule.Kind, sums: ProbabilitySums)] = []
    for (rule, sums) in zip(rules, sums) { all.append((rule.kind, try sums.total(over: communicator))) }
    let confusion = ConfusionMatrix(
      classCount: byLastRule.classCount, counts: try communicator.sum(byLastRule.counts))
    var curves: [PrecisionRecallCurve] = []
    if let kept {
      curves = try kept.curves(of: ranked, over: communicator)
    } else if var scores {
      curves = try scores.takeCurves(over: communicator)
    }
    return ProbabilityFigures(sums: all, byLastRule: confusion, curves: curves)
  }
}
