/// How sure the figures of a model are on one part of the data: where they would lie on more samples of the same kind.
///
/// Recall of a class: Wilson's interval. Log loss: by its standard error. The others: percentiles of `ConfusionResampling`,
/// moved by what smoothing does to the figure itself, so that they lie about it. They follow from the counts alone: the
/// same at any number of ranks.
///
/// They say what is chance in these samples, and not that an epoch or thresholds were chosen by them.
public struct MetricIntervals: Equatable, Sendable {
  /// 0.95
  public let confidence: Double
  public let accuracy: Interval
  public let balancedAccuracy: Interval
  public let macroF1: Interval
  public let gMean: Interval
  public let mcc: Interval
  /// Nil where there is none.
  public let logLoss: Interval?
  /// Of each class; nil of those without samples. [C]
  public let recalls: [Interval?]

  /// What a confidence may be: beyond it there are too few draws.
  public static let confidences = 0.5...0.99
  /// Draws. The share of them beyond a limit of 2.5 % has a standard deviation of 0.35 %.
  public static let drawCount = 2_000
  /// Of matrices of so many cells that they would take long: then that share has 0.8 %.
  package static let fewestDraws = 400
  /// Cells that are drawn in two or three seconds. Up to 2,000 classes and 20,000 samples there are fewer in 2,000 draws.
  private static let mostCells = 50_000_000

  /// The draws for a matrix, each of which draws so many cells.
  package static func drawCount(ofCells count: Int) -> Int {
    min(max(mostCells / max(count, 1), fewestDraws), drawCount)
  }

  /// - Parameters:
  ///   - logLoss: As it is reported; nil where it is no number.
  ///   - logLossError: Its standard error (`ProbabilitySums`).
  ///   - confidence: In `confidences`.
  /// - Returns: Nil where there are no samples.
  public init?(_ confusion: ConfusionMatrix, logLoss: Double?, logLossError: Double?, confidence: Double) {
    precondition(Self.confidences.contains(confidence), "a confidence of \(confidence)")
    guard confusion.sampleCount > 0, confusion.classCount > 1 else { return nil }
    self.confidence = confidence
    self.logLoss = logLoss.flatMap { mean in
      guard mean.isFinite, let logLossError else { return nil }
      return Interval(mean: mean, standardError: logLossError, confidence: confidence)
    }
    recalls = (0..<confusion.classCount).map { index in
      let support = confusion.support(of: index)
      return support == 0 ? nil : Interval(share: confusion[index, index], of: support, confidence: confidence)
    }
    let resampling = ConfusionResampling(confusion)
    let (found, expected) = (ClassSums(confusion), resampling.expected)
    // What is wanted of each draw is taken at once: of 10,000 classes all sums of 2,000 draws would be half a gigabyte.
    let metrics: [@Sendable (ClassSums) -> Double] = [
      { $0.accuracy }, { $0.balancedAccuracy }, { $0.macroF1 }, { $0.gMean }, { $0.mcc },
    ]
    var draws = metrics.map { _ in [Double]() }
    for number in 0..<Self.drawCount(ofCells: resampling.cellCount) {
      let sums = resampling.draw(number)
      for (index, metric) in metrics.enumerated() { draws[index].append(metric(sums)) }
    }
    func interval(_ index: Int, from least: Double = 0, isMoved: Bool = true) -> Interval {
      let value = metrics[index](found)
      let shift = isMoved ? value - metrics[index](expected) : 0
      let sorted = draws[index].map { min(max($0 + shift, least), 1) }.sorted()
      let rest = (1 - confidence) / 2
      return Interval(
        lower: min(Self.quantile(rest, of: sorted), value), upper: max(Self.quantile(1 - rest, of: sorted), value))
    }
    accuracy = interval(0)
    balancedAccuracy = interval(1)
    macroF1 = interval(2)
    // Where a class is never found it is 0, far from all draws: that is no place to move them to.
    gMean = interval(3, isMoved: found.gMean > 0)
    mcc = interval(4, from: -1)
  }

  /// In a straight line between two draws.
  private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let index = min(Int(place), sorted.count - 2)
    return sorted[index] + (place - Double(index)) * (sorted[index + 1] - sorted[index])
  }
}

extension MetricIntervals: Codable {
  enum CodingKeys: String, CodingKey {
    case confidence, accuracy
    case balancedAccuracy = "balanced_accuracy"
    case macroF1 = "macro_f1"
    case gMean = "g_mean"
    case mcc
    case logLoss = "log_loss"
    case recalls = "recall"
  }
}
