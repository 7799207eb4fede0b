internal import Collectives
internal import Failures
internal import Foundation
internal import Tensors
internal import Training

/// Those beside whom a member is trained: ranks, or threads of one process.
protocol MemberCompany: AnyObject {
  associatedtype C: Communicator
  /// Hears how far members are; of the root alone.
  var rootObserver: RunObserver<C>? { get }
  /// Of any of them; asked before every step.
  var wish: Wish { get }
  /// Who tells of a member, from 0, and saves it, after those before it; nil where that is not now. Asked after every
  /// epoch, and where there is something to say or to save.
  func turn(ofMember member: Int) -> RunObserver<C>?
  func epochEnded() throws
}

/// What happens to a member that is trained beside others, by a rank or a thread alone. While it is its turn it is told
/// and saved as in a run of one model; what happens before is kept until then. A class, because each of the epochs changes
/// it.
final class MemberCourse<Company: MemberCompany>: TrainingObserver {
  private let company: Company
  /// From 0.
  private let member: Int
  private let membersAtOnce: Int
  /// Tells when it wants to hear how far it is; asked every step.
  private let pacer: RunObserver<Company.C>?
  /// What is not told yet.
  private var reports: [EpochReport] = []
  private var warnings: [String] = []

  /// - Parameters:
  ///   - member: From 0.
  ///   - membersAtOnce: Members that are trained at the same time.
  init(ofMember member: Int, in company: Company, membersAtOnce: Int) {
    (self.member, self.company, self.membersAtOnce) = (member, company, membersAtOnce)
    pacer = company.rootObserver
  }

  var wish: Wish { company.wish }

  var wantsActivity: Bool { pacer?.wantsActivity ?? false }

  func goesOn(with activity: TrainingActivity) {
    company.rootObserver?.goesOn(with: activity, ofMember: member, atOnce: membersAtOnce)
  }

  func reportFailure() {}

  func stepSkipped(_ error: TrainingError, count: Int) throws {
    if let observer = try turn() { return observer.stepSkipped(error, count: count) }
    if count <= TrainingStep<Company.C>.tracedSkips { warnings.append("left out a step: \(error.whatIsNotFinite)") }
  }

  func evaluationNotFinite(_ error: TrainingError) throws {
    if let observer = try turn() { return observer.evaluationNotFinite(error) }
    warnings.append("\(error.whatIsNotFinite): it is reported as null (this is said once)")
  }

  func epochEnded(_ report: EpochReport) throws {
    reports.append(report)
    _ = try turn()
    try company.epochEnded()
  }

  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws {
    try turn()?.saveAlone(state, occasion)
  }

  /// Tells what was kept, where it is the member's turn.
  private func turn() throws -> RunObserver<Company.C>? {
    guard let observer = company.turn(ofMember: member) else { return nil }
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
