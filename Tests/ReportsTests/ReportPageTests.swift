import Foundation
import Metrics
import Reports
import Subprocess
import TestSupport
import Testing

@Suite struct ReportPageTests {
  static let classCounts = [1, 2, 3, 7, 12, 13, 23, 40, 41, 100, 101, 200, 250, 251, 300]

  private func page(_ content: ReportContent) throws -> (html: String, reader: PageReader) {
    let html = try ReportPage(content).html
    return (html, PageReader(html))
  }

  @Test(arguments: classCounts)
  func `every element is closed, every identifier is one element's, and what refers to one finds it`(classes: Int)
    throws
  {
    let (html, reader) = try page(SomeReport.content(classes: classes))
    #expect(html.hasPrefix("<!DOCTYPE html>\n") && reader.faults == [])
    let identifiers = reader.elements.compactMap { $0.attributes["id"] }
    #expect(Set(identifiers).count == identifiers.count && identifiers.count >= 8)
    for element in reader.elements {
      for attribute in ["aria-labelledby", "aria-describedby"] {
        guard let value = element.attributes[attribute] else { continue }
        #expect(identifiers.contains(value), "\(value)")
      }
    }
  }

  @Test func `intervals that were asked for stand beside the figures, and set those of recalls`() throws {
    var content = SomeReport.content(classes: 3)
    let confusion = SomeReport.confusion(3) { _, _ in 2 }
    let intervals = try #require(MetricIntervals(confusion, logLoss: 0.5, logLossError: 0.05, confidence: 0.9))
    content.parts = [SomeReport.part("training", confusion), SomeReport.part("test", confusion, intervals: intervals)]
    let (_, reader) = try page(content)
    let text = reader.text.replacing("\u{A0}", with: " ")
    #expect(reader.faults == [] && text.contains("Recall, 90 % interval") && text.contains("with 90 % confidence"))
    let range = String(format: "%.3f–%.3f", intervals.balancedAccuracy.lower, intervals.balancedAccuracy.upper)
    #expect(text.contains(range) && text.contains("0.418–0.582"), "\(range)")
    #expect(try !page(SomeReport.content(classes: 3)).reader.text.contains("90\u{A0}% interval"))
    let data = try JSONEncoder().encode(content)
    #expect(try JSONDecoder().decode(ReportContent.self, from: data) == content)
  }

  @Test(arguments: classCounts)
  func `pictures have names, tables captions and headers, and what scrolls can be reached by keys`(classes: Int) throws
  {
    let elements = try page(SomeReport.content(classes: classes)).reader.elements
    #expect(elements.first { $0.name == "html" }?.attributes["lang"] == "en")
    for picture in elements where picture.name == "svg" {
      let isNamed = picture.attributes["role"] == "img" && picture.attributes["aria-label"]?.isEmpty == false
      #expect(isNamed || picture.attributes["aria-hidden"] == "true")
    }
    #expect(elements.count { $0.attributes["role"] == "img" } >= 4)
    #expect(elements.count { $0.name == "table" } == elements.count { $0.name == "caption" })
    #expect(elements.filter { $0.name == "th" }.allSatisfy { ["row", "col"].contains($0.attributes["scope"]) })
    for region in elements where region.attributes["class"]?.hasPrefix("frame") == true {
      #expect(region.attributes["tabindex"] == "0" && region.attributes["aria-label"]?.isEmpty == false)
    }
  }

  @Test func `names from data never become markup`() throws {
    let evil = [
      "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='x", "&lt;b&gt;",
      "a\u{0}b\u{1B}[2J",
      "\u{202E}txt.exe", "]]>--><!--", "</style></svg>", "\u{FFFE}",
    ]
    func content(_ names: [String]) -> ReportContent {
      var content = SomeReport.content(classes: 9, name: { names[$0] })
      content.program = names[0]
      content.data = names[1]
      content.weightScheme = names[2]
      content.tunedFor = names[3]
      content.about = names.map { ReportContent.Line(title: $0, text: $0) }
      content.options = names.map { ReportContent.Option(name: $0, value: $0, isDefault: $0 == names[0]) }
      content.delivered = ReportContent.Delivered(epoch: 2, step: 2, metric: names[0], metricTitle: names[1])
      return content
    }
    let harmless = evil.map { name in String(repeating: "x", count: max(name.count, 5)) }
    let (html, reader) = try page(content(evil))
    #expect(reader.faults == [])
    let names = try page(content(harmless)).reader.elements.map(\.name)
    #expect(reader.elements.map(\.name) == names)
    #expect(Set(reader.elements.flatMap(\.attributes.keys)).isDisjoint(with: ["onload", "onerror", "src", "href"]))
    #expect(reader.text.contains("</script><script>alert(1)</script>"))
    #expect(
      !html.unicodeScalars.contains { $0.value < 0x0A || $0.value == 0x1B || $0.value == 0x202E || $0.value == 0xFFFE })
    #expect(html.contains("\\u{202e}txt.exe") && html.contains("\\u{1b}[2J"))
  }

  @Test(arguments: classCounts)
  func `needs no network and no script`(classes: Int) throws {
    let (html, reader) = try page(SomeReport.content(classes: classes))
    #expect(
      Set(reader.elements.map(\.name)).isDisjoint(with: ["script", "link", "img", "iframe", "object", "image", "use"]))
    for word in ["http:", "https:", "url(", "@import", "javascript:"] { #expect(!html.contains(word), "\(word)") }
  }

  enum Confusion: CaseIterable {
    case everything, anything, neighbours

    func count(_ actual: Int, _ predicted: Int) -> Int {
      switch self {
      case .everything: 1
      case .anything: (actual * 7919 + predicted * 104_729) % 40
      case .neighbours: actual - predicted == 1 ? 5 : 0
      }
    }
  }

  @Test(arguments: [200, 250, 300], Confusion.allCases)
  func `a page is smaller than 1 MB, whatever was confused`(classes: Int, confusion: Confusion) throws {
    let content = SomeReport.content(
      classes: classes, errors: confusion.count, name: { "class number \($0), which has a long name" })
    let size = try page(content).html.utf8.count
    #expect(size < 1_000_000, "\(size) bytes")
  }

  @Test(arguments: [30, 41, 100])
  func `the picture of confusions has all cells that are not 0, and no other`(classes: Int) throws {
    let content = SomeReport.content(classes: classes)
    let reader = try page(content).reader
    var cells = 0
    for element in reader.elements {
      let kind = element.attributes["class"] ?? ""
      if element.name == "path", kind.hasPrefix("run ") {
        // M12 3h4: four cells.
        cells += (element.attributes["d"] ?? "").split(separator: "M").reduce(0) {
          $0 + (Int($1.split(separator: "h")[1]) ?? 0)
        }
      } else if element.name == "rect", element.attributes["x"] != nil, kind.hasPrefix("hit") || kind.hasPrefix("miss")
      {
        cells += 1
      }
    }
    #expect(cells == content.parts.last?.confusion.cells.count)
  }

  @Test func `a content that was written and read gives the same page`() throws {
    let content = SomeReport.content(classes: 5)
    let read = try JSONDecoder().decode(ReportContent.self, from: JSONEncoder().encode(content))
    #expect(read == content)
    #expect(try ReportPage(read).html == ReportPage(content).html)
  }

  @Test func `a content that contradicts itself is refused`() throws {
    #expect(throws: ReportError.self) { try ReportPage(ReportContent()) }
    for change: (inout ReportContent) -> Void in [
      { $0.classes.removeLast() }, { $0.parts = [] }, { $0.classes = [] },
      {
        $0.curves = [PrecisionRecallCurve(classIndex: 3, positives: 1, negatives: 1, averagePrecision: nil, points: [])]
      },
    ] {
      var content = SomeReport.content(classes: 3)
      change(&content)
      #expect(throws: ReportError.self) { try ReportPage(content) }
    }
  }

  @Test func `a run without epochs, curves and probabilities has a page all the same`() throws {
    var content = SomeReport.content(classes: 3)
    (content.epochs, content.curves, content.reliability, content.unweighted) = ([], [], [], nil)
    let reader = try page(content).reader
    #expect(reader.faults == [] && reader.text.contains("No epoch of the run is on record."))
    #expect(reader.text.contains("There are no figures of probabilities"))
  }

  @Test(arguments: [1, 2, 7, 23, 41, 100])
  func `HTML Tidy finds no fault`(classes: Int) async throws {
    guard let tidy = ["/usr/bin/tidy", "/usr/local/bin/tidy"].first(where: FileManager.default.isExecutableFile) else {
      return
    }
    let folder = try TemporaryFolder()
    try folder.write(try page(SomeReport.content(classes: classes)).html, to: "report.html")
    let result = try await Subprocess.run(
      .path(.init(tidy)), arguments: ["-q", "-e", folder.path("report.html")], output: .discarded,
      error: .string(limit: 1 << 20))
    #expect(result.standardError == "")
  }
}
