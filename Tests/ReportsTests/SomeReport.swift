import Metrics
import Reports

/// Contents of reports as runs make them.
enum SomeReport {
  /// - Parameters:
  ///   - classes: Class 0 has the most samples, each next one fewer.
  ///   - errors: How many samples of each cell off the diagonal; given rows and columns.
  ///   - name: Of each class.
  static func content(
    classes: Int, errors: (Int, Int) -> Int = { actual, predicted in (3 * actual + predicted) % 4 },
    name: (Int) -> String = { "\($0)" }
  ) -> ReportContent {
    var content = ReportContent()
    content.program = "cw-dist-train 0.1.0"
    content.data = "folder/data.csv"
    content.about = [ReportContent.Line(title: "data", text: "data.csv: some samples")]
    content.options = [
      ReportContent.Option(name: "epochs", value: "3", isDefault: false),
      ReportContent.Option(name: "batch-size", value: "32", isDefault: true),
    ]
    content.classes = (0..<classes).map { index in
      ReportContent.ClassRow(name: name(index), count: 40 * (classes - index), weight: 1 + Double(index) / 4)
    }
    content.weightScheme = "balanced"
    content.parts = [
      part("training", confusion(classes, errors)), part("test", confusion(classes, errors)),
    ]
    content.unweighted = ReportContent.Cells(confusion(classes) { 2 * errors($0, $1) })
    content.epochs = epochs([("train", [3, 2, 1], [0.4, 0.5, 0.6]), ("validation", [3, 2, 1], [0.4, 0.5, 0.6])])
    content.delivered = ReportContent.Delivered(
      epoch: 3, step: 30, metric: "balanced_accuracy", metricTitle: "balanced accuracy")
    content.curves = (0..<min(classes, 5)).map { index in
      PrecisionRecallCurve(
        classIndex: index, positives: 4, negatives: 96, averagePrecision: 0.75,
        points: [
          PrecisionRecallCurve.Point(threshold: 0.75, found: 1, wrong: 0),
          PrecisionRecallCurve.Point(threshold: 0.5, found: 4, wrong: 4),
        ])
    }
    let sums = ProbabilitySums(classCount: 2)
    content.reliability = ["raw", "prior"].map { ReportContent.Reliability(kind: $0, sums) }
    return content
  }

  static func part(
    _ name: String, _ confusion: ConfusionMatrix, untuned: ConfusionMatrix? = nil, intervals: MetricIntervals? = nil
  ) -> ReportContent.Part {
    ReportContent.Part(
      name: name, loss: 0.5, logLoss: 0.25, confusion: ReportContent.Cells(confusion),
      untuned: untuned.map { ReportContent.Cells($0) },
      intervals: intervals)
  }

  static func confusion(_ classes: Int, _ errors: (Int, Int) -> Int) -> ConfusionMatrix {
    var matrix = ConfusionMatrix(classCount: classes)
    for actual in 0..<classes {
      for predicted in 0..<classes {
        let count = actual == predicted ? 20 + classes - actual : errors(actual, predicted)
        matrix.add(Int64(count), toCell: actual * classes + predicted)
      }
    }
    return matrix
  }

  /// - Parameter series: Of each split the losses and balanced accuracies of the epochs.
  static func epochs(_ series: [(split: String, losses: [Double?], scores: [Double])]) -> [ReportContent.Epoch] {
    series.flatMap { split, losses, scores in
      zip(losses, scores).enumerated().map { place, figures in
        var values = ["balanced_accuracy": figures.1, "macro_f1": figures.1 / 2]
        values["loss"] = figures.0
        return ReportContent.Epoch(epoch: place + 1, split: split, figures: values)
      }
    }
  }
}

/// The elements of a page, read by rules that are stricter than a browser's.
struct PageReader {
  struct Element: Equatable {
    let name: String
    let attributes: [String: String]
  }

  private(set) var elements: [Element] = []
  /// All text but that of styles, entities undone, spaces as one.
  private(set) var text = ""
  /// What no page should have.
  private(set) var faults: [String] = []

  init(_ html: String) {
    var open: [String] = []
    var rest = html.dropFirst("<!DOCTYPE html>\n".count)
    while let start = rest.firstIndex(of: "<") {
      if open.last != "style" { text += Self.plain(String(rest[..<start])) }
      guard let end = rest[start...].firstIndex(of: ">") else {
        faults.append("a tag without an end")
        return
      }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        if open.popLast() != String(tag.dropFirst()) { faults.append("</\(tag.dropFirst())> closes another element") }
        text += " "
        continue
      }
      let name = String(tag.prefix { $0 != " " })
      var attributes: [String: String] = [:]
      let pieces = tag.dropFirst(name.count).split(separator: "\"", omittingEmptySubsequences: false)
      for place in stride(from: 0, to: pieces.count - 1, by: 2) {
        let key = pieces[place].dropFirst().dropLast()
        if attributes.updateValue(Self.plain(String(pieces[place + 1])), forKey: String(key)) != nil {
          faults.append("two attributes \(key)")
        }
      }
      elements.append(Element(name: name, attributes: attributes))
      if !["meta", "br"].contains(name) { open.append(name) }
    }
    if !open.isEmpty { faults.append("\(open) are not closed") }
    text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func plain(_ text: String) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
      .reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}
