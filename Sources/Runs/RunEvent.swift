public import Collectives
public import Models
public import Training

/// What happens in a run.
public enum RunEvent {
  /// Something that the user should look at; the run goes on.
  case warning(String)
  /// Something that is neither result nor trouble.
  case note(String)
  /// How far a file is: "reading" it, "unpacking" it.
  case reading(activity: String, path: String, done: Int, total: Int)
  case readingEnded
  /// Everything is there that is known before the first step.
  case began(RunDescription)
  case epochEnded(EpochReport)
  /// How far it is: as often as a listener wants to hear it.
  case goesOn(TrainingActivity)
  /// One of several members is trained.
  case memberEnded(TrainedMember, MemberPlace)
  /// The run could be gone on with from this state. Its vectors are those of the run, valid until `receive` returns.
  case reached(TrainingState)
  /// The model is trained, saved and judged.
  case ended(RunEnd)
  /// A stop was requested, and the run is saved.
  ///
  /// - `advice`: How to go on.
  case stopped(RunResult, advice: String)
}

/// What a run came to.
public struct RunEnd {
  public let result: RunResult
  public let final: FinalEvaluation
  /// T of calibrated probabilities, found on the validation part; nil where there is none.
  public let temperature: Double?
  /// How logits become a class; nil where the largest decides.
  public let decision: DecisionRule?
  /// τ by which the rows of the last layer were divided; nil where they were not.
  public let tau: Double?
  /// Whether that was chosen on samples that the model was not trained on.
  public var isTauFound: Bool { tau != nil && run.findsTau }
  public let run: RunDescription
  /// Of each rank, in bytes.
  public let peakMemory: [Int]
  /// The run's folder; nil where it has none.
  public let path: String?
}

/// Hears what happens in a run and tells somebody: a terminal, a file. It decides nothing, unless no listener needs to
/// hear more. Only the root's listeners are told anything.
public protocol RunListener {
  /// Whether the run may stop: asked after epochs and states, and what was stopped is not judged.
  var hasHeardEnough: Bool { get }

  /// How often it wants to hear how far the run is; nil where it doesn't.
  var interval: Duration? { get }

  /// - Throws: What makes the run end; on all ranks.
  func receive(_ event: RunEvent) throws
}

extension RunListener {
  /// A listener wants the whole run where it does not say otherwise.
  public var hasHeardEnough: Bool { false }
  public var interval: Duration? { nil }
}

/// The listeners of this rank.
public struct RunListeners {
  private let listeners: [any RunListener]

  init(_ listeners: [any RunListener]) {
    self.listeners = listeners
  }

  /// Nobody listens.
  public static var none: RunListeners { RunListeners([]) }

  /// - Parameter listeners: Of the root; other ranks have none.
  public init(_ listeners: [any RunListener], of communicator: some Communicator) {
    self.listeners = communicator.isRoot ? listeners : []
  }

  /// These, and then others.
  func with(_ others: RunListeners) -> RunListeners { RunListeners(listeners + others.listeners) }

  /// Tells all of them, one after another.
  ///
  /// - Throws: What the first that fails throws.
  public func receive(_ event: RunEvent) throws {
    for listener in listeners { try listener.receive(event) }
  }

  /// Whether one of them says that the run may stop.
  var haveHeardEnough: Bool { listeners.contains { $0.hasHeardEnough } }

  /// The shortest of theirs.
  var interval: Duration? { listeners.compactMap(\.interval).min() }

  /// Words are no reason for a run to end.
  public func warn(_ text: String) { tell([.warning(text)]) }

  /// The same of several, warnings and notes.
  func tell(_ words: [RunEvent]) { words.forEach { try? receive($0) } }
}
