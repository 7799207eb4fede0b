/// The class that each label stands for.
public struct ClassNumbers: Sendable {
  public let names: [String]
  private let numbers: [String: Int32]
  private let areIntegers: Bool

  public init(_ names: [String]) {
    self.names = names
    numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    areIntegers = names.allSatisfy { ClassNames.integer($0) != nil }
  }

  /// Nil for a label that is none of them.
  public subscript(label: String) -> Int32? {
    numbers[areIntegers ? ClassNames.integer(label).map(String.init) ?? label : label]
  }
}
