import Collectives
import Datasets
import Foundation
import Models
import Tensors
import TestSupport
import Testing
import Training

private let alone = SingleProcessCommunicator()

@Suite struct TemperatureFitTests {
  private func temperature(_ reference: TemperatureReference, mostBytesKept: Int = 1 << 20) throws -> Double {
    let outcome = try TemperatureFit(weights: reference.weights, mostBytesKept: mostBytesKept)
      .find(JudgedModel(reference.identity), on: reference.dataset(over: alone), over: alone)
    return try #require(outcome.temperature)
  }

  @Test func `the temperature is scipy's, in 40 random cases`() throws {
    #expect(TemperatureReference.all.count == 40)
    for (number, reference) in TemperatureReference.all.enumerated() {
      let found = try temperature(reference)
      if reference.isSharp {
        #expect(
          abs(found / reference.temperature - 1) < 1e-5,
          "case \(number), \(reference.kind): \(found), \(reference.temperature)")
      }
      let loss = reference.logLoss(.calibrated(weights: reference.weights, temperature: found))
      #expect(loss < reference.logLoss + 2e-9, "case \(number), \(reference.kind): \(found)")
      #expect(TemperatureFit.range.contains(found))
      // The reference's own, by the other's rule: both mean the same by it.
      #expect(abs(reference.logLoss(.prior(weights: reference.weights)) - reference.logLossAt1) < 1e-9)
    }
  }

  @Test(arguments: [1, 2, 3, 5])
  func `same bits at every rank count`(ranks: Int) throws {
    for reference in TemperatureReference.all where reference.labels.count > 50 {
      let single = try temperature(reference)
      let found = try onThreads(ranks: ranks) { rank in
        try TemperatureFit(weights: reference.weights)
          .find(JudgedModel(reference.identity), on: reference.dataset(over: rank), over: rank)
      }
      #expect(found == Array(repeating: .found(single), count: ranks), "\(reference.kind)")
    }
  }

  @Test func `logits that are not kept change no bit`() throws {
    for reference in TemperatureReference.all.prefix(10) {
      #expect(try temperature(reference, mostBytesKept: 0) == temperature(reference))
    }
  }

  @Test func `samples that have no say change nothing`() throws {
    let reference = try #require(TemperatureReference.all.first { $0.kind == "weight 0" })
    let dataset = try reference.dataset(over: alone)
    let shards = dataset.shards.map { shard in
      Shard(
        index: shard.index, features: shard.features,
        labels: shard.labels.map { reference.weights[Int($0)] == 0 ? Shard.ignoredLabel : $0 })
    }
    let without = Dataset(
      name: "t", featureNames: dataset.featureNames, classNames: dataset.classNames, layout: dataset.layout,
      shards: shards, sampleCounts: dataset.sampleCounts)
    #expect(shards.flatMap(\.labels).contains(Shard.ignoredLabel))
    #expect(
      try TemperatureFit(weights: reference.weights).find(JudgedModel(reference.identity), on: without, over: alone)
        .temperature
        == temperature(reference))
  }

  /// Of samples whose logits are given.
  private func outcome(_ logits: [[Float]], labels: [Int32]) throws -> TemperatureFit.Outcome {
    let layout = try ShardLayout(shardCount: 1, rankCount: 1)
    let classes = logits[0].count
    let features = Vector(logits.flatMap { $0 }).matrix(rows: labels.count, columns: classes)
    let dataset = Dataset(
      name: "t", featureNames: (0..<classes).map { "\($0)" }, classNames: (0..<classes).map { "\($0)" },
      layout: layout, shards: [Shard(index: 0, features: .dense(features), labels: labels)],
      sampleCounts: [labels.count])
    let identity = TemperatureReference.identity(classes: classes)
    return try TemperatureFit(weights: Array(repeating: 1, count: classes)).find(
      JudgedModel(identity), on: dataset, over: alone)
  }

  @Test func `where there is nothing to find there is no temperature`() throws {
    #expect(try outcome([[1, 2], [3, 4]], labels: [-1, -1]) == .none)
    #expect(try outcome([[1, 2], [.nan, 4]], labels: [0, 1]) == .none)
    #expect(try outcome([[1, 2], [3, .infinity]], labels: [0, 1]) == .none)
    // A model that says nothing is as good at any; it stays as it is.
    #expect(try outcome([[2, 2], [0, 0]], labels: [0, 1]) == .found(1))
    // Ever surer, and ever less sure.
    #expect(try outcome([[1, 0], [0, 1]], labels: [0, 1]) != .found(1))
    #expect(try outcome([[1, 0], [0, 1]], labels: [1, 0]) == .found(100))
    #expect(try outcome([[0.01, 0], [0, 0.01]], labels: [0, 1]) == .found(0.01))
  }

  @Test func `a stop that one rank is asked for stops all`() throws {
    let reference = TemperatureReference.all[0]
    let outcomes = try onThreads(ranks: 3) { rank in
      try TemperatureFit(weights: reference.weights)
        .find(
          JudgedModel(reference.identity), on: reference.dataset(over: rank), unless: { rank.rank == 1 }, over: rank)
    }
    #expect(outcomes == Array(repeating: .stopped, count: 3))
  }
}
