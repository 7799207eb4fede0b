internal import Datasets
internal import ONNX

/// What an exported model takes.
struct ModelInputs {
  /// One matrix of all columns, or a port for each column.
  let ports: [Graph.Port]
  /// Whether there is a port for each column.
  let isByColumn: Bool

  static let rows = Graph.Port.Dimension.any("N")
  /// Of the one matrix.
  static let matrixName = "features"

  /// - Parameters:
  ///   - columns: Those of the model; none where rows are taken as they are.
  ///   - featureCount: D
  ///   - firstFeature: The name of the first, which is its number in rows that are taken as they are.
  ///   - taken: Names that no input can have: those of the outputs.
  init(_ columns: [EncodedColumn], featureCount: Int, firstFeature: String, taken: [String]) {
    isByColumn = !columns.allSatisfy(\.isPlainNumber)
    guard isByColumn else {
      let meaning =
        columns.isEmpty
        ? "the features of the model, from \(firstFeature) on, 0 where a row has none"
        : "the columns of the model, in their order; NaN where a value is missing"
      let width = columns.isEmpty ? featureCount : columns.count
      ports = [Graph.Port(Self.matrixName, .float, [Self.rows, .exactly(width)], meaning: meaning)]
      return
    }
    var names = Set(taken)
    ports = columns.enumerated().map { index, column in
      var name = column.name.isEmpty ? "x\(index)" : column.name
      while !names.insert(name).inserted { name += "_" }
      return Graph.Port(name, column.inputType, [Self.rows, .exactly(1)], meaning: column.inputMeaning)
    }
  }
}

extension EncodedColumn {
  /// Whether Float32 holds its values as training saw them.
  fileprivate var isPlainNumber: Bool { isNumeric && offset == 0 }

  /// Numbers with an offset would lose their digits in Float32.
  fileprivate var inputType: ElementType { isPlainNumber ? .float : isNumeric ? .double : .string }

  fileprivate var inputMeaning: String {
    switch kind {
    case .numeric, .piecewise, .quantile: "\(numberMeaning); NaN where it is missing"
    case .oneHot(let levels, let hasOther):
      "a text: \(Self.list(levels))\(hasOther ? ", or any other" : ""); empty where it is missing"
    case .level(let numbers): "a text: \(Self.list(numbers.levels)), or any other; empty where it is missing"
    case .hashed: "a text; empty where it is missing"
    }
  }

  private var numberMeaning: String {
    switch unit {
    case .none: "a number"
    case .percent: "per cent: 12 of 12 %"
    case .date: "a date: seconds since 1970 (UTC)"
    case .timeOfDay: "a time of day: seconds since midnight"
    }
  }

  private static let listedLevels = 4

  private static func list(_ levels: [String]) -> String {
    levels.prefix(listedLevels).map { String($0.prefix(20)) }.joined(separator: ", ")
      + (levels.count > listedLevels ? ", … (\(levels.count))" : "")
  }
}
