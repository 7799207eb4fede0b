internal import Collectives
internal import Failures
internal import Foundation
internal import Training

/// Members that are trained side by side, one a rank. The ranks meet after every epoch, and learn who wants to stop, who
/// has failed, and who is done; so a rank that waits for others knows that they are well, and none waits longer for an
/// epoch than it takes. A class, because each of the epochs changes it.
///
/// The root's member is the first of those that are not trained: it is saved as in a run of one model, and a run that is
/// gone on with has it. What the other ranks have of theirs is lost with a stop.
final class MemberRound<C: Communicator>: TrainingObserver {
  private let communicator: C
  private let observer: RunObserver<C>
  private(set) var isStopped = false
  private var hasFailed = false
  private var reports: [EpochReport] = []
  private var warnings: [String] = []

  init(_ observer: RunObserver<C>, over communicator: C) {
    self.communicator = communicator
    self.observer = observer
  }

  /// Trains a member on this rank, while others train theirs. Collective.
  ///
  /// - Parameters:
  ///   - member: From 0; nil where there is none left for this rank.
  ///   - begun: The member as a checkpoint has it; nil where it begins.
  /// - Returns: Nil, too, where somebody asked to stop.
  /// - Throws: `AgreedFailure` where a member failed; `CollectiveError`.
  func train(
    _ member: Int?, goingOn begun: Trainer<SingleProcessCommunicator>?, of data: MemberData<SingleProcessCommunicator>
  ) throws -> RunResult? {
    var (result, failure): (RunResult?, (any Error)?) = (nil, nil)
    do {
      if let member {
        var trainer = try begun ?? data.trainer(ofMember: member)
        let ended = try trainer.run(observer: self)
        if ended.outcome == .completed { result = ended } else { isStopped = true }
      }
    } catch let error as CollectiveError {
      throw error
    } catch RoundEnd.failed {
      // Another rank says why.
    } catch let error as AgreedFailure {
      failure = MemberFailure(error, member: member ?? 0)
    } catch {
      failure = error
    }
    while try meet(isDone: true, hasFailed: failure != nil) {}
    try communicator.agree { if let failure { throw failure } }
    // Where it is what stopped the others.
    if isStopped { try observer.reportFailure() }
    return isStopped ? nil : result
  }

  /// Meets the others. Collective.
  ///
  /// - Returns: Whether one of them still trains.
  private func meet(isDone: Bool, hasFailed: Bool) throws -> Bool {
    let sums = try communicator.sum([
      isDone ? 0 : 1, observer.wish == .goOn && !isStopped ? 0 : 1, hasFailed ? 1 : 0,
    ])
    if sums[1] > 0 { isStopped = true }
    if sums[2] > 0 { self.hasFailed = true }
    return sums[0] > 0
  }

  private enum RoundEnd: Error { case failed }

  // MARK: The member's observer

  /// A wish of one rank alone would leave the others behind: it is told when they meet.
  var wish: Wish { isStopped ? .stop : .goOn }

  var wantsActivity: Bool { observer.wantsActivity }

  func goesOn(with activity: TrainingActivity) { observer.goesOn(with: activity, atOnce: communicator.size) }

  func reportFailure() {}

  func stepSkipped(_ error: TrainingError, count: Int) {
    if communicator.isRoot { return observer.stepSkipped(error, count: count) }
    if count <= TrainingStep<C>.tracedSkips { warnings.append("left out a step: \(error.whatIsNotFinite)") }
  }

  func evaluationNotFinite(_ error: TrainingError) {
    if communicator.isRoot { return observer.evaluationNotFinite(error) }
    warnings.append("\(error.whatIsNotFinite): it is reported as null (this is said once)")
  }

  func epochEnded(_ report: EpochReport) throws {
    reports.append(report)
    if communicator.isRoot { try observer.tellAlone(report) }
    _ = try meet(isDone: false, hasFailed: false)
    if hasFailed { throw RoundEnd.failed }
  }

  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws {
    if communicator.isRoot { try observer.saveAlone(state, occasion) }
  }

  // MARK: What the others are told

  /// What a member came to, beside its parameters.
  struct Record: Codable {
    let member: TrainedMember
    let samplesPerSecond: Double
    let reports: [EpochReport]
    let warnings: [String]
  }

  /// A rank's record, on all ranks. Collective.
  ///
  /// - Parameter result: Of this rank's member.
  func record(of result: RunResult?, from owner: Int) throws -> Record {
    let own = try communicator.agree { () -> [UInt8] in
      guard communicator.rank == owner, let result else { return [] }
      let record = Record(
        member: TrainedMember(result), samplesPerSecond: result.samplesPerSecond, reports: reports, warnings: warnings)
      let encoder = JSONEncoder()
      encoder.nonConformingFloatEncodingStrategy = Self.names
      return [UInt8](try encoder.encode(record))
    }
    let bytes = try communicator.broadcast(own, from: owner)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try communicator.agree { try decoder.decode(Record.self, from: Data(bytes)) }
  }

  /// What is no number of JSON.
  private static var names: JSONEncoder.NonConformingFloatEncodingStrategy {
    .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  }
}

/// A member that one rank could not train.
struct MemberFailure: Failure {
  /// From 0.
  let member: Int
  let message: String
  let exitStatus: ExitStatus

  /// - Parameter failure: Which the rank has agreed on with itself.
  init(_ failure: AgreedFailure, member: Int) {
    (message, exitStatus, self.member) = (failure.message, failure.exitStatus, member)
  }

  var description: String { "member \(member + 1): \(message)" }
}
