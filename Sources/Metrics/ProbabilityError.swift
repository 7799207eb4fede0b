public import Failures
internal import Tensors

/// What a model gave as a probability and is none.
public struct ProbabilityError: Failure, Equatable {
  /// Of the sample among those that were recorded on this rank, from 0.
  public let sample: Int
  /// The class, from 0.
  public let classIndex: Int
  public let value: Float

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    """
    the probability of class \(classIndex) for sample \(sample) of this rank is \(value), which is no number from 0 to 1: \
    there are no metrics of it. Look for extreme values in the features (--standardize yes); or the model has diverged.
    """
  }

  /// Checks what is about to be recorded.
  ///
  /// - Parameters:
  ///   - probabilities: [C, n]
  ///   - labels: n of them. Samples with a negative label are left out of metrics, but must have probabilities all the
  ///     same.
  ///   - start: The number of the first sample.
  static func check(
    _ probabilities: Matrix, labels: ArraySlice<Int32>, classCount: Int, from start: Int
  ) throws(ProbabilityError) {
    precondition(
      probabilities.rows == classCount && probabilities.columns == labels.count,
      "[\(probabilities.rows), \(probabilities.columns)] probabilities of \(labels.count) samples, \(classCount) classes"
    )
    precondition(labels.allSatisfy { $0 < classCount }, "a label beyond \(classCount) classes")
    for classIndex in 0..<classCount {
      for sample in 0..<probabilities.columns {
        let value = probabilities[classIndex, sample]
        guard value >= 0, value <= 1 else {
          throw ProbabilityError(sample: start + sample, classIndex: classIndex, value: value)
        }
      }
    }
  }
}
