public import Failures

/// A failure that every rank knows of: what the lowest failing rank reported.
public struct AgreedFailure: Failure {
  /// The lowest rank that failed; the one that prints.
  public let rank: Int
  public let host: String
  public let failedRankCount: Int
  public let rankCount: Int
  public let message: String
  public let exitStatus: ExitStatus

  /// The same with more words of advice.
  public func adding(_ advice: String) -> AgreedFailure {
    // What was said may be no sentence yet.
    let lastWord = message.split(separator: " ").last ?? ""
    let isOpen = !advice.hasPrefix("(") && !lastWord.isEmpty && lastWord.allSatisfy(\.isLetter)
    return AgreedFailure(
      rank: rank, host: host, failedRankCount: failedRankCount, rankCount: rankCount,
      message: "\(message)\(isOpen ? "." : "") \(advice)",
      exitStatus: exitStatus)
  }

  /// The same of a process whose user knows of no ranks.
  public var ofOneProcess: AgreedFailure {
    AgreedFailure(
      rank: 0, host: host, failedRankCount: 1, rankCount: 1, message: message, exitStatus: exitStatus)
  }

  public var description: String {
    guard rankCount > 1 else { return message }
    let place = "rank \(rank) of \(rankCount) on \(host)"
    return failedRankCount > 1 ? "\(message)\n(\(place); \(failedRankCount) ranks failed)" : "\(message)\n(\(place))"
  }
}

extension Communicator {
  /// Runs `body` on every rank; where it throws on any, throws the same `AgreedFailure` on all.
  ///
  /// This is the only way in which work that can fail on one rank alone (reading, parsing,
  /// writing) may be done: without it the ranks that succeeded would wait in their next collective
  /// operation for the one that left.
  ///
  /// - Throws: `AgreedFailure`; or `CollectiveError` where the ranks can't be reached, thrown by
  ///   `body` or by the agreement.
  public func agree<Result>(_ body: () throws -> Result) throws -> Result {
    let outcome = Swift.Result { try body() }
    switch outcome {
    case .failure(let error as CollectiveError):
      // The ranks are no longer at the same place: agreement is out of reach.
      throw error
    case .failure(let error as AgreedFailure):
      // Agreed on inside `body`; all ranks are here with the same error.
      throw error
    case .success, .failure:
      break
    }

    var failed = false
    if case .failure = outcome { failed = true }
    let failedRankCount = try sum(failed ? 1 : 0)
    guard failedRankCount > 0 else { return try outcome.get() }

    var report: [UInt8] = []
    if case .failure(let error) = outcome {
      let failure = error as? any Failure
      let exitStatus = failure?.exitStatus ?? .internalError
      let message = failure?.description ?? "internal error (please report it): \(error)"
      report = [UInt8(exitStatus.rawValue), UInt8(host.utf8.count & 0xFF)]
      report += Array(host.utf8.prefix(255)) + Array(message.utf8)
    }
    guard let rank = try lowestRank(where: failed) else {
      throw CollectiveError(
        operation: "agreement on errors", rank: self.rank, reason: "no rank sent its report")
    }
    report = try broadcast(report, from: rank)
    let hostLength = Int(report[1])
    throw AgreedFailure(
      rank: rank,
      host: String(decoding: report[2..<(2 + hostLength)], as: UTF8.self),
      failedRankCount: failedRankCount,
      rankCount: size,
      message: String(decoding: report[(2 + hostLength)...], as: UTF8.self),
      exitStatus: ExitStatus(rawValue: Int32(report[0])) ?? .internalError)
  }
}

extension Communicator {
  /// The lowest rank of which `condition` is true; nil where there is none. Collective.
  private func lowestRank(where condition: Bool) throws(CollectiveError) -> Int? {
    var flags = [Int64](repeating: 0, count: size)
    flags[rank] = condition ? 1 : 0
    return try sum(flags).firstIndex { $0 != 0 }
  }

  /// Throws an error that every rank has found by itself as one that one rank prints. Collective.
  public func fail(with error: some Failure) throws -> Never {
    try agree { throw error }
    preconditionFailure("`agree` throws where its body does")
  }
}

/// Ranks that should have seen the same and did not.
public struct Disagreement: Failure, Equatable {
  /// What differs: "the command line", "the file data.csv".
  public let what: String
  public let rank: Int

  public init(what: String, rank: Int) {
    (self.what, self.rank) = (what, rank)
  }

  public var exitStatus: ExitStatus { .badConfiguration }

  public var description: String {
    "rank \(rank) sees another version of \(what) than rank 0; all ranks need the same options, files and programs"
  }
}

extension Communicator {
  /// Checks that every rank has the same `content`, which all must have for a result to mean
  /// anything. Collective.
  ///
  /// - Parameter content: Names, sizes, or a checksum.
  /// - Throws: `AgreedFailure` with a `Disagreement`; `CollectiveError`.
  public func requireSame(_ content: String, _ what: String) throws {
    let own = Array(content.utf8)
    if let rank = try lowestRank(where: try broadcast(own) != own) {
      try fail(with: Disagreement(what: what, rank: rank))
    }
  }
}
