package import Tensors

/// A training loss, and the figures of the classes that it weighs: the door through which networks come to losses.
///
/// Nothing is divided by a batch size: the mean's denominator is global, and belongs to the step.
public struct WeightedLoss: Sendable {
  // Dispatched once a batch.
  let loss: any TrainingLoss
  private(set) var classes: ClassFigures

  /// - Parameter classWeights: w, [C]
  package init(_ loss: any TrainingLoss, classWeights: [Double]) {
    self.loss = loss
    classes = ClassFigures(weights: classWeights)
  }

  /// Replaces the weights, in the memory of the old ones.
  package mutating func setClassWeights(_ weights: [Double]) {
    classes.setWeights(weights)
  }

  /// Computes the losses of a batch of n samples. What it computes for a sample does not depend on
  /// the others.
  ///
  /// The losses of a sample with a logit that is NaN are NaN; its prediction is the class of the largest of the others,
  /// or class 0 where there are none.
  ///
  /// - Parameters:
  ///   - logits: [C, n] with a stride of at least `paddedToLanes(n)`; the padding is finite, and is
  ///     overwritten.
  ///   - labels: Classes, 0 ..< C; negative where the sample is ignored. `paddedToLanes(n)` or more,
  ///     of which those from n on are negative.
  ///   - predictions: Receives the class of each sample's largest logit, the first of equals. As many
  ///     as `labels`.
  ///   - losses: Receives the losses.
  package func callAsFunction(
    logits: Matrix, labels: [Int32], predictions: inout [Int32], losses: SampleLosses, output: LossOutput
  ) {
    let (classCount, sampleCount) = (logits.rows, logits.columns)
    precondition(classCount == classes.count && classCount > 0, "\(classCount) rows of logits")
    precondition(labels.count >= paddedToLanes(sampleCount) && predictions.count == labels.count)
    precondition(logits.stride >= paddedToLanes(sampleCount), "logits are not padded to lanes")
    precondition(losses.capacity >= paddedToLanes(sampleCount), "losses of \(losses.capacity) samples")
    loss.compute(
      LogitBatch(logits: logits, losses: losses, output: output), classes, labels: labels, predictions: &predictions)
  }
}
