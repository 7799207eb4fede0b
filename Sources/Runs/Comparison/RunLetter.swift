internal import Collectives
internal import Foundation

/// What became of a run, for the rank that speaks of it.
struct EndedRun: Codable {
  /// Its place in the plan.
  let index: Int
  let judgement: Judgement?
  /// Why it failed; nil where it did not.
  let failure: RunFailure?
  let seconds: Double
  /// What was said of it.
  let warnings: [String]
}

/// What ranks tell each other that train runs side by side.
enum RunLetter: Codable {
  // To the root.
  case asksForRun
  case ended(EndedRun)
  /// The sender has no run any more, and trains none.
  case hasFinished

  // Of the root.
  case train(Int)
  case nothingLeft
  /// All ranks have finished.
  case over

  // Of both.
  /// All are to stop.
  case stop
  /// The sender is well: whoever waits may wait on. To the root also how far its run is.
  case isWell(RunShare?)
}

/// How far a run is that is under way.
struct RunShare: Codable {
  /// Its place in the plan.
  let index: Int
  /// In 0...1.
  var share = 0.0
}

/// What the root hears of runs that ranks train side by side.
enum RunNews {
  case ended(EndedRun)
  /// Those under way, by rank.
  case goesOn([RunShare])
}

extension Communicator {
  /// Not collective.
  func post(_ letter: RunLetter, to receiver: Int) throws {
    try post([UInt8](try JSONEncoder().encode(letter)), to: receiver)
  }
}

extension RunLetter {
  init(_ letter: Letter) throws { self = try JSONDecoder().decode(RunLetter.self, from: Data(letter.bytes)) }
}
