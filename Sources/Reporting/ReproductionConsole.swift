internal import Configuration
public import Runs
internal import Training

/// Tells the user how a run is reproduced: each line as it was and as it is, and a verdict. A class, for the line that
/// moves while files are read.
public final class ReproductionConsole: ReproductionListener {
  /// How it is told.
  public enum Style: Sendable {
    /// Tables for people.
    case pretty
    /// One JSON object, at the end.
    case json
    /// Nothing but warnings.
    case quiet
  }

  private let style: Style
  /// For warnings, and for how far files are read.
  private let console: ConsoleListener
  private var beginning: ReproductionBeginning?
  /// By the member, from 1.
  private var members: [Int: MemberFindings] = [:]
  private var lastRow = ContinuousClock.now

  /// Of members, whose epochs are not told of one by one.
  private static let longestSilence = Duration.seconds(30)

  public init(style: Style) {
    self.style = style
    console = ConsoleListener(style: .pretty, quiet: style != .pretty)
  }

  public func receive(_ event: RunEvent) throws {
    switch event {
    case .warning, .note, .reading, .readingEnded: try console.receive(event)
    case .memberEnded(let member, let place):
      guard style == .pretty else { return }
      lastRow = .now
      Console.output(
        ReproductionReport.row(place, epochs: member.epochs, members[place.number] ?? MemberFindings()))
    case .began, .goesOn, .epochEnded, .reached, .ended, .stopped: break
    }
  }

  public func receive(_ event: ReproductionEvent) throws {
    if case .began(let beginning) = event { self.beginning = beginning }
    switch (style, event) {
    case (.quiet, _): break
    case (.json, .ended(let result)):
      guard let beginning else { preconditionFailure("a reproduction ends that has not begun") }
      Console.output(String(try JSONText.pretty(ReproductionRecord(beginning, result)).dropLast()))
    case (.json, _): break
    case (.pretty, .began(let beginning)): Console.output(ReproductionReport.introduction(beginning))
    case (.pretty, .compared(let lines, let epochs)):
      for line in lines { tell(line, epochs: epochs) }
    case (.pretty, .comparedCheckpoint(let checkpoint)): Console.output(ReproductionReport.row(checkpoint))
    case (.pretty, .ended(let result)): Console.output(ReproductionReport.conclusion(result))
    }
  }

  /// A line; of a member only its first that differs, and one where nothing has been said for a while.
  private func tell(_ line: LineFinding, epochs: Int) {
    guard let member = line.member else { return Console.output(ReproductionReport.rows(line, epochs: epochs)) }
    switch line.agreement {
    case .sameBits, .sameValues: break
    case .missing: members[member, default: MemberFindings()].missing += 1
    case .differs: members[member, default: MemberFindings()].differences += 1
    }
    if line.agreement.isDifference, members[member]?.differences == 1 {
      Console.output(ReproductionReport.rows(line, ofMember: member, epochs: epochs))
    } else if ContinuousClock.now - lastRow > Self.longestSilence {
      Console.output(ReproductionReport.row(member, of: beginning?.now.members ?? member, line, epochs: epochs))
    } else {
      return
    }
    lastRow = .now
  }
}

/// How many lines of a member are not as they were.
struct MemberFindings {
  var differences = 0
  /// Of which none is recorded.
  var missing = 0
}
