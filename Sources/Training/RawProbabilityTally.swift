internal import Collectives
internal import Datasets
internal import Metrics
internal import Models
internal import Tensors

/// What one rank keeps of a part's raw probabilities: to rank its samples, 4 bytes for each sample and class; and sums,
/// where it is asked how sure the log loss is.
struct RawProbabilityTally {
  /// The most scores, N·C, over all ranks, of a part that is ranked without being asked for: 64 MiB of them, which a rank
  /// alone sorts in a part of a second. Whether there are figures depends on the data alone, never on ranks or on time.
  static let mostScores = 1 << 24

  private let rule: ProbabilityRule
  private let probabilities: BatchProbabilities
  /// Of all classes; nil where the samples are too many.
  private(set) var scores: ClassScores?
  /// Whether one rank may hold all of a class.
  private let isSmall: Bool
  private var sums: ProbabilitySums?
  /// False once a probability was no number: then there are no figures.
  private var isWhole = true

  /// - Parameters:
  ///   - needsRanking: Whether there must be one of any number of samples.
  ///   - sumsUp: Whether there are to be sums.
  /// - Returns: Nil where there is nothing to be kept; the same on all ranks.
  init?(of dataset: Dataset, needsRanking: Bool, sumsUp: Bool) {
    let classCount = dataset.classCount
    isSmall = dataset.sampleCount <= Self.mostScores / max(classCount, 1)
    guard isSmall || needsRanking || sumsUp else { return nil }
    rule = .raw(classCount: classCount)
    probabilities = BatchProbabilities(classCount: classCount)
    let sampleCount = dataset.shards.reduce(0) { $0 + $1.sampleCount }
    scores = isSmall || needsRanking ? ClassScores(classCount: classCount, reserving: sampleCount) : nil
    sums = sumsUp ? ProbabilitySums(classCount: classCount) : nil
  }

  /// - Parameter logits: [C, n]
  mutating func record(_ logits: Matrix, labels: ArraySlice<Int32>) {
    guard isWhole else { return }
    do {
      let probabilities = probabilities(logits, by: rule)
      try scores?.record(probabilities: probabilities, labels: labels)
      try sums?.record(probabilities: probabilities, labels: labels)
    } catch {
      isWhole = false
    }
  }

  /// The figures over all ranks; none where a probability was no number on any of them. Collective.
  consuming func total(
    over communicator: some Communicator
  ) throws(CollectiveError) -> (ranking: RankingMetrics?, sums: ProbabilitySums?) {
    guard try communicator.sum(isWhole ? 0 : 1) == 0 else { return (nil, nil) }
    let ranking =
      isSmall ? try scores?.takeSmallRanking(over: communicator) : try scores?.takeRanking(over: communicator)
    return (ranking, try sums?.total(over: communicator))
  }
}
