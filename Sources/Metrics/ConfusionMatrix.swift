/// Counts of samples by class and prediction. Rows are the true classes, columns the predictions.
///
/// Everything in it is an integer, so sums over ranks are exact in any order.
public struct ConfusionMatrix: Codable, Equatable, Sendable {
  /// C
  public let classCount: Int
  /// [C, C], row after row.
  public private(set) var counts: [Int64]

  public init(classCount: Int) {
    self.classCount = classCount
    counts = Array(repeating: 0, count: classCount * classCount)
  }

  /// - Parameter counts: [C, C], row after row.
  public init(classCount: Int, counts: [Int64]) {
    precondition(counts.count == classCount * classCount, "\(counts.count) counts for \(classCount) classes")
    self.classCount = classCount
    self.counts = counts
  }

  /// The samples of class `actual` that were taken for class `predicted`.
  public subscript(actual: Int, predicted: Int) -> Int {
    Int(counts[actual * classCount + predicted])
  }

  /// The same, with the rows of `other` for classes that have no sample.
  package func filled(from other: ConfusionMatrix) -> ConfusionMatrix {
    precondition(other.classCount == classCount)
    var filled = self
    for row in 0..<classCount where support(of: row) == 0 {
      let places = (row * classCount)..<((row + 1) * classCount)
      filled.counts.replaceSubrange(places, with: other.counts[places])
    }
    return filled
  }

  /// Counts one sample.
  public mutating func record(actual: Int, predicted: Int) {
    precondition(actual >= 0 && actual < classCount && predicted >= 0 && predicted < classCount)
    counts[actual * classCount + predicted] += 1
  }

  /// Records a batch; samples with a negative class are left out.
  ///
  /// - Parameter predicted: At least as many as `actual`.
  public mutating func record(actual: ArraySlice<Int32>, predicted: [Int32]) {
    precondition(predicted.count >= actual.count)
    var place = 0
    for label in actual {
      if label >= 0 { record(actual: Int(label), predicted: Int(predicted[place])) }
      place += 1
    }
  }

  /// Adds `count` samples to the cell `index`, actual · C + predicted.
  public mutating func add(_ count: Int64, toCell index: Int) {
    counts[index] += count
  }

  /// Forgets all samples.
  public mutating func removeAll() {
    for index in counts.indices { counts[index] = 0 }
  }

  public var sampleCount: Int { Int(counts.reduce(0, +)) }

  /// Samples that are of class `actual`.
  public func support(of actual: Int) -> Int {
    (0..<classCount).reduce(0) { $0 + self[actual, $1] }
  }

  /// Samples that were predicted to be of class `predicted`.
  public func predictedCount(of predicted: Int) -> Int {
    (0..<classCount).reduce(0) { $0 + self[$1, predicted] }
  }

  public var correctCount: Int {
    (0..<classCount).reduce(0) { $0 + self[$1, $1] }
  }
}
