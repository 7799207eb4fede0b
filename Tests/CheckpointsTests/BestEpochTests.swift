import Collectives
import Configuration
import Foundation
import Models
import Tensors
import Testing
import Training

private let alone = SingleProcessCommunicator()

/// Which epoch's model a run delivers, and when it looks for no better one.
@Suite struct BestEpochTests {
  /// What a run came to, beside what an observer has seen: the parameters after each whole epoch.
  private func end(of run: SmallRun) throws -> (result: RunResult, reports: [EpochReport], parameters: [[Float]]) {
    var (trainer, layout, _) = try run.trainer(over: alone)
    var parameters: [[Float]] = []
    let observer = StoppingObserver { state, occasion in
      guard occasion == .epoch || occasion == .bestEpoch else { return }
      parameters.append(state.parameters.prefix(layout.count).array)
    }
    let result = try trainer.run(observer: observer)
    return (result, observer.reports, parameters)
  }

  /// By a comparison of its own.
  private func best(_ reports: [EpochReport], _ metric: ModelMetric, penalty: Double = 0) -> Int? {
    let values = reports.map { report -> Double in
      guard let evaluation = report.validation else { return .nan }
      let value: Double =
        switch metric {
        case .loss: -(evaluation.loss ?? .infinity)
        case .logLoss: -(evaluation.logLoss ?? .infinity)
        case .accuracy: evaluation.confusion.accuracy
        case .balancedAccuracy: evaluation.confusion.balancedAccuracy
        case .macroF1: evaluation.confusion.macroF1
        case .weightedF1: evaluation.confusion.weightedF1
        case .gMean: evaluation.confusion.gMean
        case .mcc: evaluation.confusion.mcc
        case .kappa: evaluation.confusion.kappa
        case .rocAUC: evaluation.ranking?.macroROCAUC ?? .nan
        case .averagePrecision: evaluation.ranking?.macroAveragePrecision ?? .nan
        }
      return value - penalty * (evaluation.logLoss ?? .infinity)
    }
    return values.max().flatMap { values.firstIndex(of: $0) }
  }

  @Test(arguments: ModelMetric.allCases)
  func `the parameters are those of the first epoch that has the best value`(metric: ModelMetric) throws {
    let run = SmallRun(epochs: 40, learningRate: 0.1, keepModel: .best, earlyStopping: metric, patience: 100)
    let (result, reports, parameters) = try end(of: run)
    let index = try #require(best(reports, metric))
    #expect(index < 39, "a run whose last epoch is the best shows nothing")
    #expect(result.parameters.array == parameters[index])
    #expect(result.parameters.array != parameters[39])
    #expect(result.delivered.epoch == index + 1 && result.delivered.step == reports[index].step)
    #expect(result.delivered.best?.metric == metric)
    #expect(reports.lastIndex { $0.isBest } == index)
    #expect(!result.endedEarly && result.progress.epoch == 40)
  }

  @Test(arguments: [0.01, 0.2, 5], [ModelMetric.balancedAccuracy, .macroF1, .loss])
  func `with a penalty it is the best by the metric and the log loss`(penalty: Double, metric: ModelMetric) throws {
    let run = SmallRun(
      epochs: 40, learningRate: 0.1, keepModel: .best, earlyStopping: metric, patience: 100, logLossPenalty: penalty)
    let (result, reports, parameters) = try end(of: run)
    let index = try #require(best(reports, metric, penalty: penalty))
    #expect(index < 39, "a run whose last epoch is the best shows nothing")
    #expect(result.delivered.epoch == index + 1 && result.parameters.array == parameters[index])
    #expect(result.delivered.best?.value == reports[index].validation?.value(of: metric))
    #expect(result.delivered.best?.logLoss == reports[index].validation?.logLoss)
    #expect(reports.lastIndex { $0.isBest } == index)
    // A large one outweighs the metric.
    if penalty == 5, metric == .balancedAccuracy { #expect(index != best(reports, metric)) }
  }

  @Test func `without --early-stopping it is the best by balanced accuracy; --keep-model last takes the last`() throws {
    let (kept, reports, parameters) = try end(of: SmallRun(epochs: 40, learningRate: 0.1, keepModel: .best))
    let index = try #require(best(reports, .balancedAccuracy))
    #expect(kept.parameters.array == parameters[index] && kept.delivered.best?.metric == .balancedAccuracy)
    let (last, _, same) = try end(of: SmallRun(epochs: 40, learningRate: 0.1))
    #expect(same == parameters)
    #expect(last.parameters.array == parameters[39] && last.delivered == kept.progress.lastDelivered)
  }

  @Test(arguments: [1, 2, 4], [ModelMetric.loss, .balancedAccuracy])
  func `it ends after so many epochs without a better one, and those before are as without it`(
    patience: Int, metric: ModelMetric
  ) throws {
    let whole = try end(
      of: SmallRun(epochs: 40, learningRate: 0.1, keepModel: .best, earlyStopping: metric, patience: 1_000))
    // The first epoch that is followed by so many that are no better.
    let bests = whole.reports.indices.filter { whole.reports[$0].isBest } + [whole.reports.count]
    let place = try #require(bests.indices.dropLast().first { bests[$0 + 1] - bests[$0] > patience })
    let (result, reports, parameters) = try end(
      of: SmallRun(epochs: 40, learningRate: 0.1, keepModel: .best, earlyStopping: metric, patience: patience))
    #expect(reports.count == bests[place] + 1 + patience && reports.count < 40)
    #expect(result.endedEarly && result.outcome == .completed)
    #expect(parameters == Array(whole.parameters.prefix(reports.count)))
    #expect(result.delivered.epoch == bests[place] + 1)
    #expect(result.parameters.array == parameters[bests[place]])
  }

  @Test func `a best epoch by another metric, or without its parameters, counts no more`() throws {
    let saved = try end(of: SmallRun(epochs: 5, keepModel: .best)).result.progress
    let best = try #require(saved.best)
    func adopted(_ run: SmallRun, holdsBest: Bool) throws -> TrainingProgress {
      try run.trainer(over: alone).0.adopting(saved, holdsBest: holdsBest)
    }
    #expect(try adopted(SmallRun(epochs: 9, keepModel: .best), holdsBest: true) == saved)
    #expect(try adopted(SmallRun(epochs: 9), holdsBest: false) == saved)
    // Nor is one of another loss compared with those to come, whichever epoch is delivered.
    for kept in [StoppingOptions.KeptModel.best, .last] {
      let trainer = try SmallRun(epochs: 9, keepModel: kept).trainer(over: alone).0
      let progress = trainer.adopting(saved, holdsBest: true, forgetsBest: true)
      #expect(progress.best == nil && progress.bestSoughtFrom == 5)
    }
    for (run, holdsBest) in [
      (SmallRun(epochs: 9, keepModel: .best), false),
      (SmallRun(epochs: 9, keepModel: .best, earlyStopping: .loss), true),
      // Nobody has noted its log loss.
      (SmallRun(epochs: 9, keepModel: .best, logLossPenalty: 0.2), true),
    ] {
      let progress = try adopted(run, holdsBest: holdsBest)
      #expect(progress.best == nil && progress.bestSoughtFrom == 5)
      // Patience begins there, too.
      var waiting = run
      (waiting.earlyStopping, waiting.patience, waiting.epochs) = (.loss, best.epoch < 5 ? 5 - best.epoch : 1, 9)
      var (trainer, _, _) = try waiting.trainer(over: alone)
      trainer.resume(from: progress)
      #expect(try trainer.run(observer: StoppingObserver()).delivered.epoch > 5)
    }
  }

  @Test func `a best epoch is read as it was written, and as older versions wrote it`() throws {
    func decoded(_ text: String) throws -> BestEpoch {
      try JSONDecoder().decode(BestEpoch.self, from: Data(text.utf8))
    }
    let old = try decoded(#"{"epoch": 3, "step": 96, "balanced_accuracy": 0.8125}"#)
    #expect(old.epoch == 3 && old.step == 96 && old.metric == .balancedAccuracy && old.value == 0.8125)
    for metric in ModelMetric.allCases {
      let best = try decoded("{\"epoch\": 1, \"step\": 2, \"\(metric.key)\": 0.1}")
      #expect(best.metric == metric && best.value == 0.1)
      #expect(try JSONDecoder().decode(BestEpoch.self, from: JSONEncoder().encode(best)) == best)
    }
    let penalized = try decoded(#"{"epoch": 3, "step": 96, "balanced_accuracy": 0.5, "epoch_log_loss": 0.25}"#)
    #expect(penalized.metric == .balancedAccuracy && penalized.logLoss == 0.25)
    #expect(try JSONDecoder().decode(BestEpoch.self, from: JSONEncoder().encode(penalized)) == penalized)
    #expect(throws: DecodingError.self) { try decoded(#"{"epoch": 3, "step": 96}"#) }
  }
}

extension TrainingProgress {
  /// What a run delivers that keeps the last epoch's model, and stands here.
  fileprivate var lastDelivered: DeliveredEpoch { DeliveredEpoch(epoch: epoch, step: step, best: nil) }
}
