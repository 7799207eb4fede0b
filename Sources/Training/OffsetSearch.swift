internal import Collectives
internal import Metrics
internal import Tensors

/// The search for the offsets o of a decision argmax_c (z_c + o_c) for which an objective is largest over some samples: one
/// coordinate at a time.
///
/// For one class c, with the offsets of the others as they are, a sample is taken for c where o_c is above its threshold
/// max_{k≠c} (z_k + o_k) − z_c. Sorted, the thresholds cut the line into gaps, in each of which every sample is taken
/// for one class: the objective is counted in all of them, and the offset moves into the middle of the best gap where
/// that is better than what there is (of equals, to the nearest). Class after class, in rounds, until a round changes
/// nothing: a maximum in every single offset, not necessarily of all together. As the objective grows with every
/// move, it ends; `mostRounds` is for the rest.
///
/// Everything that ranks add up is an integer, and thresholds follow from a sample alone: the same bits at any number
/// of ranks (promise 1).
///
/// Cost, with N samples, C classes, P ranks, and K candidates a class (all thresholds where N ≤ `mostCandidates`, else
/// so many at equal distances among the samples of each class): memory N·C/P floats; a class takes a pass over N/P
/// thresholds with log K comparisons each, K·C to count, and a sum of K·(2C+1) integers over ranks, which
/// `ThresholdChoice.most` keeps to a million; a move as much as N·C/P. Some three to eight rounds.
struct OffsetSearch {
  let objective: DecisionObjective
  /// Of a class; nil for what memory and time allow.
  let mostCandidates: Int?

  private static let mostRounds = 50

  /// Moves the offsets of samples from where they are. Collective.
  ///
  /// - Parameter supports: n_c of these samples, over all ranks. [C]
  /// - Returns: Nil where a rank was asked to stop.
  func run(
    _ samples: inout DecisionSamples, supports: [Int], unless isStopRequested: () -> Bool,
    over communicator: some Communicator
  ) throws(CollectiveError) -> DecisionScore? {
    let classes: [Int] = if case .recall(let index, _) = objective { [index] } else { Array(supports.indices) }
    var score = try score(of: samples, offset: 0, ofClass: 0, supports, over: communicator)
    var isMoving = true
    for _ in 0..<Self.mostRounds where isMoving {
      isMoving = false
      for classIndex in classes {
        guard try communicator.sum(isStopRequested() ? 1 : 0) == 0 else { return nil }
        let now = samples.offsets[classIndex]
        guard
          let next = try best(ofClass: classIndex, samples, supports, better: score, over: communicator), next != now
        else { continue }
        // Counted anew: at a threshold, rounding may decide otherwise than it was counted.
        let found = try self.score(of: samples, offset: next, ofClass: classIndex, supports, over: communicator)
        guard found > score else { continue }
        samples.setOffset(next, ofClass: classIndex)
        (score, isMoving) = (found, true)
      }
    }
    return score
  }

  /// The score with another offset of one class, over all ranks.
  private func score(
    of samples: DecisionSamples, offset: Float, ofClass classIndex: Int, _ supports: [Int],
    over communicator: some Communicator
  ) throws(CollectiveError) -> DecisionScore {
    self.score(try communicator.sum(samples.counts(offset: offset, ofClass: classIndex)), supports)
  }

  /// - Parameter counts: 2C, over all ranks: hits, then predictions of each class.
  func score(_ counts: [Int64], _ supports: [Int]) -> DecisionScore {
    let numbers = counts.map { Int($0) }
    let tally = DecisionTally(
      supports: supports, hits: Array(numbers[..<supports.count]), predicted: Array(numbers[supports.count...]))
    return tally.score(objective)
  }

  /// The best offset of a class, with those of the others as they are.
  ///
  /// - Returns: Nil where none is better than `score`.
  private func best(
    ofClass classIndex: Int, _ samples: DecisionSamples, _ supports: [Int], better score: DecisionScore,
    over communicator: some Communicator
  ) throws(CollectiveError) -> Float? {
    let classCount = samples.classCount
    let choice = ThresholdChoice(
      ofClass: classIndex, supports: supports, most: mostCandidates ?? ThresholdChoice.most(classCount: classCount))
    let thresholds = samples.labels.indices.map { samples.threshold(ofClass: classIndex, $0) }
    let chosen = thresholds.indices.filter { choice.takes(label: samples.labels[$0], place: samples.places[$0]) }
      .map { thresholds[$0] }
    let all = try communicator.allgather(Vector(bitPatterns: chosen.map(\.bitPattern)).bytes)
      .flatMap { Vector(bytes: $0[...]).array }
    let candidates = ThresholdCandidates(all)
    let width = 2 * classCount + 1
    // Of each candidate, and of none: samples that it is the first to take, those of the class itself; and by the class
    // that they are taken from, how many, and how many of that class.
    var moves = [Int64](repeating: 0, count: (candidates.offsets.count + 1) * width)
    for (sample, threshold) in thresholds.enumerated() {
      let start = candidates.place(of: threshold) * width
      let (label, rival) = (Int(samples.labels[sample]), samples.rival(of: classIndex, sample).classIndex)
      if label == classIndex { moves[start] += 1 }
      moves[start + 1 + rival] += 1
      if label == rival { moves[start + 1 + classCount + rival] += 1 }
    }
    moves = try communicator.sum(moves)
    return best(
      candidates.offsets, moves, supports, ofClass: classIndex, now: samples.offsets[classIndex], better: score)
  }

  /// Goes over the candidates from below, by which more and more samples are taken for the class.
  ///
  /// - Parameters:
  ///   - moves: [K + 1, 2C + 1], over all ranks.
  ///   - now: Of equally good candidates the nearest to it is chosen; of two as near the lower.
  private func best(
    _ candidates: [Float], _ moves: [Int64], _ supports: [Int], ofClass classIndex: Int, now: Float,
    better score: DecisionScore
  ) -> Float? {
    let classCount = supports.count
    let width = 2 * classCount + 1
    var tally = DecisionTally(
      supports: supports, hits: Array(repeating: 0, count: classCount),
      predicted: Array(repeating: 0, count: classCount))
    // Below all of them, nothing is taken for the class.
    for start in stride(from: 0, to: moves.count, by: width) {
      for other in 0..<classCount {
        tally.predicted[other] += Int(moves[start + 1 + other])
        tally.hits[other] += Int(moves[start + 1 + classCount + other])
      }
    }
    var (best, bestScore): (Float?, DecisionScore) = (nil, score)
    for (place, offset) in candidates.enumerated() {
      let start = place * width
      tally.hits[classIndex] += Int(moves[start])
      for other in 0..<classCount {
        let count = Int(moves[start + 1 + other])
        guard count > 0 else { continue }
        tally.predicted[other] -= count
        tally.predicted[classIndex] += count
        tally.hits[other] -= Int(moves[start + 1 + classCount + other])
      }
      let found = tally.score(objective)
      guard found > score else { continue }
      let isNearer = best.map { (offset - now).magnitude < ($0 - now).magnitude } ?? true
      if found > bestScore || (found == bestScore && isNearer) { (best, bestScore) = (offset, found) }
    }
    return best
  }
}
