public import Configuration
public import Runs

/// Tells the user how a comparison goes: a line for each run, and a table. A class, for what it has said already.
public final class ComparisonConsole: ComparisonListener {
  private let style: JobOptions.LogStyle
  private let quiet: Bool
  /// For how far files are read.
  private let console: ConsoleListener
  /// What was said of one run would be said of most others.
  private var said: Set<String> = []
  private var plan: ComparisonPlan?

  /// - Parameter quiet: Whether nothing but warnings is said.
  public init(style: JobOptions.LogStyle, quiet: Bool) {
    (self.style, self.quiet) = (style, quiet)
    console = ConsoleListener(style: style, quiet: quiet || style == .json)
  }

  public func receive(_ event: RunEvent) throws {
    switch event {
    case .warning(let text): if said.insert(text).inserted { try console.receive(event) }
    case .reading, .readingEnded: try console.receive(event)
    case .note, .began, .goesOn, .epochEnded, .memberEnded, .reached, .ended, .stopped: break
    }
  }

  public func receive(_ event: ComparisonEvent) throws {
    if case .began(let plan, _, _) = event { self.plan = plan }
    if case .runEnded(let run, .failed(let reason), _, _) = event, let plan {
      Console.warning("the run \(ComparisonReport.title(run, plan)) failed: \(reason)")
    }
    guard !quiet else { return }
    switch (style, event) {
    case (.pretty, .began(let plan, let done, let path)):
      if let note = plan.note { Console.note(note) }
      Console.output(ComparisonReport.introduction(plan, done: done, path: path))
      if done < plan.runs.count { Console.output(ComparisonReport.title(plan)) }
    case (.pretty, .runEnded(let run, let progress, let done, let seconds)):
      guard let plan else { preconditionFailure("a run of a comparison ends that has not begun") }
      Console.output(ComparisonReport.line(run, progress, plan, done: done, seconds: seconds))
    case (.pretty, .ended(let table)): Console.output("\n" + ComparisonReport.text(table))
    case (.pretty, .stopped(let table)): Console.output("\n" + ComparisonReport.stopped(table))
    case (.json, .began), (.json, .runEnded): break
    case (.json, .ended(let table)), (.json, .stopped(let table)):
      Console.output(String(try JSONText.line(ComparisonRecord(table)).dropLast()))
    }
  }
}
