public import Configuration
public import Runs

/// Tells the user how a comparison goes: a line that moves, a line for each run, and a table. A class, for what it has
/// said already.
public final class ComparisonConsole: ComparisonListener {
  private let style: JobOptions.LogStyle
  private let quiet: Bool
  /// For how far files are read.
  private let console: ConsoleListener
  /// What was said of one run would be said of most others.
  private var said: Set<String> = []
  private var plan: ComparisonPlan?
  private var names: ChoiceNames?
  /// Characters of a line.
  private let width = Console.outputWidth
  private var timeLeft = TimeLeft()
  /// When the next line about how far it is may be written: in a file no sooner than so long after any other line.
  private var next = ContinuousClock.now

  /// - Parameter quiet: Whether nothing but warnings is said.
  public init(style: JobOptions.LogStyle, quiet: Bool) {
    self.style = style
    self.quiet = quiet
    console = ConsoleListener(style: style, quiet: quiet || style == .json)
  }

  /// As for a run; nil where nobody looks on.
  public var interval: Duration? { style == .json ? nil : console.interval }

  public func receive(_ event: RunEvent) throws {
    switch event {
    case .warning(let text): if said.insert(text).inserted { try console.receive(event) }
    case .reading, .readingEnded: try console.receive(event)
    case .note, .began, .goesOn, .epochEnded, .memberEnded, .reached, .ended, .stopped: break
    }
  }

  public func receive(_ event: ComparisonEvent) throws {
    if case .began(let plan, _, _) = event { (self.plan, names) = (plan, ChoiceNames(plan)) }
    guard let plan, let names else { preconditionFailure("a comparison goes on that has not begun") }
    if case .runEnded(let run, .failed(let reason), _, _) = event {
      Console.warning("the run \(ComparisonReport.title(run, plan)) failed: \(reason)")
    }
    guard !quiet else { return }
    switch (style, event) {
    case (.pretty, .began(_, let done, let path)):
      if let note = plan.note { Console.sentence(note) }
      Console.output(ComparisonReport.introduction(plan, done: done, path: path, width: width))
      if done < plan.runCount { Console.output(ComparisonReport.title(plan, names, width: width)) }
      lineWritten()
    case (.pretty, .runEnded(let run, let progress, let done, let seconds)):
      Console.output(
        ComparisonReport.line(run, progress, plan, names, done: done, seconds: seconds, width: width))
      lineWritten()
    case (.pretty, .goesOn(let activity)): goesOn(activity, plan, names)
    case (.pretty, .rungEnded(let rung, let remaining)):
      if let halving = plan.halving {
        Console.output(ComparisonReport.rungEnded(rung, of: halving, remaining: remaining))
        lineWritten()
      }
    case (.pretty, .ended(let table)): Console.output("\n" + ComparisonReport.text(table, width: width))
    case (.pretty, .stopped(let table)): Console.output("\n" + ComparisonReport.stopped(table, width: width))
    case (.json, .began), (.json, .runEnded), (.json, .goesOn), (.json, .rungEnded): break
    case (.json, .ended(let table)), (.json, .stopped(let table)):
      Console.output(String(try JSONText.line(ComparisonRecord(table)).dropLast()))
    }
  }

  private func goesOn(_ activity: ComparisonActivity, _ plan: ComparisonPlan, _ names: ChoiceNames) {
    let left = timeLeft.estimate(at: activity.share)
    guard let interval, ContinuousClock.now >= next else { return }
    next = .now + interval
    let runs = activity.underWay.map { run, _ in
      ([names.joined(run.choice)] + [plan.repeats[run.repetition].title]).filter { !$0.isEmpty }.joined(separator: ", ")
    }
    let line = ComparisonLine.text(
      activity, runs, rungs: plan.choiceCounts.count, left: left, width: Console.statusWidth)
    if Console.showsStatus { Console.status(line) } else { Console.note(line) }
  }

  private func lineWritten() {
    if !Console.showsStatus, let interval { next = .now + interval }
  }
}
