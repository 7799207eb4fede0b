internal import Kernels
internal import Models
internal import Tensors

/// Probabilities of one batch after another, in memory of their own: the logits stay as they are.
struct BatchProbabilities {
  private let scratch: Matrix

  init(classCount: Int) {
    scratch = Matrix(zeros: classCount, paddedToLanes(Evaluator.batchSize))
  }

  /// - Parameter logits: [C, n] as a network has them.
  /// - Returns: [C, n], valid until the next call.
  func callAsFunction(_ logits: Matrix, by rule: ProbabilityRule) -> Matrix {
    let probabilities = Matrix(
      scratch.storage, rows: logits.rows, columns: logits.columns, stride: scratch.stride)
    for classIndex in 0..<logits.rows { probabilities.row(classIndex).copy(from: logits.row(classIndex)) }
    rule.apply(to: probabilities)
    return probabilities
  }
}
