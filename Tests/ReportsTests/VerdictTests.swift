import Metrics
import Reports
import Testing

@Suite struct VerdictTests {
  /// The three sentences and what follows them.
  private func verdict(_ content: ReportContent) throws -> String {
    let text = PageReader(try ReportPage(content).html).text
    let start = try #require(text.range(of: "Verdict "))
    let end = try #require(text.range(of: " In figures"))
    return String(text[start.upperBound..<end.lowerBound]).replacing("\u{A0}", with: " ")
  }

  /// Class 1 is the rare one.
  private func content(_ counts: [Int64], unweighted: [Int64]? = nil, part: String = "validation") -> ReportContent {
    var content = SomeReport.content(classes: 2)
    content.classes = [
      ReportContent.ClassRow(name: "usual", count: 9700, weight: 1),
      ReportContent.ClassRow(name: "4", count: 300, weight: 9),
    ]
    content.parts = [SomeReport.part(part, ConfusionMatrix(classCount: 2, counts: counts))]
    content.unweighted = unweighted.map { ReportContent.Cells(ConfusionMatrix(classCount: 2, counts: $0)) }
    content.curves = []
    return content
  }

  @Test func `says what is found of the rarest class, how surely, and what would be without weights`() throws {
    let text = try verdict(content([647, 265, 9, 79], unweighted: [900, 12, 57, 31], part: "test"))
    #expect(
      text == """
        Finds 90 % of class 4, the rarest (79 of its 88 test samples; with 95 % confidence 82 % to 95 %), and is right in \
        23 % of the cases in which it says so; decided with the weighting undone, it would find 35 % at a precision of \
        72 %. On the whole it is right on 73 % of 1,000 test samples, and in the mean over both classes it finds 80 % of \
        each (balanced accuracy); always saying class usual would be right on 91 % and find 50 %. It was still improving \
        when it ended after 3 epochs: more --epochs may make it better.
        """)
  }

  @Test func `says plainly that a class is never found`() throws {
    #expect(
      try verdict(content([900, 20, 80, 0])).hasPrefix(
        "Finds none of class 4, the rarest (its 80 validation samples)."))
    #expect(
      try verdict(content([920, 0, 80, 0])).hasPrefix(
        "Never says class 4, the rarest, so it finds none of its 80 validation samples."))
  }

  @Test func `speaks of the weakest where classes are of about one size`() throws {
    var content = content([90, 10, 20, 80])
    content.classes = ["a", "b c"].map { ReportContent.ClassRow(name: $0, count: 500, weight: 1) }
    #expect(
      try verdict(content).hasPrefix("Finds 80 % of class “b c”, the weakest of classes of about one size (80 of"))
  }

  @Test(
    arguments: [
      ("training", nil, "flatter it; --validation-fraction"), ("validation", nil, "flatters the figures a little"),
      ("validation", "macro-f1", "The thresholds were chosen on these"), ("test", nil, nil),
    ] as [(String, String?, String?)])
  func `says what flatters the figures`(part: String, tuned: String?, caution: String?) throws {
    var content = content([90, 10, 20, 80], part: part)
    content.tunedFor = tuned
    let text = try verdict(content)
    if let caution { #expect(text.contains(caution), "\(text)") } else { #expect(!text.contains("flatter"), "\(text)") }
  }

  @Test(
    arguments: [
      (nil, [1, 2], "best", nil), (nil, nil, "last", nil), ("g-mean", [1, 2], "best", "validation samples, which"),
      ("g-mean", nil, "last", "validation samples, which"), ("g-mean", nil, "best", "validation samples, too, which"),
    ] as [(String?, [Int]?, String, String?)])
  func `says of nothing that it was chosen by the validation part which was not`(
    tuned: String?, members: [Int]?, kept: String, caution: String?
  ) throws {
    var content = content([90, 10, 20, 80], part: "validation")
    (content.tunedFor, content.memberEpochs) = (tuned, members)
    content.options.append(ReportContent.Option(name: "keep-model", value: kept, isDefault: false))
    let text = try verdict(content)
    if let caution { #expect(text.contains(caution), "\(text)") } else { #expect(!text.contains("flatter"), "\(text)") }
  }

  typealias Series = [(split: String, losses: [Double?], scores: [Double])]

  @Test(
    arguments: [
      ([("train", [1, nil], [0.5, 0.5])], "Training diverged"),
      ([("train", [1, 2.5], [0.5, 0.5])], "Training diverged"),
      ([("train", [1], [0.5])], "1 epoch cannot tell"),
      ([("train", [1, 0.8, 0.6], [0.5, 0.6, 0.7])], "still improving when it ended after 3 epochs"),
      ([("train", [1, 0.6, 0.599], [0.5, 0.6, 0.7])], "It has settled: more epochs would change little."),
      (
        [
          ("train", [1, 0.5, 0.2, 0.1], [0.5, 0.6, 0.7, 0.8]),
          ("validation", [1, 0.7, 0.9, 1.2], [0.5, 0.7, 0.6, 0.6]),
        ],
        "overfitting at the end: on the validation part the loss has risen again; the model is that of epoch 2 of 4, the best by balanced accuracy."
      ),
      (
        [
          ("train", [1, 0.5, 0.4, 0.4], [0.5, 0.6, 0.7, 0.8]),
          ("validation", [1, 0.7, 0.7, 0.7], [0.5, 0.7, 0.6, 0.6]),
        ],
        "It has settled: more epochs would change little; the model is that of epoch 2 of 4"
      ),
      (
        [
          ("train", [1, 0.5, 0.4, 0.3], [0.5, 0.6, 0.7, 0.8]),
          ("validation", [1, 0.7, 0.7, 0.9], [0.5, 0.7, 0.6, 0.8]),
        ],
        "still improving"
      ),
    ] as [(Series, String)])
  func `says what became of learning`(series: Series, words: String) throws {
    var content = content([90, 10, 20, 80])
    content.epochs = SomeReport.epochs(series)
    let best = series.last.flatMap { $0.scores.firstIndex(of: $0.scores.max() ?? 0) } ?? 0
    content.delivered = ReportContent.Delivered(
      epoch: series.count > 1 ? best + 1 : series[0].losses.count, step: 9, metric: "balanced_accuracy",
      metricTitle: "balanced accuracy")
    let text = try verdict(content)
    #expect(text.contains(words), "\(text)")
  }

  @Test(arguments: [([3, 1, 2], "epochs 1 to 3 of 3"), ([2, 2], "epoch 2 of 3")])
  func `several members are said to be such, and how they were judged`(epochs: [Int], words: String) throws {
    var content = content([647, 265, 9, 79], part: "out-of-fold")
    content.memberEpochs = epochs
    let text = try verdict(content)
    #expect(text.contains("(79 of its 88 out-of-fold samples;"), "\(text)")
    #expect(
      text.contains("It is \(epochs.count) models whose probabilities are averaged") && text.contains(words), "\(text)")
    #expect(text.contains("Each sample is judged by the member that was trained without it. The epochs were chosen"))
  }

  @Test(
    arguments: [(0.4, nil, false), (0.6, nil, true), (0, 0.9e6, false), (0, 1.1e6, true)] as [(Double, Double?, Bool)])
  func `most steps left out, or a loss beyond all measure, are divergence`(
    leftOut: Double, logLoss: Double?, isDivergence: Bool
  ) throws {
    let confusion = SomeReport.confusion(3) { _, _ in 0 }
    let epochs = [3.0, 2, 1].enumerated().map { place, loss in
      LearningOutcome.Epoch(
        epoch: place + 1, trainingLoss: loss, trainingLogLoss: logLoss, validationLoss: nil, score: nil)
    }
    let outcome = LearningOutcome(epochs, leftOut: leftOut, hasValidation: false, confusion)
    #expect((outcome == .diverged) == isDivergence, "\(outcome)")
    var content = content([90, 10, 20, 80])
    content.leftOutShare = leftOut
    content.memberEpochs = [1, 2]
    #expect(try verdict(content).contains("Training diverged: 60 % of the steps") == (leftOut > 0.5))
  }

  @Test(
    arguments: [
      ([:], .settled), (["schedule": "constant", "sampler": "shuffle"], .settled), (["schedule": "cosine"], .annealed),
      (["sampler": "progressive"], .annealed),
    ] as [([String: String], LearningOutcome)])
  func `epochs that stand still say nothing where a plan has ended`(
    options: [String: String], expected: LearningOutcome
  ) throws {
    let confusion = SomeReport.confusion(3) { actual, predicted in actual == predicted ? 9 : 1 }
    func outcome(_ losses: [Double], validation: [Double?], endedEarly: Bool = false) -> LearningOutcome {
      let epochs = zip(losses, validation).enumerated().map { place, losses in
        LearningOutcome.Epoch(
          epoch: place + 1, trainingLoss: losses.0, validationLoss: losses.1,
          score: losses.1.map { _ in place == 1 ? 1 : 0 })
      }
      return LearningOutcome(
        epochs, endedEarly: endedEarly, followsEpochCount: LearningOutcome.followsEpochCount(options: options),
        hasValidation: validation[0] != nil, confusion)
    }
    #expect(outcome([3, 2, 1.001, 1], validation: [nil, nil, nil, nil]) == expected)
    #expect(outcome([3, 2, 1.001, 1], validation: [3, 2, 1.001, 1]) == expected)
    // A run that patience has ended would end there again.
    #expect(outcome([3, 2, 1.001, 1], validation: [3, 2, 1.001, 1], endedEarly: true) == .settled)
    // What moves, moves.
    #expect(outcome([3, 2, 1.5, 1], validation: [nil, nil, nil, nil]) == .stillImproving)
    #expect(outcome([3, 2, 1, 1], validation: [3, 1, 1, 1.5]) == .overfitting)
  }

  @Test func `guessing is told from learning`() throws {
    #expect(try verdict(content([500, 400, 55, 45])).contains("no better than chance"))
    #expect(try verdict(content([900, 0, 100, 0])).contains("no better than chance"))
    #expect(try !verdict(content([600, 300, 30, 70])).contains("no better than chance"))
    var unweighted = content([900, 0, 100, 0])
    unweighted.weightScheme = "none"
    #expect(
      try verdict(unweighted).contains("no better than chance") && verdict(unweighted).contains("class weights undo"))
    // So few that they may be luck.
    #expect(try verdict(content([600, 300, 1, 2])).contains("no better than chance"))
  }

  /// Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
  @Test(arguments: [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)])
  func `intervals are Wilson's`(count: Int, total: Int, lower: Double, upper: Double) {
    let interval = Interval(share: count, of: total, confidence: 0.95)
    #expect(abs(interval.lower - lower) < 6e-5 && abs(interval.upper - upper) < 6e-5)
    let mirrored = Interval(share: total - count, of: total, confidence: 0.95)
    #expect(abs(mirrored.lower - (1 - interval.upper)) < 1e-12 && abs(mirrored.upper - (1 - interval.lower)) < 1e-12)
  }
}
