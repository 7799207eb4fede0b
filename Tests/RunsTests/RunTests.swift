import Collectives
import Configuration
import Runs
import Tensors
import TestSupport
import Testing
import Training

/// Keeps the names of the events of a run.
private final class Recorder: RunListener {
  private(set) var events: [String] = []
  /// The steps after which it was told of the state.
  private(set) var states: [Int] = []
  private(set) var end: RunEnd?
  private let lastEvent: String?
  private let enoughEvent: String?

  /// - Parameters:
  ///   - event: Fails there.
  ///   - enough: Needs to hear no more after it.
  init(failingAt event: String? = nil, hearingEnoughAt enough: String? = nil) {
    (lastEvent, enoughEvent) = (event, enough)
  }

  var hasHeardEnough: Bool { enoughEvent.map(events.contains) ?? false }

  struct Refusal: Error {}

  func receive(_ event: RunEvent) throws {
    switch event {
    case .warning(let text): events.append("warning \(text.prefix { $0 != ":" })")
    case .note: events.append("note")
    case .reading, .goesOn: break
    case .readingEnded: events.append("read")
    case .began(let run): events.append("began with \(run.classes.count) classes")
    case .epochEnded(let report): events.append("epoch \(report.epoch)")
    case .memberEnded(_, let place): events.append("member \(place.number)")
    case .reached(let state): states.append(state.progress.step)
    case .ended(let end):
      events.append("ended")
      self.end = end
    case .stopped: events.append("stopped")
    }
    if let lastEvent, events.last == lastEvent { throw Refusal() }
  }
}

@Suite struct RunTests {
  private var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration.defaults
    configuration.data = "synthetic:samples=120,classes=3,seed=4"
    configuration.split.validationFraction = 0.25
    configuration.steps.epochs = 2
    configuration.steps.batchSize = 16
    configuration.model.hidden = NumberList([4])
    configuration.optimizer.momentum = 0.5
    return configuration
  }

  @Test func `listeners hear of a run in its order`() throws {
    let alone = SingleProcessCommunicator()
    let recorder = Recorder()
    var run = try Run(configuration, RunListeners([recorder], of: alone), over: alone)
    let result = try run.train()
    #expect(result.outcome == .completed)
    #expect(
      recorder.events == [
        "read", "warning no effect of --momentum", "began with 3 classes", "epoch 1", "epoch 2", "ended",
      ])
    #expect(recorder.end?.path == nil)
    #expect(recorder.end?.final.validation?.confusion.sampleCount == 30)
    #expect(run.configuration.model.hiddenWidths == [4] && run.configuration.shardCount == 8)
  }

  @Test func `a run has the same parameters on any ranks, with listeners and without`() throws {
    var alone = try Run(configuration, over: SingleProcessCommunicator())
    let expected = try alone.train().parameters.array
    #expect(expected.contains { $0 != 0 })
    for ranks in [1, 2, 3, 8] {
      let all = try onThreads(ranks: ranks) { [self] communicator in
        var run = try Run(configuration, RunListeners([Recorder()], of: communicator), over: communicator)
        return try run.train().parameters.array
      }
      #expect(all.allSatisfy { $0 == expected }, "\(ranks) ranks")
    }
  }

  @Test(arguments: ["read", "began with 3 classes", "epoch 1", "ended"])
  func `what a listener throws ends the run on every rank`(event: String) throws {
    let outcomes = try onThreads(ranks: 3) { [self] communicator in
      do {
        var run = try Run(
          configuration, RunListeners([Recorder(failingAt: event)], of: communicator), over: communicator)
        _ = try run.train()
        return "went on"
      } catch is AgreedFailure {
        return "ended"
      }
    }
    #expect(outcomes == ["ended", "ended", "ended"])
  }

  @Test func `states are told of where they are saved, and after the step that is watched`() throws {
    for (step, steps) in [(nil, [6, 12, 12]), (3, [3, 6, 12, 12]), (6, [6, 12, 12]), (99, [6, 12, 12])] {
      let recorder = Recorder()
      let alone = SingleProcessCommunicator()
      var run = try Run(configuration, RunListeners([recorder], of: alone), over: alone)
      _ = try run.train(watching: step)
      #expect(recorder.states == steps)
    }
  }

  @Test(arguments: [("epoch 1", RunResult.Outcome.stoppedOnRequest, "stopped"), ("epoch 2", .completed, "ended")])
  func `a run stops when nobody needs to hear more, but one that is trained is judged`(
    event: String, outcome: RunResult.Outcome, last: String
  ) throws {
    let ends = try onThreads(ranks: 3) { [self] communicator in
      let recorder = Recorder(hearingEnoughAt: event)
      var run = try Run(configuration, RunListeners([recorder], of: communicator), over: communicator)
      let result = try run.train()
      #expect(recorder.events.last == (communicator.isRoot ? last : nil))
      return result.outcome
    }
    #expect(ends == [outcome, outcome, outcome])
  }

  @Test func `a configuration that cannot be trained by is refused`() {
    var configuration = configuration
    configuration.optimizer.betas = NumberList([0.9])
    let failure = #expect(throws: AgreedFailure.self) {
      try Run(configuration, over: SingleProcessCommunicator())
    }
    #expect(failure?.message.contains("--betas: expected two numbers") == true)
  }
}
