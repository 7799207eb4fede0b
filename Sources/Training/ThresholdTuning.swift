public import Collectives
public import Datasets
package import Metrics
public import Models
internal import Tensors

/// Finds the offsets o of a decision argmax_c (z_c + o_c) by a part of the data that the model was not trained on.
///
/// `OffsetSearch` finds those for which the objective is largest there. Of few samples of a class they say little:
/// they fit what is chance in them. So for a metric over all classes the offsets that are taken are `share` of those
/// that are found; and none are, where they don't hold: each of five parts of the samples (by class, each sample in one)
/// is decided on with the offsets that the other four give, and the metric over all five must be larger than by the
/// largest logit. For a recall with a precision the offset is taken as it is found, since the precision is asked of it.
///
/// Measured on 24 tables, three splits each, macro F1 on a test part, by a network of 128 hidden units: 0.771 by the
/// largest logit; 0.776 with what is found as it is (at least 0.001 better in 32 of 72, worse in 26, at worst by 0.087);
/// 0.778 where it must hold (17, 5, 0.074); 0.781 with three quarters of it (36, 19, 0.074); 0.781 with both (23, 4,
/// 0.010).
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

  /// Of the offsets that are found, what is taken.
  static let share: Float = 0.75
  private static let foldCount = 5

  /// - Parameters:
  ///   - name: Of the objective, for the rule.
  ///   - isHeldBack: Whether only `share` of the offsets is taken, and only what holds; else they are as they are found.
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
    _ network: FeedForwardNetwork, on dataset: Dataset, unless isStopRequested: () -> Bool = { false },
    over communicator: some Communicator
  ) throws(CollectiveError) -> Outcome {
    let classCount = dataset.classCount
    var samples = DecisionSamples(classCount: classCount)
    let shardCounts = try dataset.shardClassCounts(over: communicator)
    let supports = (0..<classCount).map { label in shardCounts.reduce(0) { $0 + $1[label] } }
    var (areFinite, isStopped) = (true, false)
    var logits = EvaluationLogits(network, of: dataset, mostBytesKept: 0)
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
    guard let holds = try holds(samples, supports: supports, unless: isStopRequested, over: communicator) else {
      return .stopped
    }
    let offsets = Self.heldBack(tuned.offsets)
    let gain = try isBetter(
      samples.counts(by: offsets), samples.counts(by: samples.offsets), supports, over: communicator)
    return holds && gain ? .found(DecisionRule(metric: name, offsets: offsets), isReached: true) : .none
  }

  private static func heldBack(_ offsets: [Float]) -> [Float] { offsets.map { share * $0 } }

  /// Whether offsets do better than none on samples that they were not found on.
  ///
  /// - Returns: Nil where a rank was asked to stop.
  private func holds(
    _ samples: DecisionSamples, supports: [Int], unless isStopRequested: () -> Bool,
    over communicator: some Communicator
  ) throws(CollectiveError) -> Bool? {
    var tuned = [Int64](repeating: 0, count: 2 * samples.classCount)
    var untuned = tuned
    for fold in 0..<Self.foldCount {
      var others = samples.leavingOut(fold: fold, of: Self.foldCount)
      let counts = supports.map { $0 - DecisionSamples.count(inFold: fold, of: Self.foldCount, among: $0) }
      guard try search.run(&others, supports: counts, unless: isStopRequested, over: communicator) != nil else {
        return nil
      }
      let held = samples.only(fold: fold, of: Self.foldCount)
      tuned = zip(tuned, held.counts(by: Self.heldBack(others.offsets))).map { $0 + $1 }
      untuned = zip(untuned, held.counts(by: samples.offsets)).map { $0 + $1 }
    }
    return try isBetter(tuned, untuned, supports, over: communicator)
  }

  /// Whether one decision has a better score than another, over all ranks.
  ///
  /// - Parameters:
  ///   - one, other: 2C counts of this rank: hits, then predictions of each class.
  private func isBetter(
    _ one: [Int64], _ other: [Int64], _ supports: [Int], over communicator: some Communicator
  ) throws(CollectiveError) -> Bool {
    let counts = try communicator.sum(one + other)
    let (first, second) = (counts.prefix(one.count), counts.suffix(other.count))
    return search.score(Array(first), supports) > search.score(Array(second), supports)
  }
}
