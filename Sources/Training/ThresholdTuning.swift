public import Collectives
public import Datasets
package import Metrics
public import Models
internal import Tensors

/// Finds the offsets o of a decision argmax_c (z_c + o_c) by a part of the data that the model was not trained on.
///
/// `OffsetSearch` finds those for which the objective is largest there. Of few samples of a class they say little:
/// they fit what is chance in them. So for a metric over all classes a share of them is taken, 1, ¾ or none, whichever
/// holds best: each of five parts of the samples (by class, each sample in one) is decided on with that share of the
/// offsets that the other four give, and the metric over all five is compared. For a recall with a precision the offset
/// is taken as it is found, since the precision is asked of it.
///
/// Measured on 24 tables, three splits each, macro F1 on a test part, by a network of 128 hidden units with balanced
/// weights: 0.771 by the largest logit; 0.776 with what is found as it is (at least 0.001 better in 32 of 72, worse in
/// 26); 0.779 so (23 and 5). Where the logits stand for the classes' own frequencies: 0.757, 0.776 (33, 22), and 0.780
/// so (29, 3).
public struct ThresholdTuning {
  /// What came of it.
  public enum Outcome: Equatable, Sendable {
    /// `isReached`: whether there is an offset with the precision that was asked for.
    case found(DecisionRule, isReached: Bool)
    /// There are no offsets that hold; or no sample has a say, or a logit is no number.
    case none
    /// A rank was asked to stop.
    case stopped

    public var rule: DecisionRule? { if case .found(let rule, _) = self { rule } else { nil } }
  }

  private let name: String
  private let search: OffsetSearch
  private let isHeldBack: Bool

  /// Of the offsets that are found, what may be taken. Of equally good ones the first is.
  private static let shares: [Float] = [0.75, 1]
  private static let foldCount = 5

  /// - Parameters:
  ///   - name: Of the objective, for the rule.
  ///   - isHeldBack: Whether that share of the offsets is taken that holds; else they are as they are found.
  ///   - mostCandidates: Of a class; nil for what memory and time allow.
  package init(_ objective: DecisionObjective, name: String, isHeldBack: Bool? = nil, mostCandidates: Int? = nil) {
    self.name = name
    search = OffsetSearch(objective: objective, mostCandidates: mostCandidates)
    let isRecall = if case .recall = objective { true } else { false }
    self.isHeldBack = isHeldBack ?? !isRecall
  }

  /// Collective.
  ///
  /// - Parameter isStopRequested: Asked now and then.
  public func find(
    _ model: JudgedModel, on dataset: Dataset, unless isStopRequested: () -> Bool = { false },
    over communicator: some Communicator
  ) throws(CollectiveError) -> Outcome {
    let classCount = dataset.classCount
    var samples = DecisionSamples(classCount: classCount)
    let shardCounts = try dataset.shardClassCounts(over: communicator)
    let supports = (0..<classCount).map { label in shardCounts.reduce(0) { $0 + $1[label] } }
    var (areFinite, isStopped) = (true, false)
    var logits = EvaluationLogits(model, of: dataset, mostBytesKept: 0)
    for (index, shard) in dataset.shards.enumerated() where areFinite && !isStopped {
      var places = (0..<classCount).map { label in (0..<shard.index).reduce(0) { $0 + shardCounts[$1][label] } }
      isStopped = !logits.forEachBatch(ofShard: index, unless: isStopRequested) { logits, labels in
        areFinite = areFinite && samples.append(logits, labels: labels, nextPlaces: &places)
      }
    }
    let flags = try communicator.sum([areFinite ? 0 : 1, isStopped ? 1 : 0])
    guard flags[1] == 0 else { return .stopped }
    guard flags[0] == 0, supports.contains(where: { $0 > 0 }) else { return .none }

    var tuned = samples
    guard let score = try search.run(&tuned, supports: supports, unless: isStopRequested, over: communicator) else {
      return .stopped
    }
    guard isHeldBack else {
      let isReached = if case .recall = search.objective { score.rank > 0 } else { true }
      return .found(DecisionRule(metric: name, offsets: tuned.offsets), isReached: isReached)
    }
    guard let share = try self.share(samples, supports: supports, unless: isStopRequested, over: communicator) else {
      return .stopped
    }
    let offsets = tuned.offsets.map { share * $0 }
    let isGain = try isBetter(
      samples.counts(by: offsets), samples.counts(by: samples.offsets), supports, over: communicator)
    return isGain ? .found(DecisionRule(metric: name, offsets: offsets), isReached: true) : .none
  }

  /// The share of offsets that does best on samples that they were not found on; 0 where none does better than none.
  ///
  /// - Returns: Nil where a rank was asked to stop.
  private func share(
    _ samples: DecisionSamples, supports: [Int], unless isStopRequested: () -> Bool,
    over communicator: some Communicator
  ) throws(CollectiveError) -> Float? {
    let shares = [0] + Self.shares
    var counts = shares.map { _ in [Int64](repeating: 0, count: 2 * samples.classCount) }
    for fold in 0..<Self.foldCount {
      var others = samples.leavingOut(fold: fold, of: Self.foldCount)
      let ofOthers = supports.map { $0 - DecisionSamples.count(inFold: fold, of: Self.foldCount, among: $0) }
      guard try search.run(&others, supports: ofOthers, unless: isStopRequested, over: communicator) != nil else {
        return nil
      }
      let held = samples.only(fold: fold, of: Self.foldCount)
      for (place, share) in shares.enumerated() {
        let ofFold = held.counts(by: others.offsets.map { share * $0 })
        counts[place] = zip(counts[place], ofFold).map { $0 + $1 }
      }
    }
    var best = 0
    for place in 1..<shares.count {
      if try isBetter(counts[place], counts[best], supports, over: communicator) { best = place }
    }
    return shares[best]
  }

  /// Whether one decision has a better score than another, over all ranks. One that misses a class is no better by G-mean,
  /// whatever the search makes of it on its way.
  ///
  /// - Parameters:
  ///   - one, other: 2C counts of this rank: hits, then predictions of each class.
  private func isBetter(
    _ one: [Int64], _ other: [Int64], _ supports: [Int], over communicator: some Communicator
  ) throws(CollectiveError) -> Bool {
    let counts = try communicator.sum(one + other)
    let (first, second) = (counts.prefix(one.count), counts.suffix(other.count))
    let score = search.score(Array(first), supports)
    return score > search.score(Array(second), supports) && !score.isNothing
  }
}
