import Collectives
import Configuration
import Datasets
import Metrics
import Models
import Tensors
import TestSupport
import Testing
import Training

private let alone = SingleProcessCommunicator()

/// On the logits of the random cases that the temperature has references for.
@Suite struct ThresholdTuningTests {
  private static let objectives: [(objective: DecisionObjective, metric: @Sendable (ConfusionMatrix) -> Double)] = [
    (.macroF1, { $0.macroF1 }), (.balancedAccuracy, { $0.balancedAccuracy }), (.gMean, { $0.gMean }),
  ]

  private func rule(
    _ objective: DecisionObjective, _ reference: TemperatureReference, shards: Int = 5, mostCandidates: Int? = nil
  ) throws -> DecisionRule {
    let outcome = try ThresholdTuning(objective, name: "m", isHeldBack: false, mostCandidates: mostCandidates)
      .find(JudgedModel(reference.identity), on: reference.dataset(shards: shards, over: alone), over: alone)
    return try #require(outcome.rule)
  }

  /// By argmax (z + o), one sample at a time.
  ///
  /// - Parameter rows: Nil for all.
  private func confusion(
    _ reference: TemperatureReference, _ offsets: [Float], rows: [Int]? = nil
  ) -> ConfusionMatrix {
    let logits = Vector(bytes: Array(reference.logits)[...]).matrix(
      rows: reference.labels.count, columns: reference.classes)
    var matrix = ConfusionMatrix(classCount: reference.classes)
    for row in rows ?? Array(reference.labels.indices) where reference.labels[row] >= 0 {
      let label = reference.labels[row]
      var best = 0
      for index in 1..<reference.classes where logits[row, index] + offsets[index] > logits[row, best] + offsets[best] {
        best = index
      }
      matrix.record(actual: Int(label), predicted: best)
    }
    return matrix
  }

  /// Every decision that another offset of one class can make: one in each gap between what samples need, in Double.
  private func alternatives(_ reference: TemperatureReference, _ offsets: [Float], ofClass index: Int) -> [Float] {
    let logits = Vector(bytes: Array(reference.logits)[...]).matrix(
      rows: reference.labels.count, columns: reference.classes)
    let needed = reference.labels.indices.map { row -> Double in
      let others = (0..<reference.classes).filter { $0 != index }.map { Double(logits[row, $0]) + Double(offsets[$0]) }
      return (others.max() ?? 0) - Double(logits[row, index])
    }.sorted()
    return ([needed[0] - 5] + zip(needed, needed.dropFirst()).map { ($0 + $1) / 2 } + [needed[needed.count - 1] + 5])
      .map { Float($0) }
  }

  @Test func `no other offset of any class is better, says a search of every one`() throws {
    var gains = 0
    for reference in TemperatureReference.all where reference.labels.count <= 400 {
      for (objective, metric) in Self.objectives {
        let offsets = try rule(objective, reference).offsets
        let found = metric(confusion(reference, offsets))
        let before = metric(confusion(reference, Array(repeating: 0, count: reference.classes)))
        #expect(found >= before - 1e-12, "\(reference.kind)")
        if found > before + 1e-9 { gains += 1 }
        for index in 0..<reference.classes {
          for offset in alternatives(reference, offsets, ofClass: index) {
            var other = offsets
            other[index] = offset
            let value = metric(confusion(reference, other))
            #expect(value <= found + 1e-12, "\(reference.kind), \(objective): class \(index) by \(offset)")
          }
        }
      }
    }
    #expect(gains > 20, "\(gains) cases in which there was something to gain")
  }

  @Test func `where a class is missed all the same, no offsets are taken for the G-mean`() throws {
    var (found, none) = (0, 0)
    for reference in TemperatureReference.all where reference.labels.count <= 400 {
      for shards in [1, 5] {
        let outcome = try ThresholdTuning(.gMean, name: "m")
          .find(JudgedModel(reference.identity), on: reference.dataset(shards: shards, over: alone), over: alone)
        guard let rule = outcome.rule else {
          none += 1
          continue
        }
        found += 1
        let before = confusion(reference, Array(repeating: 0, count: reference.classes)).gMean
        #expect(confusion(reference, rule.offsets).gMean > before, "\(reference.kind)")
      }
    }
    #expect(found > 0 && none > 0, "\(found) found, \(none) not")
  }

  @Test func `a recall is the largest with the precision that is asked for, and where there is none the nearest`()
    throws
  {
    var (reached, missed) = (0, 0)
    for reference in TemperatureReference.all where reference.labels.count <= 400 {
      for precision in [0.5, 0.8, 1] {
        let index = reference.classes - 1
        let outcome = try ThresholdTuning(.recall(ofClass: index, precision: precision), name: "m")
          .find(JudgedModel(reference.identity), on: reference.dataset(over: alone), over: alone)
        guard case .found(let rule, let isReached) = outcome else {
          Issue.record("\(outcome)")
          continue
        }
        #expect(rule.offsets.indices.allSatisfy { $0 == index || rule.offsets[$0] == 0 })
        func figures(_ offset: Float) -> (recall: Double, precision: Double) {
          var offsets = rule.offsets
          offsets[index] = offset
          let metrics = confusion(reference, offsets).perClass[index]
          return (metrics.recall, metrics.precision)
        }
        let found = figures(rule.offsets[index])
        let all = alternatives(reference, rule.offsets, ofClass: index).map { figures($0) }
        let allowed = all.filter { $0.precision >= precision }
        #expect(isReached == !allowed.isEmpty)
        if isReached {
          reached += 1
          let largest = allowed.map(\.recall).max()
          #expect(found.precision >= precision && found.recall == largest)
          #expect(found.precision == allowed.filter { $0.recall == largest }.map(\.precision).max())
        } else {
          missed += 1
          #expect(found.precision == all.map(\.precision).max())
        }
      }
    }
    #expect(reached > 10 && missed > 0, "\(reached) reached, \(missed) missed")
  }

  @Test(arguments: [2, 3, 5], [nil, 24] as [Int?])
  func `same bits at every rank count`(ranks: Int, mostCandidates: Int?) throws {
    for reference in TemperatureReference.all.filter({ (51...400).contains($0.labels.count) }).prefix(4) {
      for (objective, _) in Self.objectives {
        for isHeldBack in [false, true] {
          let tuning = ThresholdTuning(
            objective, name: "m", isHeldBack: isHeldBack, mostCandidates: mostCandidates)
          let single = try tuning.find(JudgedModel(reference.identity), on: reference.dataset(over: alone), over: alone)
          let found = try onThreads(ranks: ranks) { rank in
            try ThresholdTuning(objective, name: "m", isHeldBack: isHeldBack, mostCandidates: mostCandidates)
              .find(JudgedModel(reference.identity), on: reference.dataset(over: rank), over: rank)
          }
          #expect(found == Array(repeating: single, count: ranks), "\(reference.kind), \(objective)")
        }
      }
    }
  }

  @Test func `with fewer candidates than samples it is not worse than without offsets, and near the best`() throws {
    var (some, all) = (0.0, 0.0)
    for reference in TemperatureReference.all where reference.labels.count > 50 {
      for (objective, metric) in Self.objectives {
        let value = metric(confusion(reference, try rule(objective, reference, mostCandidates: 40).offsets))
        #expect(value >= metric(confusion(reference, Array(repeating: 0, count: reference.classes))) - 1e-12)
        some += value
        all += metric(confusion(reference, try rule(objective, reference).offsets))
      }
    }
    #expect(some > 0.95 * all, "\(some) for \(all)")
  }

  /// Folds, thresholds and all by way of data sets of their own.
  @Test func `that share is taken that does best on samples that it was not found on`() throws {
    var taken: [Float: Int] = [:]
    for reference in TemperatureReference.all where reference.labels.count <= 400 {
      for (objective, metric) in Self.objectives {
        let found = try rule(objective, reference).offsets
        let zeros = [Float](repeating: 0, count: reference.classes)
        var places = [Int](repeating: 0, count: reference.classes)
        let folds = reference.labels.map { label -> Int in
          guard label >= 0 else { return -1 }
          places[Int(label)] += 1
          return (places[Int(label)] - 1) % 5
        }
        let shares: [Float] = [0, 0.75, 1]
        var matrices = shares.map { _ in ConfusionMatrix(classCount: reference.classes) }
        for fold in 0..<5 {
          let others = reference.labels.indices.filter { folds[$0] != fold && folds[$0] >= 0 }
          var offsets = zeros
          if !others.isEmpty {
            offsets =
              try outcome(others.map { reference.row($0) }, labels: others.map { reference.labels[$0] }, objective)
              .rule?.offsets ?? zeros
          }
          let held = reference.labels.indices.filter { folds[$0] == fold }
          for (place, share) in shares.enumerated() {
            let matrix = confusion(reference, offsets.map { share * $0 }, rows: held)
            for (cell, count) in matrix.counts.enumerated() { matrices[place].add(count, toCell: cell) }
          }
        }
        // Where a class is never found, G-means are all 0, and scores are not.
        if case .gMean = objective, matrices.contains(where: { metric($0) == 0 }) { continue }
        var share: Float = 0
        var value = metric(matrices[0])
        for place in 1...2 where metric(matrices[place]) > value + 1e-12 {
          (share, value) = (shares[place], metric(matrices[place]))
        }
        let offsets = found.map { share * $0 }
        let isGain = metric(confusion(reference, offsets)) > metric(confusion(reference, zeros)) + 1e-12
        let outcome = try ThresholdTuning(objective, name: "m")
          .find(JudgedModel(reference.identity), on: reference.dataset(over: alone), over: alone)
        #expect(
          outcome == (isGain ? .found(DecisionRule(metric: "m", offsets: offsets), isReached: true) : .none),
          "\(reference.kind), \(objective)")
        taken[isGain ? share : 0, default: 0] += 1
      }
    }
    #expect(taken.count == 3 && taken.values.allSatisfy { $0 > 1 }, "\(taken)")
  }

  /// Of samples whose logits are given.
  private func outcome(
    _ logits: [[Float]], labels: [Int32], _ objective: DecisionObjective = .macroF1, isHeldBack: Bool = false
  ) throws -> ThresholdTuning.Outcome {
    let layout = try ShardLayout(shardCount: 1, rankCount: 1)
    let classes = logits[0].count
    let features = Vector(logits.flatMap { $0 }).matrix(rows: labels.count, columns: classes)
    let dataset = Dataset(
      name: "t", featureNames: (0..<classes).map { "\($0)" }, classNames: (0..<classes).map { "\($0)" },
      layout: layout, shards: [Shard(index: 0, features: .dense(features), labels: labels)],
      sampleCounts: [labels.count])
    return try ThresholdTuning(objective, name: "macro-f1", isHeldBack: isHeldBack)
      .find(JudgedModel(TemperatureReference.identity(classes: classes)), on: dataset, over: alone)
  }

  @Test func `where there is nothing to find there is none, and what is right stays`() throws {
    #expect(try outcome([[1, 2], [3, 4]], labels: [-1, -1]) == .none)
    #expect(try outcome([[1, 2], [.nan, 4]], labels: [0, 1]) == .none)
    #expect(
      try outcome([[2, 1], [3, 4]], labels: [0, 1])
        == .found(DecisionRule(metric: "macro-f1", offsets: [0, 0]), isReached: true))
    #expect(try outcome([[2, 1], [3, 4]], labels: [0, 1], isHeldBack: true) == .none)
    // A sample that is ignored has no say.
    let with = try outcome([[1, 3], [2, 3], [9, 0], [0, 9]], labels: [0, 1, -1, 1])
    #expect(try with == outcome([[1, 3], [2, 3], [0, 9]], labels: [0, 1, 1]))
  }

  @Test func `a stop that one rank is asked for stops all`() throws {
    let reference = TemperatureReference.all[0]
    for wishes in [0, 1, 7] {
      let outcomes = try onThreads(ranks: 3) { rank in
        var asked = 0
        return try ThresholdTuning(.macroF1, name: "m").find(
          JudgedModel(reference.identity), on: reference.dataset(over: rank),
          unless: {
            asked += 1
            return rank.rank == 1 && asked > wishes
          }, over: rank)
      }
      #expect(outcomes.allSatisfy { $0 == outcomes[0] })
      if wishes == 0 { #expect(outcomes[0] == .stopped) }
    }
  }
}

extension TemperatureReference {
  /// The logits of a sample. [C]
  fileprivate func row(_ index: Int) -> [Float] {
    Vector(bytes: Array(logits)[...]).matrix(rows: labels.count, columns: classes).row(index).array
  }
}
