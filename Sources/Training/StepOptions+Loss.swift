package import Kernels

extension StepOptions {
  /// What the model is trained by. The list of losses: one line for each.
  package var loss: any TrainingLoss { CrossEntropy(labelSmoothing: labelSmoothing) }
}
