public import Collectives
internal import Foundation
public import Tensors

/// What log loss, Brier score and calibration error follow from: exact sums over samples, which are the same in any
/// order. Memory does not grow with the samples.
///
/// Figures are nil where there are no samples.
public struct ProbabilitySums: Equatable, Sendable {
  /// C
  public let classCount: Int
  /// Without those that have a negative label.
  public private(set) var sampleCount = 0
  /// All that came, for what is said of a wrong one.
  private var seenCount = 0
  /// Σ −log p of the true class
  private var negativeLogLikelihood = ExactSum()
  /// Σ (log p)² of the true class, in 32nds: of the least p it is 40.6
  private var squaredLogLikelihood = ExactSum()
  /// Samples whose p of the true class is less than what the log loss holds it to.
  private var heldCount = 0
  /// Σ Σ_c (p_c − y_c)²
  private var squaredError = ExactSum()
  private var bins = [CalibrationBin](repeating: CalibrationBin(), count: Self.binCount)

  /// Of the calibration error.
  public static let binCount = 15

  public init(classCount: Int) {
    self.classCount = classCount
  }

  /// Takes a batch in; samples with a negative label are left out.
  ///
  /// - Parameters:
  ///   - probabilities: [C, n], class-major as a network's logits are.
  ///   - labels: n of them, less than C.
  /// - Throws: `ProbabilityError` at a value that is NaN or not in 0 ... 1, on this rank alone; nothing of the batch is
  ///   recorded then.
  public mutating func record(probabilities: Matrix, labels: ArraySlice<Int32>) throws(ProbabilityError) {
    try ProbabilityError.check(probabilities, labels: labels, classCount: classCount, from: seenCount)
    seenCount += labels.count
    for (sample, label) in labels.enumerated() where label >= 0 {
      record(probabilities, sample: sample, label: Int(label))
    }
  }

  private mutating func record(_ probabilities: Matrix, sample: Int, label: Int) {
    sampleCount += 1
    var (largest, prediction) = (-Float.infinity, 0)
    for classIndex in 0..<classCount {
      let probability = probabilities[classIndex, sample]
      // Both exact in Double, as is the square of a Float32.
      let error = Double(probability) - (classIndex == label ? 1 : 0)
      squaredError.add(error * error)
      if probability > largest { (largest, prediction) = (probability, classIndex) }
    }
    let ofTruth = Double(probabilities[label, sample])
    if ofTruth < .ulpOfOne { heldCount += 1 }
    let loss = -log(min(max(ofTruth, .ulpOfOne), 1 - .ulpOfOne))
    negativeLogLikelihood.add(loss)
    squaredLogLikelihood.add(loss * loss / 32)
    bins[CalibrationBin.index(of: largest)].add(largest, isCorrect: prediction == label)
  }

  /// The sums over all ranks. Collective.
  public func total(over communicator: some Communicator) throws(CollectiveError) -> ProbabilitySums {
    let counts = try communicator.sum(
      [Int64(sampleCount), Int64(seenCount), Int64(heldCount)]
        + bins.flatMap { [Int64($0.count), Int64($0.correctCount)] })
    let sums = try communicator.wideSum(
      of: [negativeLogLikelihood.units, squaredLogLikelihood.units, squaredError.units] + bins.map(\.confidence.units))
    var total = ProbabilitySums(classCount: classCount)
    total.sampleCount = Int(counts[0])
    total.seenCount = Int(counts[1])
    total.heldCount = Int(counts[2])
    total.negativeLogLikelihood = ExactSum(units: sums[0])
    total.squaredLogLikelihood = ExactSum(units: sums[1])
    total.squaredError = ExactSum(units: sums[2])
    for index in bins.indices {
      total.bins[index] = CalibrationBin(
        count: Int(counts[3 + 2 * index]), correctCount: Int(counts[4 + 2 * index]),
        confidence: ExactSum(units: sums[3 + index]))
    }
    return total
  }

  /// Mean of −log p of the true class, in nats, over samples. As scikit-learn's log_loss has it for float64: p is held
  /// within 2⁻⁵² ... 1 − 2⁻⁵², so that one certain error counts 36 and not ∞.
  public var logLoss: Double? {
    sampleCount > 0 ? negativeLogLikelihood.mean(of: sampleCount) : nil
  }

  /// Whether some sample counts for less than its −log p.
  public var isLogLossHeld: Bool { heldCount > 0 }

  /// The standard error of the log loss: s/√N, with the standard deviation s of the samples' losses, by N − 1; nil of
  /// fewer than two, and where the loss of one is held: it may be any, and so may their spread.
  public var logLossError: Double? {
    guard sampleCount > 1, heldCount == 0 else { return nil }
    let count = Double(sampleCount)
    let mean = negativeLogLikelihood.mean(of: sampleCount)
    let variance = (32 * squaredLogLikelihood.mean(of: sampleCount) - mean * mean) * count / (count - 1)
    return (max(variance, 0) / count).squareRoot()
  }

  /// Mean over samples of Σ_c (p_c − y_c)², from 0 to 2, where y_c is 1 for the true class and 0 for others: Brier's own
  /// definition (1950), scikit-learn's brier_score_loss with scale_by_half=False. For two classes, too, which
  /// scikit-learn halves by default.
  public var brierScore: Double? {
    sampleCount > 0 ? squaredError.mean(of: sampleCount) : nil
  }

  /// Expected calibration error: Σ over bins of |correct − Σ confidence| / N, where a sample's confidence is its largest
  /// probability, its prediction the (first) class that has it, and the bins are 15 of equal width.
  ///
  /// Source: Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017), with M = 15.
  public var calibrationError: Double? {
    guard sampleCount > 0 else { return nil }
    return ExactSum(units: bins.reduce(0) { $0 + $1.gap }).mean(of: sampleCount)
  }

  /// The samples by their largest probability: `binCount` intervals of equal width, from 0 up.
  public var reliability: [ReliabilityBin] {
    bins.map { bin in
      ReliabilityBin(
        count: bin.count, correctCount: bin.correctCount,
        meanConfidence: bin.count > 0 ? bin.confidence.mean(of: bin.count) : nil)
    }
  }
}

/// How often a model is right where it is so sure: the samples whose largest probability lies in one interval.
public struct ReliabilityBin: Codable, Equatable, Sendable {
  public let count: Int
  /// Those whose class is the predicted one.
  public let correctCount: Int
  /// The mean of their largest probabilities; nil where there are none.
  public let meanConfidence: Double?

  public init(count: Int, correctCount: Int, meanConfidence: Double?) {
    (self.count, self.correctCount, self.meanConfidence) = (count, correctCount, meanConfidence)
  }

  enum CodingKeys: String, CodingKey {
    case count
    case correctCount = "correct"
    case meanConfidence = "mean_confidence"
  }
}
