import ClassWeighting
import Collectives
import Configuration
import Datasets
import Foundation
import Models
import Tensors
import Testing
import Training

private let alone = SingleProcessCommunicator()

/// Training of the last layer alone, after that of all of them.
@Suite struct ClassifierStageTests {
  private func end(of run: SmallRun) throws -> (result: RunResult, reports: [EpochReport], layout: ParameterLayout) {
    var (trainer, layout, _) = try run.trainer(over: alone)
    let observer = StoppingObserver()
    let result = try trainer.run(observer: observer)
    return (result, observer.reports, layout)
  }

  @Test(arguments: [OptimizerOptions.Kind.adam, .adamw, .sgd])
  func `the layers before it stay what the first stage delivers, whatever decays`(
    optimizer: OptimizerOptions.Kind
  ) throws {
    func run(retrained: Int) -> SmallRun {
      SmallRun(
        epochs: 9, optimizer: optimizer, learningRate: 0.1, keepModel: .best, retrained: retrained, weightDecay: 0.1)
    }
    let (one, reportsOfOne, layout) = try end(of: run(retrained: 0))
    let (two, reports, _) = try end(of: run(retrained: 4))
    let start = layout.classifierStart
    #expect(start % 16 != 0, "a last layer that begins with whole lanes shows nothing")
    #expect(one.parameters.prefix(start).array == two.parameters.prefix(start).array)
    #expect(one.parameters[start...].array != two.parameters[start...].array)
    #expect(one.delivered.epoch < 9, "a run whose last epoch is the best shows nothing")
    #expect(
      two.progress.network
        == NetworkStage(delivered: one.delivered, epochs: 9, steps: one.progress.step, endedEarly: false))

    #expect(reports.map(\.epoch) == Array(1...13) && reports.allSatisfy { $0.epochs == 13 })
    #expect(reports.map(\.stage) == Array(repeating: .network, count: 9) + Array(repeating: .classifier, count: 4))
    #expect(reports.map(\.networkEpoch) == reports.map { $0.epoch <= 9 ? nil : one.delivered.epoch })
    #expect(reports.prefix(9).map(\.training) == reportsOfOne.map(\.training))
    #expect(reports.map { $0.draws != nil } == reports.map { $0.epoch > 9 })
    // Epochs of the second stage are judged among themselves.
    #expect(reports[9].isBest && two.delivered.epoch > 9)
    let values = reports.suffix(4).map { $0.validation?.confusion.balancedAccuracy ?? 0 }
    let best = try #require(values.firstIndex(of: values.max() ?? 0))
    #expect(two.delivered.epoch == 10 + best && two.delivered.best?.value == values[best])
  }

  @Test func `early stopping ends each stage by its own epochs`() throws {
    let run = SmallRun(
      epochs: 40, learningRate: 0.1, keepModel: .best, earlyStopping: .loss, patience: 2, retrained: 30)
    let (result, reports, _) = try end(of: run)
    let network = try #require(result.progress.network)
    #expect(network.endedEarly && network.epochs < 40 && network.epochs == network.delivered.epoch + 2)
    #expect(reports.first { $0.stage == .classifier }?.epoch == network.epochs + 1)
    #expect(reports.filter { $0.stage == .network }.allSatisfy { $0.epochs == 70 })
    #expect(reports.filter { $0.stage == .classifier }.allSatisfy { $0.epochs == network.epochs + 30 })
    #expect(result.delivered.epoch > network.epochs)
    #expect(result.endedEarly == (result.progress.epoch < network.epochs + 30))
  }

  /// The last layer of one hidden one, in Double, by full batches of what is drawn.
  private struct Reference {
    let hidden: [[Double]]
    let labels: [Int]
    var weight: [[Double]]
    var bias: [Double]

    mutating func step(_ drawn: [Int], rate: Double, decay: Double) {
      var (dWeight, dBias) = (weight.map { $0.map { _ in 0.0 } }, bias.map { _ in 0.0 })
      for sample in drawn {
        let logits = bias.indices.map { label in
          zip(weight[label], hidden[sample]).reduce(bias[label]) { $0 + $1.0 * $1.1 }
        }
        let total = logits.reduce(0) { $0 + exp($1) }
        for label in bias.indices {
          let difference = exp(logits[label]) / total - (label == labels[sample] ? 1 : 0)
          dBias[label] += difference / Double(drawn.count)
          for unit in hidden[sample].indices {
            dWeight[label][unit] += difference * hidden[sample][unit] / Double(drawn.count)
          }
        }
      }
      for label in bias.indices {
        bias[label] -= rate * (dBias[label] + decay * bias[label])
        for unit in weight[label].indices {
          weight[label][unit] -= rate * (dWeight[label][unit] + decay * weight[label][unit])
        }
      }
    }
  }

  @Test func `it is gradient descent from the drawn layer, on class-balanced draws of the network's features`() throws {
    var run = SmallRun(
      epochs: 2, optimizer: .sgd, learningRate: 0.5, retrained: 12, batchSize: 200, weightDecay: 0.01,
      schedule: .cosine)
    run.momentum = 0
    let (one, _, layout) = try end(
      of: {
        var one = run; one.retrained = 0; return one
      }())
    let (two, reports, _) = try end(of: run)

    let training = try run.dataset(samples: 61, first: 0, over: alone)
    let rows = training.shards.flatMap { shard in
      (0..<shard.sampleCount).map { row in (0..<4).map { Double(shard.features.dense[row, $0]) } }
    }
    func tensor(_ name: String, _ parameters: Vector) throws -> [[Double]] {
      let tensor = try #require(layout[name])
      let width = tensor.range.count / tensor.shape[0]
      return (0..<tensor.shape[0]).map { row in
        (0..<width).map { Double(parameters[tensor.range.lowerBound + row * width + $0]) }
      }
    }
    let (w, b) = (try tensor("layers.0.weight", one.parameters), try tensor("layers.0.bias", one.parameters))
    // relu, and no dropout.
    let hidden = rows.map { x in
      w.indices.map { unit in max(0, zip(w[unit], x).reduce(b[unit][0]) { $0 + $1.0 * $1.1 }) }
    }
    let first = Vector(zeros: layout.paddedCount)
    layout.initializeClassifier(first, seed: 5)
    var reference = Reference(
      hidden: hidden, labels: training.shards.flatMap { $0.labels.map(Int.init) },
      weight: try tensor("layers.1.weight", first), bias: try tensor("layers.1.bias", first).map { $0[0] })

    let counts = try training.classCounts(over: alone)
    let draws = ClassDraws(rates: SamplingRule.power(0).rates(forCounts: counts))
    let schedule = LearningRateSchedule(shape: .cosine, peak: 0.5, warmupSteps: 3, totalSteps: 12)
    for epoch in 0..<12 {
      var (drawn, before) = ([Int](), 0)
      for shard in training.shards {
        var order: [UInt32] = []
        draws.order(&order, of: shard, epoch: 2 + epoch, seed: 5)
        drawn += order.map { before + Int($0) }
        before += shard.sampleCount
      }
      let ofClasses = counts.indices.map { label in drawn.count { reference.labels[$0] == label } }
      #expect(reports[2 + epoch].draws == ofClasses && reports[2 + epoch].learningRate == schedule.rate(atStep: epoch))
      reference.step(drawn, rate: schedule.rate(atStep: epoch), decay: 0.01)
    }
    let (weight, bias) = (try tensor("layers.1.weight", two.parameters), try tensor("layers.1.bias", two.parameters))
    for label in bias.indices {
      #expect(abs(bias[label][0] - reference.bias[label]) < 1e-5)
      for unit in weight[label].indices { #expect(abs(weight[label][unit] - reference.weight[label][unit]) < 1e-5) }
    }
  }

  @Test func `what its probabilities undo is the draws of the last layer alone`() {
    var configuration = SmallRun(retrained: 2).configuration
    configuration.loss.kind.loss = .balancedSoftmax
    configuration.steps.sampler = .oversample
    let weights = configuration.recordedPriorWeights(.fixed([3, 4, 0]), classCounts: [30, 10, 0])
    #expect(weights == [40.0 / 60, 40.0 / 20, 0])
  }
}
