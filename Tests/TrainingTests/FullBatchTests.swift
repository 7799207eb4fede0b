import ClassWeighting
import Collectives
import Configuration
import Datasets
import Foundation
import Kernels
import Models
import RandomStreams
import Tensors
import TestSupport
import Testing
import Training

/// Training by full batches against float64: the loss, its gradient, the penalty, and where it ends.
@Suite struct FullBatchTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var samples = 157
    var weightDecay = 0.01
    var normalization = LossOptions.Normalization.weights
    var labelSmoothing = 0.0
    var isSparse = false
    var tolerance = 2e-6

    var testDescription: String { name }
    static let (features, classes, shards) = (5, 3, 6)
    static let weights = [0.5, 2, 3.25]

    var configuration: TrainingConfiguration {
      var configuration = TrainingConfiguration.defaults
      configuration.optimizer.optimizer = .lbfgs
      configuration.optimizer.weightDecay = weightDecay
      configuration.optimizer.tolerance = tolerance
      configuration.loss.lossNormalization = normalization
      configuration.loss.labelSmoothing = labelSmoothing
      configuration.steps.epochs = 300
      return configuration
    }

    /// Features are of very different sizes; every eleventh sample is ignored.
    func sample(_ index: Int) -> (features: [Float], label: Int32) {
      var random = RandomStream(seed: 9, purpose: .syntheticFeatures, index: index)
      let label = index % 9 == 0 ? 2 : index % 4 == 0 ? 1 : 0
      let features = (0..<Self.features).map { column -> Float in
        let value = Float((random.normal() + Double(label * (column % 3))) * pow(4, Double(column - 2)))
        return isSparse && (index + column) % 3 != 0 ? 0 : value
      }
      return (features, index % 11 == 10 ? -1 : Int32(label))
    }

    func dataset(over communicator: some Communicator) throws -> Dataset {
      let layout = try ShardLayout(shardCount: Self.shards, rankCount: communicator.size)
      let shards = layout.shards(ofRank: communicator.rank).map { index in
        let samples = layout.range(ofShard: index, in: samples).map { sample($0) }
        let labels = samples.map(\.label)
        guard isSparse else {
          let features = Vector(samples.flatMap(\.features)).matrix(rows: samples.count, columns: Self.features)
          return Shard(index: index, features: .dense(features), labels: labels)
        }
        var (starts, columns, values) = ([0], [Int32](), [Float]())
        for sample in samples {
          for (column, value) in sample.features.enumerated() where value != 0 {
            columns.append(Int32(column))
            values.append(value)
          }
          starts.append(values.count)
        }
        let matrix = SparseMatrix(columns: Self.features, starts: starts, entryColumns: columns, values: values)
        return Shard(index: index, features: .sparse(matrix), labels: labels)
      }
      return Dataset(
        name: "made up", featureNames: (0..<Self.features).map { "x\($0)" }, classNames: ["a", "b", "c"],
        layout: layout, shards: shards,
        sampleCounts: (0..<Self.shards).map { layout.range(ofShard: $0, in: samples).count })
    }

    func trainer<C: Communicator>(hidden: [Int] = [], over communicator: C) throws -> Trainer<C> {
      let data = try dataset(over: communicator)
      let shape = ModelShape(
        featureCount: Self.features, hidden: hidden, classCount: Self.classes, activation: .tanh)
      let network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: 4096)
      network.layout.initialize(network.parameters, seed: 5)
      return try Trainer(
        network, training: data, validation: nil, classWeights: .fixed(Self.weights),
        classCounts: try data.classCounts(over: communicator), plan: BatchPlan(wholeEpochsOf: data.sampleCounts),
        configuration: configuration, over: communicator)
    }

    /// f / μ-scaled as `Objective` has it, and its gradient, of a linear model: W [C, D], then b [C].
    func reference(_ parameters: [Double]) -> (value: Double, gradient: [Double]) {
      let (d, c) = (Self.features, Self.classes)
      var (loss, weight, count) = (0.0, 0.0, 0.0)
      var gradient = Array(repeating: 0.0, count: c * (d + 1))
      for index in 0..<samples {
        let (x, label) = sample(index)
        guard label >= 0 else { continue }
        let z = (0..<c).map { k in
          (0..<d).reduce(parameters[c * d + k]) { $0 + parameters[k * d + $1] * Double(x[$1]) }
        }
        let largest = z.max() ?? 0
        let logSum = largest + log(z.reduce(0) { $0 + exp($1 - largest) })
        weight += Self.weights[Int(label)]
        count += 1
        for k in 0..<c {
          // (1−ε) w_y [k = y] + ε/C w_k is the weight of −log p_k.
          let target =
            (k == Int(label) ? (1 - labelSmoothing) * Self.weights[k] : 0) + labelSmoothing / Double(c)
            * Self.weights[k]
          loss += target * (logSum - z[k])
          for j in 0..<c {
            let slope = target * (exp(z[j] - logSum) - (j == k ? 1 : 0))
            for column in 0..<d { gradient[j * d + column] += slope * Double(x[column]) }
            gradient[c * d + j] += slope
          }
        }
      }
      let divisor = normalization == .weights ? weight : normalization == .count ? count : 1
      let penalty = weightDecay * divisor / weight
      let squares = parameters.prefix(c * d).reduce(0) { $0 + $1 * $1 }
      return (
        loss / weight + penalty / 2 * squares,
        gradient.enumerated().map { $1 / weight + ($0 < c * d ? penalty * parameters[$0] : 0) }
      )
    }
  }

  static let cases = [
    Case(name: "weights"),
    Case(name: "count, label smoothing", normalization: .count, labelSmoothing: 0.2),
    Case(name: "sum", weightDecay: 1.5, normalization: .sum),
    Case(name: "sparse rows", isSparse: true),
    // Shards of several pieces.
    Case(name: "many samples", samples: 9_001),
    Case(name: "many sparse samples", samples: 27_001, isSparse: true),
  ]

  @Test(arguments: cases)
  func `a linear model ends in the optimum of float64, and says what it is`(_ test: Case) throws {
    var trainer = try test.trainer(over: SingleProcessCommunicator())
    let observer = Observer()
    let result = try trainer.run(observer: observer)
    let descent = try #require(result.descent)
    #expect(descent.ending == .tolerance && descent.largestGradient <= test.tolerance)
    #expect(result.progress.step == observer.reports.count && descent.evaluations >= result.progress.step)
    let parameters = result.parameters.array.map(Double.init)
    let (value, gradient) = test.reference(parameters)
    #expect(gradient.map(abs).max() ?? 1 <= 2 * test.tolerance)
    let known = try #require(result.progress.descent?.value)
    #expect(abs(known - value) <= 1e-6 * value)
    let last = try #require(observer.reports.last)
    #expect(last.training.confusion.sampleCount == (0..<test.samples).count { test.sample($0).label >= 0 })
    #expect(last.descent == descent)
  }

  @Test func `biases are not penalized`() throws {
    // With a penalty that leaves no weights, biases alone give the classes' weighted shares.
    var test = Case(name: "", weightDecay: 1e5)
    test.tolerance = 1e-4
    var trainer = try test.trainer(over: SingleProcessCommunicator())
    let parameters = try trainer.run(observer: Observer()).parameters.array
    #expect(parameters.prefix(15).allSatisfy { abs($0) < 1e-3 })
    let labels = (0..<test.samples).map { test.sample($0).label }.filter { $0 >= 0 }
    let weights = (0..<3).map { k in Double(labels.count { $0 == Int32(k) }) * Case.weights[k] }
    let exponentials = parameters.suffix(3).map { exp(Double($0)) }
    for k in 0..<3 {
      #expect(abs(exponentials[k] / exponentials.reduce(0, +) - weights[k] / weights.reduce(0, +)) < 2e-3)
    }
  }

  @Test(arguments: [[], [7]], [false, true])
  func `the same bits at any number of ranks`(hidden: [Int], isSparse: Bool) throws {
    let test = Case(name: "", samples: 2_003, isSparse: isSparse)
    func ends(_ ranks: Int) throws -> [[UInt32]] {
      try onThreads(ranks: ranks) { communicator in
        var trainer = try test.trainer(hidden: hidden, over: communicator)
        return try trainer.run(observer: Observer()).parameters.array.map(\.bitPattern)
      }
    }
    let whole = try ends(1)[0]
    for ranks in [2, 3, 6] { #expect(try ends(ranks).allSatisfy { $0 == whole }, "\(ranks) ranks") }
  }

  @Test func `a run goes on to a smaller tolerance, and ends where rounding does`() throws {
    var test = Case(name: "")
    test.tolerance = 1e-2
    var trainer = try test.trainer(over: SingleProcessCommunicator())
    let first = try trainer.run(observer: Observer())
    #expect(first.descent?.ending == .tolerance)
    // Nothing is left to do.
    #expect(try trainer.run(observer: Observer()).progress.step == first.progress.step)
    test.tolerance = 0
    var exact = try test.trainer(over: SingleProcessCommunicator())
    let (from, to) = (try trainer.state(), try exact.state())
    to.parameters.copy(from: from.parameters)
    for (one, other) in zip(to.optimizerMemory, from.optimizerMemory) { one.values.copy(from: other.values) }
    exact.resume(from: from.progress)
    let last = try exact.run(observer: Observer())
    #expect(last.progress.step > first.progress.step)
    #expect(last.descent?.ending != .tolerance && (last.descent?.largestGradient ?? 1) < 2e-6)
  }

  @Test func `an MLP's loss never rises, and falls far`() throws {
    let test = Case(name: "")
    var trainer = try test.trainer(hidden: [7], over: SingleProcessCommunicator())
    let observer = Observer()
    _ = try trainer.run(observer: observer)
    #expect(observer.values.count > 20)
    for (before, after) in zip(observer.values, observer.values.dropFirst()) { #expect(after <= before + 1e-6) }
    #expect((observer.values.last ?? 1) < 0.7 * (observer.values.first ?? 0))
  }

  @Test func `a loss that is no number at the beginning ends the run`() throws {
    let test = Case(name: "")
    var trainer = try test.trainer(over: SingleProcessCommunicator())
    try trainer.state().parameters[3] = .infinity
    let failure = #expect(throws: AgreedFailure.self) { try trainer.run(observer: Observer()) }
    #expect(failure?.message.contains("the loss at step 0 is not finite") == true)
  }

  /// Keeps what is reported.
  private final class Observer: TrainingObserver {
    var reports: [EpochReport] = []
    /// f at the end of each epoch.
    var values: [Double] = []

    var wish: Wish { .goOn }
    func reportFailure() {}
    func stepSkipped(_ error: TrainingError, count: Int) {}
    func evaluationNotFinite(_ error: TrainingError) {}
    func epochEnded(_ report: EpochReport) { reports.append(report) }
    func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) {
      if let value = state.progress.descent?.value { values.append(value) }
    }
  }
}
