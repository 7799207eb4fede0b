public import Failures
internal import Training

/// What came of training a run again.
public struct ReproductionResult {
  /// Whether it is the same run.
  public enum Verdict: String, Codable, Sendable {
    /// Everything that was compared has the same bytes.
    case sameBits = "same bits"
    /// All values that both have are the same; one of them says more, as another version of the program does.
    case sameValues = "same values"
    case differs
    /// It was asked to stop before it came to a difference or to the end.
    case stopped

    /// What the program says of it to its caller. A run that differs is input that is wrong: its files are not what
    /// its own configuration and data give.
    public var exitStatus: ExitStatus {
      switch self {
      case .sameBits, .sameValues: .success
      case .differs: .badData
      case .stopped: .stoppedOnRequest
      }
    }
  }

  public let verdict: Verdict
  public let path: String
  /// Whether the run itself came to its end.
  public let isComplete: Bool
  /// Whether the training stopped with epochs left.
  public let stoppedEarly: Bool
  /// All that were compared.
  public let lines: [LineFinding]
  public let checkpoint: CheckpointFinding?
  public let model: ModelFinding?
  /// What differs in the files beside what was computed, in words.
  public let faults: [String]
  /// What might explain a difference; empty where there is none.
  public let reasons: [String]

  /// The first line that is not as it was.
  public var firstDifference: LineFinding? { lines.first { $0.agreement.isDifference } }

  /// How many lines after the first that differs are as they were. What is trained follows from what was trained
  /// before: where there are such lines, the one that differs was changed.
  public var sameLinesAfterDifference: Int {
    lines.drop { !$0.agreement.isDifference }.count { $0.agreement == .sameBits }
  }

  init(
    _ comparison: RunComparison, of recorded: RecordedRun, _ outcome: RunResult.Outcome, wasEnough: Bool,
    reasons: [String]
  ) {
    let hasEnded = outcome == .completed
    var faults = recorded.metrics?.faults ?? []
    let last = comparison.lines.last?.place
    // Lines of epochs that were not come to are no fault.
    let passed = comparison.unmatchedPlaces.filter { place in hasEnded || last.map { place.comes(before: $0) } ?? false
    }
    faults += passed.map {
      "it has a line of \($0.words), which there is none of now"
    }
    let missing = comparison.lines.filter { line in
      line.agreement == .missing && (recorded.summary != nil || Self.comes(after: line, in: recorded))
    }
    faults += missing.map { "it lacks the line of \($0.place.words)" }
    // Where it is not there at all, that has been said.
    self.faults = recorded.metrics == nil ? [] : faults
    (path, isComplete, stoppedEarly) = (recorded.path, recorded.isComplete, !hasEnded)
    (lines, checkpoint, model) = (comparison.lines, comparison.checkpoint, comparison.model)

    let modelAgreement = comparison.model?.agreement ?? .sameBits
    if comparison.hasDifference || !self.faults.isEmpty {
      verdict = .differs
    } else if !hasEnded, !wasEnough {
      verdict = .stopped
    } else if ([modelAgreement] + comparison.lines.map(\.agreement)).contains(where: \.isOfOtherNames) {
      verdict = .sameValues
    } else {
      verdict = .sameBits
    }
    self.reasons = verdict == .differs ? reasons : []
  }

  /// Whether a line is recorded that is written after `line`.
  private static func comes(after line: LineFinding, in recorded: RecordedRun) -> Bool {
    recorded.metrics?.places.contains {
      line.place.comes(before: $0) && ($0.member, $0.epoch) != (line.member, line.epoch)
    } ?? false
  }
}

extension Agreement {
  fileprivate var isOfOtherNames: Bool {
    if case .sameValues = self { true } else { false }
  }
}
