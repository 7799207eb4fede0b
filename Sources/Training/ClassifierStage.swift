internal import ClassWeighting
internal import Collectives
package import Configuration
internal import Datasets
internal import Kernels

/// The second stage of decoupled training: when the network is trained, its last layer is drawn anew and trained alone,
/// each class equally often and each sample with the same weight; the layers before it, what they have learned from the
/// data as it is, stay as they are and are used without dropout, as in a trained model. Optimizer and learning rate begin
/// anew, too.
///
/// Measured on nine skewed tables, three splits each, 40 epochs and then 10: balanced accuracy 0.701, and 0.694 where the last
/// layer goes on from what it was (0.677 without the stage, 0.698 with balanced weights instead).
///
/// Source: Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition" (ICLR 2020), section 4:
/// classifier re-training (cRT), with a classifier that begins at random, and class-balanced sampling.
struct ClassifierStage {
  /// Of which loss, sampler and steps are those of the stage.
  let configuration: TrainingConfiguration
  /// Of the training part.
  let plan: BatchPlan
  /// n_c, [C], of the samples that are drawn from.
  let drawnCounts: [Int]

  /// - Parameters:
  ///   - configuration: Of the run, which has the stage.
  ///   - plan: Where the draws of an epoch are those of the stage.
  init(of configuration: TrainingConfiguration, _ plan: BatchPlan, drawnCounts: [Int]) {
    self.configuration = configuration.ofClassifierStage
    self.plan = plan
    self.drawnCounts = drawnCounts
  }

  /// By which its epochs are judged: with the loss that it minimizes, whatever that of the run was. On draws of which each
  /// class has as many as the others that is the mean over the classes of the mean −log p of each, and so it is here, of
  /// samples that are judged once each.
  ///
  /// - Parameter hasReported: Whether it has been told before of a loss that is not finite.
  func judge<C: Communicator>(hasReported: Bool, over communicator: C) -> ModelJudge<C> {
    var configuration = configuration
    configuration.loss.lossNormalization = .weights
    return ModelJudge(
      configuration, classWeights: .perBatch(InverseFrequency()), classCounts: drawnCounts, hasReported: hasReported,
      over: communicator)
  }

  var epochs: Int { configuration.steps.epochs }

  /// Steps of an epoch in the mean.
  var stepsPerEpoch: Double {
    plan.steps(ofDraws: configuration.steps.sampling.expectedDraws(forCounts: drawnCounts))
  }

  /// More steps no epoch is known to have, as in `Trainer.init`.
  var mostStepsPerEpoch: Double {
    let draws = configuration.steps.sampling.expectedDraws(forCounts: drawnCounts)
    return plan.steps(ofDraws: draws + 5 * Double(plan.sampleCount).squareRoot())
  }
}

extension TrainingConfiguration {
  /// The options by which the last layer is trained again: those of the run, but for what the stage is about.
  package var ofClassifierStage: TrainingConfiguration {
    var own = self
    own.steps.sampler = .classBalanced
    own.steps.epochs = steps.retrainClassifier
    own.model.dropout = 0
    own.loss.kind = .defaults
    own.loss.classWeights = nil
    own.loss.reweightFromEpoch = nil
    own.loss.labelSmoothing = 0
    return own
  }
}

/// Which of the stages of a run an epoch belongs to.
public enum TrainingStage: String, Codable, Sendable {
  /// All layers are trained.
  case network
  /// The last layer alone.
  case classifier
}

/// The first stage of a run that has two, when it is over.
public struct NetworkStage: Codable, Equatable, Sendable {
  /// Whose layers, all but the last, the model has.
  public let delivered: DeliveredEpoch
  /// The epochs that all layers were trained for.
  public let epochs: Int
  public let steps: Int
  /// Whether epochs without a better one ended it before --epochs did.
  public let endedEarly: Bool

  package init(delivered: DeliveredEpoch, epochs: Int, steps: Int, endedEarly: Bool) {
    (self.delivered, self.epochs, self.steps, self.endedEarly) = (delivered, epochs, steps, endedEarly)
  }
}
