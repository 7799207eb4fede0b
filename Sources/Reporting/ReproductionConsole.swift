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
  /// Lines of each member (from 1) that are not as they were.
  private var differences: [Int: Int] = [:]

  public init(style: Style) {
    self.style = style
    console = ConsoleListener(style: .pretty, quiet: style != .pretty)
  }

  public func receive(_ event: RunEvent) throws {
    switch event {
    case .warning, .note, .reading, .readingEnded: try console.receive(event)
    case .memberEnded(let member, let place):
      guard style == .pretty else { return }
      let differences = differences[place.number] ?? 0
      Console.output(ReproductionReport.row(place, epochs: member.epochs, differences: differences))
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

  /// A line; of a member only where it differs, since members have hundreds of them.
  private func tell(_ line: LineFinding, epochs: Int) {
    guard let member = line.member else { return Console.output(ReproductionReport.rows(line, epochs: epochs)) }
    switch line.agreement {
    case .sameBits, .sameValues: return
    case .missing, .differs: differences[member, default: 0] += 1
    }
    guard differences[member] == 1 else { return }
    Console.output(
      "member \(member), its first line that is not as it was:\n" + ReproductionReport.rows(line, epochs: epochs))
  }
}
