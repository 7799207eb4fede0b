/// The class that each label stands for.
public struct ClassNumbers: Sendable {
  public let names: [String]
  private let numbers: [String: Int32]
  /// By `ClassNames.key`.
  private let numbersByKey: [String: Int32]
  /// Of which any way to write them is meant: "1e3", too.
  private let areIntegers: Bool

  public init(_ names: [String]) {
    self.names = names
    numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    // Older versions left decimal commas in labels as they are.
    let keys =
      names.enumerated().map { (ClassNames.key($1), Int32($0)) }
      + names.enumerated().filter { $1.contains(",") }.map { (ClassNames.key(ClassNames.withPoint($1)), Int32($0)) }
    numbersByKey = Dictionary(keys, uniquingKeysWith: { first, _ in first })
    areIntegers = names.allSatisfy { ClassNames.integer($0) != nil }
  }

  /// Nil for a label that is none of them.
  public subscript(label: String) -> Int32? {
    numbers[label] ?? numbersByKey[ClassNames.key(label)]
      ?? (areIntegers ? ClassNames.integer(label).flatMap { numbers[String($0)] } : nil)
  }
}
