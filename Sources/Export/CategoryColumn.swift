internal import Datasets
internal import Foundation
internal import ONNX

/// A column of texts: the feature of each text that it knows, or the row of a table.
struct CategoryColumn {
  private let name: String
  private let width: Int
  /// The texts that it knows, and the feature of each; `none` for one that leaves all features 0.
  private var texts: [String] = []
  private var places: [Int] = []
  /// The feature of every other text.
  private let otherPlace: Int

  /// No feature: it is compared with those that there are.
  private static let none = -1

  /// Of a column whose feature is the number of a level.
  init(_ column: EncodedColumn, _ numbers: LevelNumbers, input: String, missingTexts: [String]) {
    name = input
    width = 1
    otherPlace = numbers.count
    add(numbers.levels, missingTexts, missingPlace: numbers.count + (column.marksMissing ? 1 : 0))
  }

  /// - Parameters:
  ///   - levels: Those of the column.
  ///   - hasOther: Whether it has a feature for all other texts.
  ///   - input: The name of its input.
  ///   - missingTexts: What stands for a missing value, beside the empty text.
  init(_ column: EncodedColumn, levels: [String], hasOther: Bool, input: String, missingTexts: [String]) {
    name = input
    width = column.width
    otherPlace = hasOther ? levels.count : Self.none
    add(levels, missingTexts, missingPlace: column.marksMissing ? width - 1 : Self.none)
  }

  private mutating func add(_ levels: [String], _ missingTexts: [String], missingPlace: Int) {
    // Compared by their bytes, as the operation does: to Swift, texts are equal in whatever way Unicode spells them.
    var known: Set<[UInt8]> = []
    for (place, level) in levels.enumerated() { add(Self.spellings(of: level), place, &known) }
    add([""] + missingTexts, missingPlace, &known)
  }

  private mutating func add(_ texts: [String], _ place: Int, _ known: inout Set<[UInt8]>) {
    for text in texts where known.insert(Array(text.utf8)).inserted {
      self.texts.append(text)
      places.append(place)
    }
  }

  /// How a level may be written: a whole number as programs write it that take it for a measurement, and letters as
  /// Unicode composes or decomposes them.
  private static func spellings(of level: String) -> [String] {
    if let integer = Int(level), String(integer) == level, abs(integer) < 1_000_000_000_000_000 {
      return [level, level + ".0"]
    }
    return [level, level.decomposedStringWithCanonicalMapping]
  }

  /// Int64 [N, 1]: the place of the feature that is 1 for a text, or the row of the table.
  ///
  /// - Parameter value: The texts, [N, 1].
  func place(of value: Graph.Value, in graph: inout Graph) -> Graph.Value {
    graph.node(
      "LabelEncoder", [value],
      ["keys_strings": .texts(texts), "values_int64s": .integers(places), "default_int64": .integer(otherPlace)],
      from: .tables, name: "\(name).place")
  }

  /// The features, [N, width].
  ///
  /// - Parameter value: The texts, [N, 1].
  func features(of value: Graph.Value, in graph: inout Graph) -> Graph.Value {
    let place = place(of: value, in: &graph)
    let features = graph.constant("\(name).places", Constant(Array(0..<width)))
    let isFeature = graph.node("Equal", [place, features], name: "\(name).is_feature")
    return graph.node("Cast", [isFeature], ["to": .integer(ElementType.float.code)], name: "\(name).features")
  }
}
