/// A column of features as a reader found it, before it is encoded for a model.
public struct FeatureColumn: Equatable, Sendable {
  public let name: String
  public let kind: Kind

  public enum Kind: Equatable, Sendable {
    /// Numbers; NaN where a value is missing.
    case numeric
    /// The number of a level; NaN where the value is missing, `unknownLevel` where it is none of them.
    case categorical(levels: [String])
  }

  /// None of a column of numbers.
  public var levels: [String] {
    if case .categorical(let levels) = kind { levels } else { [] }
  }

  /// Stands for a value that the training data does not have.
  public static let unknownLevel: Float = -1

  public init(name: String, kind: Kind = .numeric) {
    self.name = name
    self.kind = kind
  }

  /// More levels would be a sign that the column holds names or numbers of samples.
  public static let mostLevels = 1 << 16
}
