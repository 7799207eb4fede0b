internal import Collectives
internal import Failures
internal import Foundation
internal import Tensors
internal import Training

/// What happens to a member that is trained beside others, by a rank or a thread alone. While it is its turn it is told
/// and saved as in a run of one model; what happens before is kept until then. A class, because each of the epochs changes
/// it.
final class MemberCourse<C: Communicator>: TrainingObserver {
  /// Hears how far it is; of the root alone.
  private let observer: () -> RunObserver<C>?
  /// Tells when it wants to hear that; asked every step.
  private let pacer: RunObserver<C>?
  /// From 0.
  private let member: Int
  private let membersAtOnce: Int
  private let currentWish: () -> Wish
  private let currentTurn: () -> RunObserver<C>?
  private let meetOthers: () throws -> Void
  /// What is not told yet.
  private var reports: [EpochReport] = []
  private var warnings: [String] = []

  /// - Parameters:
  ///   - observer: Hears how far it is; of the root alone.
  ///   - member: From 0.
  ///   - membersAtOnce: Members that are trained at the same time.
  ///   - wish: Asked before every step.
  ///   - turn: Who tells of it and saves it, after those before it; nil where that is not now. Asked after every epoch, and
  ///     where there is something to say or to save.
  init(
    _ observer: @escaping () -> RunObserver<C>?, member: Int, membersAtOnce: Int, wish: @escaping () -> Wish,
    turn: @escaping () -> RunObserver<C>?, epochEnded: @escaping () throws -> Void = {}
  ) {
    (self.observer, self.member, self.membersAtOnce, pacer) = (observer, member, membersAtOnce, observer())
    (currentWish, currentTurn, meetOthers) = (wish, turn, epochEnded)
  }

  var wish: Wish { currentWish() }

  var wantsActivity: Bool { pacer?.wantsActivity ?? false }

  func goesOn(with activity: TrainingActivity) {
    observer()?.goesOn(with: activity, ofMember: member, atOnce: membersAtOnce)
  }

  func reportFailure() {}

  func stepSkipped(_ error: TrainingError, count: Int) throws {
    if let observer = try turn() { return observer.stepSkipped(error, count: count) }
    if count <= TrainingStep<C>.tracedSkips { warnings.append("left out a step: \(error.whatIsNotFinite)") }
  }

  func evaluationNotFinite(_ error: TrainingError) throws {
    if let observer = try turn() { return observer.evaluationNotFinite(error) }
    warnings.append("\(error.whatIsNotFinite): it is reported as null (this is said once)")
  }

  func epochEnded(_ report: EpochReport) throws {
    reports.append(report)
    _ = try turn()
    try meetOthers()
  }

  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws {
    try turn()?.saveAlone(state, occasion)
  }

  /// Tells what was kept, where it is the member's turn.
  private func turn() throws -> RunObserver<C>? {
    guard let observer = currentTurn() else { return nil }
    let (warnings, reports) = (warnings, reports)
    (self.warnings, self.reports) = ([], [])
    try observer.tellAlone(warnings, reports, ofMember: member + 1)
    return observer
  }

  /// What is left to tell.
  ///
  /// - Parameter result: Of the member, which is trained.
  func account(of result: RunResult) -> MemberAccount {
    MemberAccount(
      member: TrainedMember(result), samplesPerSecond: result.samplesPerSecond, reports: reports, warnings: warnings)
  }
}

/// What a member came to that was trained beside others, beside its parameters.
struct MemberAccount: Codable {
  let member: TrainedMember
  let samplesPerSecond: Double
  let reports: [EpochReport]
  let warnings: [String]

  /// Those without padding.
  typealias WithParameters = (account: MemberAccount, parameters: Vector)

  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return [UInt8](try encoder.encode(self))
  }

  static func decoded(_ bytes: [UInt8]) throws -> MemberAccount {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(MemberAccount.self, from: Data(bytes))
  }
}

/// A member that one rank or thread could not train.
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
