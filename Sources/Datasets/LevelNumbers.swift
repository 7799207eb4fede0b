/// The levels of a category, and the number of each: what stands for it where there are too many for a feature each.
///
/// Behind them stand a number for every text that is none of them, and one for a missing value.
public struct LevelNumbers: Equatable, Sendable {
  /// In the order of their numbers, from 0.
  public let levels: [String]
  private let numbers: [String: Int32]

  /// - Parameter levels: Each once.
  public init(_ levels: [String]) {
    self.levels = levels
    numbers = Dictionary(levels.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
  }

  public var count: Int { levels.count }

  /// Nil for a text that is none of them.
  func number(of text: String) -> Int? { numbers[text].map(Int.init) }

  public func hasLevel(_ text: String) -> Bool { numbers[text] != nil }

  /// The number of every text that is none of them.
  var unknown: Int { levels.count }
  /// The number of a missing value, where the column has one for it.
  var missing: Int { levels.count + 1 }

  /// Whether no level occurs twice.
  var areDifferent: Bool { numbers.count == levels.count }

  public static func == (one: LevelNumbers, other: LevelNumbers) -> Bool { one.levels == other.levels }
}
