internal import Metrics

/// What a report's sections have in common: the judged part, and the classes by rarity.
struct ReportModel {
  let content: ReportContent
  /// The part that is judged.
  let part: ReportContent.Part
  let confusion: ConfusionMatrix
  /// Of each class on the judged part. [C]
  let perClass: [ClassMetrics]
  let untuned: ConfusionMatrix?
  let unweighted: ConfusionMatrix?
  /// Classes from the one with fewest training samples up.
  let byRarity: [Int]

  /// - Throws: `ReportError`
  init(_ content: ReportContent) throws(ReportError) {
    let count = content.classes.count
    guard count > 0, let part = content.parts.last else { throw .incomplete(what: "no class, or no part of the data") }
    func matrix(_ cells: ReportContent.Cells?, _ what: String) throws(ReportError) -> ConfusionMatrix? {
      guard let cells else { return nil }
      guard let matrix = cells.matrix(classCount: count) else { throw .incomplete(what: "cells beyond \(what)") }
      return matrix
    }
    guard let confusion = try matrix(part.confusion, "the confusion matrix") else {
      throw .incomplete(what: "no confusion matrix")
    }
    guard content.curves.allSatisfy({ content.classes.indices.contains($0.classIndex) }) else {
      throw .incomplete(what: "a curve of no class")
    }
    self.content = content
    self.part = part
    self.confusion = confusion
    perClass = confusion.perClass
    untuned = try matrix(part.untuned, "the confusion matrix without thresholds")
    unweighted = try matrix(content.unweighted, "the confusion matrix without weights")
    byRarity = content.classes.indices.sorted {
      (content.classes[$0].count, $0) < (content.classes[$1].count, $1)
    }
  }

  var classCount: Int { content.classes.count }

  /// Of the intervals of recalls, too, where none was asked for.
  var confidence: Double { part.intervals?.confidence ?? 0.95 }

  /// In full length a name could be longer than all else.
  func name(_ index: Int, most: Int = 48) -> String { Figures.shortened(content.classes[index].name, to: most) }

  var dataTitle: String { PageFrame.dataTitle(content.data) }

  /// "class 4", "class “big dog”"
  func phrase(_ index: Int) -> String {
    let name = name(index)
    let isPlain =
      !name.isEmpty
      && name.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || "0123456789_.-".unicodeScalars.contains($0) }
    return "class\u{A0}" + (isPlain ? name : "“\(name)”")
  }

  /// "validation samples"
  var partNoun: String { "\(part.name) sample" }

  /// The class with the most samples in the judged part.
  var mostCommon: Int {
    content.classes.indices.max { (perClass[$0].support, -$0) < (perClass[$1].support, -$1) } ?? 0
  }

  /// Classes that the judged part has samples of.
  var presentCount: Int { perClass.count { $0.support > 0 } }

  /// The figures of who always guesses the most common class.
  var alwaysMostCommon: ConfusionMatrix {
    var matrix = ConfusionMatrix(classCount: classCount)
    for index in 0..<classCount {
      matrix.add(Int64(perClass[index].support), toCell: index * classCount + mostCommon)
    }
    return matrix
  }
}

/// A report that cannot be drawn.
public enum ReportError: Error, Equatable {
  case incomplete(what: String)
}
