/// What a comparison of choices came to, as its report shows it. Nothing in it depends on ranks, on a host, or on time.
public struct ComparisonContent: Sendable {
  /// What choices are compared by.
  public struct Figure: Sendable {
    /// "balanced accuracy"
    public let title: String
    public let smallerIsBetter: Bool
    /// Whether it is among the first that one looks at.
    public let isMain: Bool

    public init(title: String, smallerIsBetter: Bool, isMain: Bool) {
      (self.title, self.smallerIsBetter, self.isMain) = (title, smallerIsBetter, isMain)
    }
  }

  /// A figure of a choice.
  public struct Cell: Sendable {
    /// Over its runs; nil where none has it.
    public let mean: Double?
    /// Of a run; nil for fewer than two.
    public let standardDeviation: Double?
    public let isBest: Bool
    /// Whether the best may be better by chance alone.
    public let isWithinNoise: Bool

    public init(mean: Double?, standardDeviation: Double?, isBest: Bool, isWithinNoise: Bool) {
      (self.mean, self.standardDeviation) = (mean, standardDeviation)
      (self.isBest, self.isWithinNoise) = (isBest, isWithinNoise)
    }
  }

  /// What was tried, with its figures in the order of `figures`.
  public struct Choice: Sendable {
    /// "inverse, focal"
    public let name: String
    /// "2 of 3 runs failed", "left after 3 epochs"; nil where there is nothing to say.
    public let note: String?
    public let cells: [Cell]

    public init(name: String, note: String?, cells: [Cell]) {
      (self.name, self.note, self.cells) = (name, note, cells)
    }
  }

  /// A run, with its figures; none where it has not come to them.
  public struct Run: Sendable {
    /// Within the comparison's folder.
    public let folder: String
    /// "completed", "failed", "open"
    public let outcome: String
    public let figures: [Double?]?

    public init(folder: String, outcome: String, figures: [Double?]?) {
      (self.folder, self.outcome, self.figures) = (folder, outcome, figures)
    }
  }

  public let program: String
  /// As the user names it.
  public let data: String
  /// "test", "validation"; nil where no run is judged.
  public let judgedBy: String?
  /// What all choices share: "sampler shuffle"; "" for nothing.
  public let shared: String
  /// "class-weights, loss"
  public let tried: String
  public let figures: [Figure]
  public let choices: [Choice]
  public let runs: [Run]
  /// Of the test that says what may be chance.
  public let level: Double

  public init(
    program: String, data: String, judgedBy: String?, shared: String, tried: String, figures: [Figure],
    choices: [Choice], runs: [Run], level: Double
  ) {
    (self.program, self.data, self.judgedBy, self.shared, self.tried) = (program, data, judgedBy, shared, tried)
    (self.figures, self.choices, self.runs, self.level) = (figures, choices, runs, level)
  }
}
