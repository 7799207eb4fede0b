public import Tensors

/// The scores of the samples that one rank has seen, kept for the rankings of classes: 4 bytes a sample for each class that
/// is ranked.
public struct ClassScores: Sendable {
  /// C
  public let classCount: Int
  /// Those whose scores are kept.
  public let classes: [Int]
  /// A column for each of `classes`: words of `ScoredSample`, one a sample.
  var columns: [[UInt32]]
  /// All that came, for what is said of a wrong one.
  private var seenCount = 0

  /// - Parameters:
  ///   - classes: Those that are to be ranked, from 0; nil for all.
  ///   - sampleCount: How many are expected, so that memory is taken once; 0 where that is not known.
  public init(classCount: Int, ranking classes: [Int]? = nil, reserving sampleCount: Int = 0) {
    precondition(classes?.allSatisfy { $0 >= 0 && $0 < classCount } ?? true, "a class beyond \(classCount)")
    self.classCount = classCount
    self.classes = classes ?? Array(0..<classCount)
    columns = Array(repeating: [], count: self.classes.count)
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
    for (column, classIndex) in classes.enumerated() {
      for (sample, label) in labels.enumerated() where label >= 0 {
        columns[column].append(
          ScoredSample(probabilities[classIndex, sample], isPositive: label == classIndex).word)
      }
    }
  }
}
