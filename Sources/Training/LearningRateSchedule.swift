public import Configuration
internal import Foundation

/// How the learning rate changes over the steps of a run.
public struct LearningRateSchedule: Equatable, Sendable {
  public let shape: OptimizerOptions.Schedule
  public let peak: Double
  /// Steps at the beginning over which the rate rises in a straight line.
  public let warmupSteps: Int
  public let totalSteps: Int

  public init(shape: OptimizerOptions.Schedule, peak: Double, warmupSteps: Int, totalSteps: Int) {
    self.shape = shape
    self.peak = peak
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  init(_ options: OptimizerOptions, totalSteps: Int) {
    self.init(
      shape: options.schedule, peak: options.learningRate, warmupSteps: options.warmupSteps, totalSteps: totalSteps)
  }

  /// The rate of step `step`, from 0.
  public func rate(atStep step: Int) -> Double {
    if step < warmupSteps { return peak * Double(step + 1) / Double(warmupSteps) }
    let length = max(totalSteps - warmupSteps, 1)
    let progress = min(Double(step - warmupSteps) / Double(length), 1)
    return switch shape {
    case .constant: peak
    case .linear: peak * (1 - progress)
    case .cosine: peak * (1 + cos(.pi * progress)) / 2
    case .step: peak * (progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01)
    }
  }
}
