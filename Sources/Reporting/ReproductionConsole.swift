internal import Configuration
public import Runs

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

  public init(style: Style) {
    self.style = style
    console = ConsoleListener(style: .pretty, quiet: style != .pretty)
  }

  public func receive(_ event: RunEvent) throws {
    switch event {
    case .warning, .note, .reading, .readingEnded: try console.receive(event)
    case .began, .goesOn, .epochEnded, .memberEnded, .reached, .ended, .stopped: break
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
      for line in lines { Console.output(ReproductionReport.rows(line, epochs: epochs)) }
    case (.pretty, .comparedCheckpoint(let checkpoint)): Console.output(ReproductionReport.row(checkpoint))
    case (.pretty, .ended(let result)): Console.output(ReproductionReport.conclusion(result))
    }
  }
}
