internal import Configuration
public import Datasets

/// What stands before the first layer where each column has a learned map of its own to N numbers.
public struct EmbeddingShape: Codable, Equatable, Sendable {
  /// A column of the data.
  public enum Column: Codable, Equatable, Sendable {
    /// Of numbers, by so many features each.
    case numbers(features: Int)
    /// Of categories, by a row of a table for each level: one feature, the number of the row. Behind those of the levels
    /// stands one for what is no level that was learned, and one for missing values where training had such.
    case table(name: String, rows: Int, unknown: Int)

    /// Features of the encoded data that it is made of.
    public var features: Int {
      switch self {
      case .numbers(let features): features
      case .table: 1
      }
    }

    var isTable: Bool { if case .table = self { true } else { false } }
  }

  /// N
  public let width: Int
  /// In the order of the data.
  public let columns: [Column]

  /// - Parameters:
  ///   - width: N
  ///   - columns: As the features were learned.
  public init(width: Int, of columns: [EncodedColumn]) {
    self.width = width
    // Tensors have names of their own; columns may share theirs.
    var names: Set<String> = []
    self.columns = columns.filter { $0.width > 0 }.map { column in
      guard case .level(let levels) = column.kind else { return .numbers(features: column.width) }
      var name = column.name
      while !names.insert(name).inserted { name += "_" }
      return .table(name: name, rows: levels.count + (column.marksMissing ? 2 : 1), unknown: levels.count)
    }
  }

  /// Numbers that the first layer takes.
  public var outputs: Int { columns.count * width }

  /// Of each column, whether it has a table.
  public var areTables: [Bool] { columns.map(\.isTable) }

  /// Of each feature, whether it is the number of a row.
  public var areLevels: [Bool] {
    columns.flatMap { Array(repeating: $0.isTable, count: $0.features) }
  }

  var parameterCount: Double {
    columns.reduce(0.0) { total, column in
      switch column {
      case .numbers(let features): total + Double(features + 1) * Double(width)
      case .table(_, let rows, _): total + Double(rows) * Double(width)
      }
    }
  }

  /// Whether there can be such a one, of so many features: what a file says may be anything.
  func isPossible(featureCount: Int) -> Bool {
    guard (1...ModelOptions.mostEmbedding).contains(width), columns.count <= featureCount else { return false }
    var (features, names) = (0, Set<String>())
    for column in columns {
      switch column {
      case .numbers(let count):
        guard (1...featureCount).contains(count) else { return false }
        features += count
      case .table(let name, let rows, let unknown):
        guard (1...ModelShape.mostParameters).contains(rows), (0..<rows).contains(unknown),
          names.insert(name).inserted
        else { return false }
        features += 1
      }
      guard features <= featureCount else { return false }
    }
    return features == featureCount
  }
}
