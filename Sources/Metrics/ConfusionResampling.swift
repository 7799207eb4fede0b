internal import RandomStreams

/// Draws confusion matrices as other samples of the same size might have given them: the bootstrap of rows, by the cells
/// alone. (To draw N rows anew, each as likely as the others, is to draw how many fall into each cell: a multinomial draw.
/// So it takes a binomial draw for each cell that is not empty, whatever N is.)
///
/// What is drawn from is smoothed: of a class with n samples, h of them found, a share of (h + ½)/(n + 1) is found, as in
/// Jeffreys' prior; what is missed is taken for another class as often as it was, and ½/(C − 1) samples more for each. Of a
/// rare class that is found always or never, the plain bootstrap knows nothing but that: it draws the same recall each time.
///
/// How many samples a class has is drawn, too: metrics that follow from that (accuracy, F1, MCC) vary with it. A class
/// that a draw has no sample of counts as metrics have it: it is not present.
///
/// The numbers are those of the stream of the draw: the same draws on every rank, and of the same matrix always.
package struct ConfusionResampling {
  private let classCount: Int
  /// Those that have samples.
  private let rows: [Row]
  private let sampleCount: Int

  private struct Row {
    let actual: Int
    let support: Int
    let hits: Int
    /// The cells off the diagonal that are not empty.
    let misses: [(predicted: Int, count: Int)]

    var missCount: Int { support - hits }
  }

  /// - Parameter confusion: Of two classes or more.
  package init(_ confusion: ConfusionMatrix) {
    classCount = confusion.classCount
    sampleCount = confusion.sampleCount
    rows = (0..<confusion.classCount).compactMap { actual in
      let cells = (0..<confusion.classCount).map { (predicted: $0, count: confusion[actual, $0]) }
      let support = cells.reduce(0) { $0 + $1.count }
      guard support > 0 else { return nil }
      return Row(
        actual: actual, support: support, hits: cells[actual].count,
        misses: cells.filter { $0.predicted != actual && $0.count > 0 })
    }
  }

  /// Numbers that a draw takes, at most: of each class how many samples it has, how many of them are found, and how many
  /// are the smoothing's; and one for each cell off the diagonal.
  package var cellCount: Int { rows.reduce(0) { $0 + 3 + $1.misses.count } }

  /// What is drawn in the mean.
  package var expected: ClassSums {
    var sums = ClassSums(classCount: classCount)
    // For every class but their own.
    var everywhere = 0.0
    for row in rows {
      let share = Double(row.support) / Double(row.support + 1)
      let spread = share * 0.5 / Double(classCount - 1)
      sums.add(share * (Double(row.hits) + 0.5), actual: row.actual, predicted: row.actual)
      for (predicted, count) in row.misses { sums.add(share * Double(count), actual: row.actual, predicted: predicted) }
      sums.supports[row.actual] += share * 0.5
      sums.predicted[row.actual] -= spread
      everywhere += spread
    }
    for index in sums.predicted.indices { sums.predicted[index] += everywhere }
    return sums
  }

  /// - Parameter number: Of the draw, from 0.
  package func draw(_ number: Int) -> ClassSums {
    var random = RandomStream(seed: 0, purpose: .resampling, step: number)
    var sums = ClassSums(classCount: classCount)
    var (samplesLeft, supportLeft) = (sampleCount, sampleCount)
    for row in rows {
      let samples = random.binomial(samplesLeft, Double(row.support) / Double(supportLeft))
      (samplesLeft, supportLeft) = (samplesLeft - samples, supportLeft - row.support)
      guard samples > 0 else { continue }
      let hits = random.binomial(samples, (Double(row.hits) + 0.5) / Double(row.support + 1))
      sums.add(Double(hits), actual: row.actual, predicted: row.actual)
      drawMisses(samples - hits, of: row, &random, &sums)
    }
    return sums
  }

  private func drawMisses(_ count: Int, of row: Row, _ random: inout RandomStream, _ sums: inout ClassSums) {
    guard count > 0 else { return }
    // Those of the smoothing are half a sample in the mean.
    let spread = random.binomial(count, 0.5 / (Double(row.missCount) + 0.5))
    for _ in 0..<spread {
      let place = Int(random.index(below: UInt32(classCount - 1)))
      sums.add(1, actual: row.actual, predicted: place < row.actual ? place : place + 1)
    }
    var (left, missesLeft) = (count - spread, row.missCount)
    for (predicted, misses) in row.misses where left > 0 {
      let drawn = random.binomial(left, Double(misses) / Double(missesLeft))
      sums.add(Double(drawn), actual: row.actual, predicted: predicted)
      (left, missesLeft) = (left - drawn, missesLeft - misses)
    }
  }
}
