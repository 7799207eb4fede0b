internal import Checkpoints
public import Collectives
internal import Configuration
public import Failures
internal import Files
internal import Foundation
internal import Models
internal import Training

/// Trains a run again and compares what it computes with what stands in the run's folder, from which it only reads:
/// the lines of metrics.jsonl, the newest checkpoint, and the bytes of the model. Every rank has one.
///
///     var reproduction = try Reproduction(of: "runs/data", console, over: communicator)
///     let exitStatus = try reproduction.train()
public struct Reproduction<C: Communicator> {
  private let communicator: C
  private let record: SharedRecord
  /// Only the root has it.
  private let comparer: RunComparer?
  private var run: Run<C>

  /// Reads the run's folder and its data, and checks that data and class weights are as they were. Collective.
  ///
  /// - Parameters:
  ///   - path: The folder of the run.
  ///   - values: Of options of the run that have another value now, by their names: files that lie elsewhere.
  ///   - goesOn: Whether it trains to the end whatever differs, and whatever there is to compare with.
  ///   - listener: The root's hears what happens.
  /// - Throws: `AgreedFailure` with what is wrong with the run, its configuration or its data; `CollectiveError`.
  public init(
    of path: String, replacing values: [String: String] = [:], goingToTheEnd goesOn: Bool = false,
    _ listener: any ReproductionListener, over communicator: C
  ) throws {
    let recorded = try communicator.agree { communicator.isRoot ? try RecordedRun(path) : nil }
    let record = try SharedRecord(of: recorded, over: communicator)
    let configuration = try communicator.agree {
      let configuration = try record.configuration(replacing: values)
      guard communicator.size <= configuration.shardCount else {
        throw ReproductionError.moreRanksThanShards(
          path: path, ranks: communicator.size, shards: configuration.shardCount)
      }
      return configuration
    }
    let comparer = recorded.map { RunComparer($0, configuration, goesOn: goesOn, listener) }
    var listeners = RunListeners([listener], of: communicator)
    if let comparer { listeners = listeners.with(RunListeners([comparer], of: communicator)) }
    do {
      run = try Run(configuration, listeners, over: communicator)
    } catch let failure as AgreedFailure where [.noInput, .badData].contains(failure.exitStatus) {
      throw failure.adding(record.advice(for: failure.message, configuration, path: path))
    }
    let (description, model, fingerprint) = (run.description, run.model, run.fingerprint)
    try communicator.agree {
      try comparer?.checkInput(
        description, fingerprint, classWeights: model.classWeights, featureNames: model.featureNames,
        columns: model.columns)
    }
    self.communicator = communicator
    self.record = record
    self.comparer = comparer
  }

  /// Trains and compares. Collective.
  ///
  /// - Parameter place: Where the new run's files belong; nil for a run without any.
  /// - Returns: What the verdict means for who called the program. The same on all ranks.
  /// - Throws: `AgreedFailure`, with what was found before it; `CollectiveError`.
  public mutating func train(savingTo place: RunPlace? = nil) throws -> ExitStatus {
    let outcome: RunResult.Outcome
    do {
      outcome = try run.train(savingTo: place, watching: record.watchedStep(ofMembers: run.description.members)).outcome
    } catch let failure as AgreedFailure {
      throw failure.adding(try text(comparer?.findingsSoFar, over: communicator))
    }
    let model = run.model
    let verdict = try communicator.agree { try comparer?.conclude(outcome, model) }
    let name = try text(verdict?.rawValue, over: communicator)
    // The root has one, and all are told of it.
    return ReproductionResult.Verdict(rawValue: name)?.exitStatus ?? .internalError
  }

  /// The root's text on every rank. Collective.
  private func text(_ text: String?, over communicator: C) throws -> String {
    String(decoding: try communicator.broadcast(Array((text ?? "").utf8)), as: UTF8.self)
  }
}

/// What all ranks know of the run that is reproduced.
private struct SharedRecord: Codable {
  private let configurationText: String
  private let configurationPath: String
  /// What was read then, in words.
  private let expectation: String
  /// Of the checkpoint that is compared with; nil where there is none.
  private let checkpointStep: Int?
  /// Members that are trained in it, where none is under way; nil otherwise.
  private let membersAtItsEnd: Int?

  /// The root's. Collective.
  init(of recorded: RecordedRun?, over communicator: some Communicator) throws {
    let own = try communicator.agree { try recorded.map { try JSONEncoder().encode(SharedRecord($0)) } }
    let bytes = try communicator.broadcast(own.map { [UInt8]($0) } ?? [])
    self = try JSONDecoder().decode(SharedRecord.self, from: Data(bytes))
  }

  private init(_ recorded: RecordedRun) {
    configurationText = recorded.configurationText
    configurationPath = recorded.configurationPath
    expectation = recorded.expectation
    let checkpoint = recorded.checkpoint?.checkpoint.record
    checkpointStep = checkpoint?.step
    membersAtItsEnd = checkpoint.flatMap { $0.isUnderWay ? nil : $0.trainedMembers.count }
  }

  /// The step after which the run's state must be told of, to be compared; nil where it is told of anyway, as it is when
  /// all members are trained. Members whose states are not watched are trained side by side.
  func watchedStep(ofMembers count: Int) -> Int? {
    membersAtItsEnd == count ? nil : checkpointStep
  }

  /// - Throws: `OptionsFileError`
  func configuration(replacing values: [String: String]) throws -> TrainingConfiguration {
    try TrainingConfiguration(
      recordedIn: OptionsFile(yaml: configurationText, path: configurationPath), replacing: values)
  }

  /// What to type where a file of the run cannot be used.
  ///
  /// - Parameter message: What is said of it, with its path.
  func advice(for message: String, _ configuration: TrainingConfiguration, path: String) -> String {
    let (input, split) = (configuration.input, configuration.split)
    let files: [(option: String, file: String?)] = [
      ("--data", configuration.dataName), ("--labels", input.labels), ("--validation", split.validation),
      ("--validation-labels", split.validationLabels), ("--init", configuration.model.`init`),
      ("--class-weights", configuration.loss.classWeights),
    ]
    let named = files.filter { $0.file.map { !$0.isEmpty && message.contains($0) } ?? false }
    // A path may be the beginning of another one.
    let option = named.max { ($0.file ?? "").count < ($1.file ?? "").count }?.option ?? "--data"
    let value = option == "--class-weights" ? "\(path)/\(RunDirectory.weightsFile)".asShellWord : "PATH"
    return """
      (the run trained on \(expectation.isEmpty ? "what its \(RunDirectory.configurationFile) names" : expectation); \
      for a file that lies elsewhere now: cw-dist-train reproduce \(path.asShellWord) \(option) \(value))
      """
  }
}
