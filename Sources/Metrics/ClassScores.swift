public import Tensors

/// The scores of the samples that one rank has seen, kept for the rankings of all classes: 4·C bytes a sample.
public struct ClassScores: Sendable {
  /// C
  public let classCount: Int
  /// [C][samples]: words of `ScoredSample`.
  var columns: [[UInt32]]
  /// All that came, for what is said of a wrong one.
  private var seenCount = 0

  /// - Parameter sampleCount: How many are expected, so that memory is taken once; 0 where that is not known.
  public init(classCount: Int, reserving sampleCount: Int = 0) {
    self.classCount = classCount
    columns = Array(repeating: [], count: classCount)
    for index in columns.indices { columns[index].reserveCapacity(sampleCount) }
  }

  /// Samples, without those that have a negative label.
  public var sampleCount: Int { columns.first?.count ?? 0 }

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
    for classIndex in 0..<classCount {
      for (sample, label) in labels.enumerated() where label >= 0 {
        columns[classIndex].append(
          ScoredSample(probabilities[classIndex, sample], isPositive: label == classIndex).word)
      }
    }
  }
}
