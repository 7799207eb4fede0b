import Checkpoints
import Collectives
import Configuration
import Failures
import Foundation
import Models
import Tensors
import TestSupport
import Testing
import Training

/// Promise 1, with interruptions: where a run is cut, and how many ranks go on with it, changes no bit.
@Suite struct ResumeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let run: SmallRun

    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "adam, mlp with dropout", run: SmallRun()),
    Case(name: "adam, linear, per-batch weights", run: SmallRun(hidden: [], perBatchWeights: true)),
    Case(name: "sgd with momentum, accumulation", run: SmallRun(optimizer: .sgd, accumulation: 2)),
    Case(
      name: "lbfgs, linear, per-batch weights",
      run: SmallRun(epochs: 6, optimizer: .lbfgs, hidden: [], perBatchWeights: true)),
    Case(name: "lbfgs, mlp", run: SmallRun(epochs: 14, optimizer: .lbfgs)),
    Case(name: "class-balanced", run: SmallRun(sampler: .classBalanced)),
    Case(
      name: "progressive, linear, per-batch weights",
      run: SmallRun(epochs: 4, hidden: [], perBatchWeights: true, sampler: .progressive)),
    Case(name: "oversampled, accumulation", run: SmallRun(epochs: 6, accumulation: 3, sampler: .oversample)),
    Case(name: "undersampled", run: SmallRun(epochs: 5, sampler: .undersample, keepModel: .best)),
    Case(name: "an epoch cut by --max-steps", run: SmallRun(maxSteps: 15)),
    Case(name: "the best epoch is kept", run: SmallRun(epochs: 4, learningRate: 0.1, keepModel: .best)),
    Case(
      name: "the best epoch is kept, early stopping",
      run: SmallRun(epochs: 9, learningRate: 0.1, keepModel: .best, earlyStopping: .loss, patience: 2)),
    Case(name: "the last layer again", run: SmallRun(epochs: 2, retrained: 2, schedule: .cosine)),
    Case(
      name: "the last layer again, accumulation, decay",
      run: SmallRun(epochs: 2, optimizer: .sgd, accumulation: 2, retrained: 3, weightDecay: 0.1)),
    Case(
      name: "the last layer again, after early stopping, the best is kept",
      run: SmallRun(
        epochs: 9, optimizer: .adamw, learningRate: 0.1, keepModel: .best, earlyStopping: .loss, patience: 1,
        retrained: 3, weightDecay: 0.1)),
    Case(
      name: "an epoch cut by --max-steps, the best is kept",
      run: SmallRun(maxSteps: 15, learningRate: 0.1, keepModel: .best, earlyStopping: .logLoss)),
  ]

  /// What a run ends with: the bits of the parameters, and what was reported of each epoch.
  private struct End: Equatable {
    var parameters: [UInt32] = []
    var epochs: [String] = []
    var best: BestEpoch?
    var delivered: DeliveredEpoch?
    var endedEarly = false
    var network: NetworkStage?
    var descent: DescentProgress?
  }

  private func describe(_ report: EpochReport) -> String {
    "\(report.epoch)/\(report.epochs) \(String(describing: report.stage)) \(report.step) \(report.training) \(String(describing: report.validation))"
  }

  /// Runs until the end, on ranks that change with every interruption.
  ///
  /// - Parameter wishes: After how many questions whether to stop each part is stopped.
  private func end(of run: SmallRun, stoppingAfter wishes: [Int], ranks: [Int]) throws -> End {
    let folder = try TemporaryFolder()
    let path = folder.path
    var end = End()
    for (part, stop) in (wishes + [.max]).enumerated() {
      let parts = try onThreads(ranks: ranks[part % ranks.count]) { communicator in
        var (trainer, layout, data) = try run.trainer(over: communicator)
        let checkpoints = CheckpointFolder(ofRun: path)
        if let found = try checkpoints.newestWhole().found {
          try found.checkpoint.record.check(run.configuration, path: "", force: false)
          try found.checkpoint.record.check(
            data, classWeights: [1, 2], run.configuration, path: "", force: false)
          try found.checkpoint.load(into: trainer.state(), layout: layout, path: "")
          let progress = found.checkpoint.record.progress
          #expect(trainer.adopting(progress, holdsBest: found.checkpoint.holdsBest) == progress)
          trainer.resume(from: progress)
        }
        communicator.barrier()
        let writer = CheckpointWriter(folder: checkpoints, keeping: 1, metricsPath: "", resumed: nil)
        let observer = StoppingObserver(stoppingAfter: stop) { state, occasion in
          guard communicator.isRoot, occasion == .stop else { return }
          let record = CheckpointRecord(
            progress: state.progress, configuration: run.configuration, data: data, classWeights: [1, 2],
            metricsBytes: 0)
          try writer.submit(
            Checkpoint(record, model: run.model(state.parameters, layout), state: state))
          try writer.finish()
        }
        let result = try trainer.run(observer: observer)
        return End(
          parameters: result.parameters.array.map(\.bitPattern), epochs: observer.reports.map { describe($0) },
          best: result.progress.best, delivered: result.delivered, endedEarly: result.endedEarly,
          network: result.progress.network, descent: result.progress.descent)
      }
      #expect(parts.allSatisfy { $0 == parts[0] })
      end.parameters = parts[0].parameters
      end.epochs += parts[0].epochs
      (end.best, end.delivered, end.endedEarly) = (parts[0].best, parts[0].delivered, parts[0].endedEarly)
      (end.descent, end.network) = (parts[0].descent, parts[0].network)
    }
    return end
  }

  @Test(arguments: cases)
  func `stopped at any step or in an evaluation, and gone on with by any ranks`(_ test: Case) throws {
    let whole = try end(of: test.run, stoppingAfter: [], ranks: [1])
    // Every question is asked before a step, or in the middle of an evaluation.
    for stop in 0..<24 {
      #expect(try end(of: test.run, stoppingAfter: [stop], ranks: [1, 3]) == whole, "stopped after \(stop)")
    }
    #expect(try end(of: test.run, stoppingAfter: [3, 4, 1, 0, 5], ranks: [2, 1, 6, 3]) == whole)
  }

  /// The checkpoint of a run that was stopped at its third step.
  private func record(_ run: SmallRun) throws -> CheckpointRecord {
    var (trainer, _, data) = try run.trainer(over: SingleProcessCommunicator())
    var record: CheckpointRecord?
    _ = try trainer.run(
      observer: StoppingObserver(stoppingAfter: 2) { state, _ in
        record = CheckpointRecord(
          progress: state.progress, configuration: run.configuration, data: data, classWeights: [1, 2], metricsBytes: 0)
      })
    return try #require(record)
  }

  @Test func `where each epoch's samples follow the number of epochs, it cannot be changed`() throws {
    for (sampler, isRefused) in [(StepOptions.Sampler.classBalanced, false), (.progressive, true)] {
      let saved = try record(SmallRun(sampler: sampler))
      try saved.check(SmallRun(sampler: sampler).configuration, path: "c", force: false)
      var message = ""
      do {
        try saved.check(SmallRun(epochs: 30, sampler: sampler).configuration, path: "c", force: true)
      } catch {
        message = "\(error)"
      }
      #expect(
        message.contains("--epochs 3 (now 30). A run cannot be gone on with so (draws go by") == isRefused,
        "\(message)")
      #expect(saved.options(changingStepsIn: SmallRun(epochs: 30, sampler: sampler).configuration).isEmpty != isRefused)
    }
  }

  @Test func `what of its length a run of two stages can change`() throws {
    func refusal(_ saved: CheckpointRecord, _ run: SmallRun) -> String {
      do {
        try saved.check(run.configuration, path: "c", force: false)
        return ""
      } catch {
        return "\(error)"
      }
    }
    // In the first stage the second may become any, whatever schedule it will have.
    let first = try record(SmallRun(schedule: .cosine))
    #expect(refusal(first, SmallRun(retrained: 4, schedule: .cosine)) == "")
    // In the second the first is over.
    var second = try record(SmallRun(retrained: 4))
    second.progress.network = NetworkStage(
      delivered: DeliveredEpoch(epoch: 3, step: 18, best: nil), epochs: 3, steps: 18, endedEarly: false)
    second.progress.epoch = 5
    #expect(refusal(second, SmallRun(retrained: 4)) == "" && refusal(second, SmallRun(retrained: 9)) == "")
    #expect(refusal(second, SmallRun(epochs: 7, retrained: 4)).contains("--epochs 3 (now 7)"))
    for fewer in [0, 1, 2] {
      #expect(refusal(second, SmallRun(retrained: fewer)).contains("beyond --retrain-classifier \(fewer)"))
    }
  }

  @Test func `the difference of a run that does not fit is named`() throws {
    let saved = try record(SmallRun())
    func check(_ run: SmallRun, classWeights: [Double] = [1, 2], force: Bool = false) throws {
      let (_, _, data) = try run.trainer(over: SingleProcessCommunicator())
      try saved.check(run.configuration, path: "c", force: force)
      try saved.check(data, classWeights: classWeights, run.configuration, path: "c", force: force)
    }
    try check(SmallRun())
    try check(SmallRun(epochs: 30))
    #expect { try check(SmallRun(learningRate: 0.1)) } throws: {
      "\($0)".contains("--learning-rate 0.01 (now 0.1)") && "\($0)".contains("--force")
    }
    try check(SmallRun(learningRate: 0.1), force: true)
    #expect { try check(SmallRun(), classWeights: [1, 3]) } throws: {
      "\($0)".contains("class weights 1.0,2.0 (now 1.0,3.0)")
    }
    try check(SmallRun(), classWeights: [1, 3], force: true)
    #expect(saved.hasOtherLoss(than: SmallRun().configuration, classWeights: [1, 3]))
    var focal = SmallRun().configuration
    focal.loss.kind.loss = .focal
    #expect(saved.hasOtherLoss(than: focal, classWeights: [1, 2]))
    var (smoothed, idle) = (SmallRun().configuration, SmallRun().configuration)
    smoothed.loss.labelSmoothing = 0.1
    #expect(saved.hasOtherLoss(than: smoothed, classWeights: [1, 2]))
    // γ of a loss that is another one.
    idle.loss.kind.focalGamma = 3
    #expect(!saved.hasOtherLoss(than: idle, classWeights: [1, 2]))
    #expect(!saved.hasOtherLoss(than: SmallRun(learningRate: 0.1).configuration, classWeights: [1, 2]))
    // Where nothing is left to train, other rules would be said of a model that has not learned by them.
    var over = saved
    (over.progress.epoch, over.progress.stepInEpoch) = (3, 0)
    #expect { try over.check(SmallRun(learningRate: 0.1).configuration, path: "c", force: true) } throws: {
      "\($0)".contains("its run has come to its end") && "\($0)".contains("--learning-rate 0.01 (now 0.1)")
        && "\($0)".contains("Say a larger --epochs, too")
    }
    #expect { try over.check(SmallRun(learningRate: 0.1).configuration, path: "c", force: false) } throws: {
      "\($0)".contains("Say a larger --epochs and --force, too")
    }
    // By its patience, too; but another loss finds its best epoch anew.
    var patient = SmallRun(epochs: 9, learningRate: 0.1, keepModel: .best, earlyStopping: .loss, patience: 2)
    var ended = over
    ended.configuration = SmallRun(epochs: 9, keepModel: .best, earlyStopping: .loss, patience: 2).configuration
    let best = Data(#"{"loss": 0.5, "epoch": 1, "step": 6}"#.utf8)
    ended.progress.best = try JSONDecoder().decode(BestEpoch.self, from: best)
    #expect { try ended.check(patient.configuration, path: "c", force: true) } throws: {
      "\($0)".contains("Say a larger --patience, too")
    }
    patient.learningRate = 0.01
    var other = patient.configuration
    other.loss.labelSmoothing = 0.1
    try ended.check(other, path: "c", force: true)
    // Whether other options of weights come to other weights is known later.
    other = patient.configuration
    other.loss.classWeights = "inverse"
    try ended.check(other, path: "c", force: true)
    // Who asks for an earlier end gets it.
    try saved.check(SmallRun(epochs: 1, learningRate: 0.1).configuration, path: "c", force: true)
    ended.progress.epoch = 2
    patient.learningRate = 0.1
    try ended.check(patient.configuration, path: "c", force: true)
    try over.check(SmallRun(epochs: 4, learningRate: 0.1).configuration, path: "c", force: true)
    try over.check(SmallRun().configuration, path: "c", force: true)
    #expect { try check(SmallRun(maxSteps: 2), force: true) } throws: { "\($0)".contains("is beyond --max-steps 2") }
    for force in [false, true] {
      #expect { try check(SmallRun(accumulation: 2), force: force) } throws: {
        "\($0)".contains("--accumulate 1 (now 2)") && "\($0)".contains("--init c")
      }
      #expect { try check(SmallRun(spoilsData: true), force: force) } throws: {
        "\($0)".contains("training part has other values") && ($0 as? CheckpointError)?.exitStatus == .badConfiguration
      }
    }
  }

  /// Where a run stands that was stopped at its third step, and its vectors.
  private func stopped(_ run: SmallRun) throws -> (progress: TrainingProgress, vectors: [[Float]]) {
    var (trainer, _, _) = try run.trainer(over: SingleProcessCommunicator())
    _ = try trainer.run(observer: StoppingObserver(stoppingAfter: 2))
    let state = try trainer.state()
    return (state.progress, ([state.parameters] + state.optimizerMemory.map(\.values)).map(\.array))
  }

  @Test func `an epoch that was begun in the order of an older program begins anew, with every sample once`() throws {
    let run = SmallRun(accumulation: 2)
    let (progress, vectors) = try stopped(run)
    #expect(progress.stepInEpoch > 0 && progress.epochOrder == TrainingProgress.currentOrder)
    func resumed(_ progress: TrainingProgress) throws -> (beginsAnew: Bool, result: RunResult, reports: [EpochReport]) {
      var (trainer, _, _) = try run.trainer(over: SingleProcessCommunicator())
      let state = try trainer.state()
      for (target, values) in zip([state.parameters] + state.optimizerMemory.map(\.values), vectors) {
        target.copy(from: Vector(values))
      }
      let beginsAnew = trainer.resume(from: progress)
      let observer = StoppingObserver()
      return (beginsAnew, try trainer.run(observer: observer), observer.reports)
    }
    let whole = try resumed(progress)
    #expect(!whole.beginsAnew)
    // What a checkpoint of version 0.1.0 says: no key for the order.
    var object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(progress)) as? [String: Any])
    #expect(object.removeValue(forKey: "epochOrder") != nil)
    var old = try JSONDecoder().decode(TrainingProgress.self, from: JSONSerialization.data(withJSONObject: object))
    #expect(old.epochOrder == 1)
    let anew = try resumed(old)
    #expect(anew.beginsAnew)
    #expect(anew.reports.allSatisfy { $0.training.confusion.sampleCount == 61 })
    #expect(anew.reports.count == 3 && anew.result.progress.epochOrder == TrainingProgress.currentOrder)
    // The steps that were done stay done.
    #expect(anew.result.progress.step == whole.result.progress.step + progress.stepInEpoch)
    // Between epochs there is nothing to begin anew.
    old.beginEpochAnew()
    #expect(try !resumed(old).beginsAnew)
  }

  @Test func `a key of progress that is missing has its default`() throws {
    #expect(try JSONDecoder().decode(TrainingProgress.self, from: Data("{}".utf8)).step == 0)
    var progress = TrainingProgress()
    (progress.epoch, progress.stepInEpoch, progress.step, progress.optimizerStep) = (1, 2, 3, 4)
    progress.nonfiniteSteps = 5
    progress.epochLoss.weight = 6
    let text = try JSONEncoder().encode(progress)
    #expect(try JSONDecoder().decode(TrainingProgress.self, from: text) == progress)
  }

  @Test func `the fingerprint of data does not depend on the ranks`() throws {
    let prints = try [1, 2, 3, 6].flatMap { ranks in
      try onThreads(ranks: ranks) { try SmallRun().trainer(over: $0).2 }
    }
    #expect(prints.allSatisfy { $0 == prints[0] })
  }
}
