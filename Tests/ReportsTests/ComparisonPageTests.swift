import Reports
import TestSupport
import Testing

@Suite struct ComparisonPageTests {
  private static let figures = [
    ComparisonContent.Figure(title: "balanced accuracy", smallerIsBetter: false, isMain: true),
    ComparisonContent.Figure(title: "log loss", smallerIsBetter: true, isMain: true),
    ComparisonContent.Figure(title: "MCC", smallerIsBetter: false, isMain: false),
  ]

  private func content(_ choices: [ComparisonContent.Choice], runs: [ComparisonContent.Run]) -> ComparisonContent {
    ComparisonContent(
      program: "cw-dist-train 1", data: "a<b>.csv", judgedBy: "test", shared: "sampler shuffle",
      tried: "class-weights, loss",
      figures: Self.figures, choices: choices, runs: runs, level: 0.05)
  }

  private func cell(
    _ mean: Double?, sd: Double? = 0.01, best: Bool = false, noise: Bool = false
  ) -> ComparisonContent.Cell {
    ComparisonContent.Cell(mean: mean, standardDeviation: sd, isBest: best, isWithinNoise: noise)
  }

  @Test func `a page of choices says which is best, and who may be as good`() {
    let names = ["none, focal", "<inverse>, focal", "balanced, cross-entropy", "per-batch, ldam"]
    let choices = names.enumerated().map { place, name in
      ComparisonContent.Choice(
        name: name, note: place == 3 ? "left after 3 epochs" : nil,
        cells: [
          cell(0.7 + 0.01 * Double(place), best: place == 2, noise: place == 1), cell(1.5, best: place == 0),
          cell(place == 0 ? nil : -0.25, sd: nil),
        ])
    }
    let runs = [
      ComparisonContent.Run(
        folder: "class-weights=none,loss=focal,seed=0", outcome: "completed", figures: [0.7, 1.5, nil]),
      ComparisonContent.Run(folder: "class-weights=<inverse>,seed=1", outcome: "open", figures: nil),
    ]
    let html = ComparisonPage(content(choices, runs: runs)).html
    let reader = PageReader(html)
    #expect(html.hasPrefix("<!DOCTYPE html>\n") && reader.faults == [])
    let text = reader.text.replacing("\u{A0}", with: " ")
    for part in [
      "“balanced, cross-entropy”: the best balanced accuracy, 0.720; “<inverse>, focal” may be as good but for chance.",
      "“none, focal”: the best log loss, 1.500.", "1 run of 2 not trained yet.", "All have sampler shuffle.",
      "left after 3 epochs", "0.720 ± 0.010", "a<b>.csv",
    ] { #expect(text.contains(part), "\(part) in \(text)") }
    let links = reader.elements.compactMap { $0.attributes["href"] }
    #expect(links == ["class-weights%3Dnone%2Closs%3Dfocal%2Cseed%3D0/report.html"])
    #expect(!html.contains("<script") && !html.contains("http"))
  }

  @Test func `where no choice is better it says so`() {
    let choices = ["a", "b"].map {
      ComparisonContent.Choice(name: $0, note: nil, cells: [cell(nil), cell(nil), cell(nil)])
    }
    let reader = PageReader(ComparisonPage(content(choices, runs: [])).html)
    #expect(reader.faults == [] && reader.text.contains("No choice is better than another."))
  }

  @Test func `two hundred choices stay under a megabyte`() {
    let choices = (0..<200).map { place in
      ComparisonContent.Choice(
        name: "choice \(place) of an option with a rather long name", note: nil,
        cells: Self.figures.map { _ in cell(Double(place) / 200, noise: place > 190) })
    }
    let runs = (0..<1_000).map { place in
      ComparisonContent.Run(
        folder: "learning-rate=0.\(place),seed=\(place)", outcome: "completed", figures: [0.5, 0.5, 0.5])
    }
    #expect(ComparisonPage(content(choices, runs: runs)).html.utf8.count < 1_000_000)
  }
}
