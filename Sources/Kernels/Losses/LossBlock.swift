internal import Tensors

/// Whether a gradient is wanted, too.
package enum LossOutput {
  case lossOnly
  /// The logits are overwritten by the gradient of the loss sum with respect to them.
  case lossAndGradient
}

/// The logits of sixteen samples, [C, 16]: the one door to them.
@unsafe struct LogitBlock {
  private let pointer: UnsafeMutablePointer<Float>
  /// From class to class.
  private let stride: Int

  init(_ pointer: UnsafeMutablePointer<Float>, stride: Int) {
    unsafe self.pointer = unsafe pointer
    unsafe self.stride = stride
  }

  subscript(class index: Int) -> Lanes {
    @inline(__always) get { unsafe pointer.lanes(at: index * stride) }
    @inline(__always) nonmutating set { unsafe pointer.store(newValue, at: index * stride) }
  }

  /// The largest logit of each sample, and its class: the prediction. Of equals the first; a NaN is never it, and where
  /// all are NaN, it is −∞ of class 0.
  @inline(__always)
  func largest(of classCount: Int) -> (logit: Lanes, prediction: LabelLanes) {
    // NaN is larger than nothing, and nothing is larger than NaN: the first must not be it.
    let first = unsafe self[class: 0]
    var largest = first.replacing(with: -.infinity, where: first .!= first)
    var prediction = LabelLanes.zero
    for c in 1..<max(classCount, 1) {
      let z = unsafe self[class: c]
      let larger = z .> largest
      largest = largest.replacing(with: z, where: larger)
      prediction = prediction.replacing(with: LabelLanes(repeating: Int32(c)), where: larger)
    }
    return (largest, prediction)
  }
}

extension TrainingLoss {
  /// Sixteen samples: their losses and predictions, and where wanted ∂ℓ/∂z_c in the place of z_c. What is computed for
  /// a sample does not depend on the others.
  @unsafe @inline(__always)
  func block(
    _ logits: LogitBlock, labels: LabelLanes, _ classes: ClassFigures, output: LossOutput
  ) -> (losses: LossLanes, prediction: LabelLanes) {
    let classCount = classes.count
    let (largest, prediction) = unsafe logits.largest(of: classCount)
    var (sum, labelLogit, notNumbers) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var weight = Lanes(repeating: -1)
    var block = begin()
    for c in 0..<classCount {
      let shifted = unsafe logits[class: c] - largest
      let label = ClassLabels(c, of: labels, classes)
      labelLogit = labelLogit.replacing(with: shifted, where: label.isLabel)
      weight = weight.replacing(with: label.weight, where: label.isLabel)
      notNumbers = notNumbers.addingProduct(shifted, Lanes.zero)
      let e = exponential(shifted)
      sum += e
      unsafe logits[class: c] = add(ClassLogits(labels: label, shifted: shifted, exponential: e), to: &block)
    }
    let samples = SampleLanes(
      sum: sum, logSum: naturalLogarithm(sum), labelLogit: labelLogit, weight: weight, notNumbers: notNumbers)
    let losses = LossLanes(
      weighted: self.losses(samples, classes, &block), weight: weight,
      // The logarithm is made for numbers; that a logit is none stands in their products with 0.
      negativeLogLikelihood: samples.logSum - labelLogit + notNumbers)
    guard case .lossAndGradient = output else { return (losses, prediction) }
    for c in 0..<classCount {
      unsafe logits[class: c] = gradient(ClassLabels(c, of: labels, classes), kept: logits[class: c], block)
    }
    return (losses, prediction)
  }
}

/// The logits of a batch, and where its losses belong.
package struct LogitBatch {
  /// [C, n] with a stride of whole lanes.
  let logits: Matrix
  let losses: SampleLosses
  let output: LossOutput
}

// Written once, compiled for each loss: a witness of a protocol has a body of its own.
extension TrainingLoss {
  package func compute(
    _ batch: LogitBatch, _ classes: ClassFigures, labels: [Int32], predictions: inout [Int32]
  ) {
    let logits = batch.logits
    unsafe labels.withUnsafeBytes { labels in
      unsafe predictions.withUnsafeMutableBytes { predictions in
        for sample in stride(from: 0, to: logits.columns, by: laneCount) {
          let (losses, prediction) = unsafe block(
            LogitBlock(logits.pointer + sample, stride: logits.stride), labels: labels.labelLanes(at: sample), classes,
            output: batch.output)
          batch.losses.store(losses, at: sample)
          unsafe predictions.store(prediction, at: sample)
        }
      }
    }
  }

  package func run(
    _ pass: LinearPass, _ operands: LinearPass.Operands, _ segments: [LinearPass.Segment], _ places: [Range<Int>],
    _ classes: ClassFigures, labels: inout [Int32], predictions: inout [Int32], lossSums: inout [LossSums]
  ) {
    pass.run(operands, segments, places, self, classes, labels: &labels, predictions: &predictions, lossSums: &lossSums)
  }
}
