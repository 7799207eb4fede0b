internal import Collectives
internal import Configuration
internal import Kernels
internal import Runs
internal import Training

/// Trains a small network for some steps on all ranks together, and once more by each rank alone: the parameters must
/// be the same to the last bit.
struct SelfCheck {
  static let steps = 25
  private let configuration: TrainingConfiguration

  init(over communicator: some Communicator) {
    let shards = max(8, communicator.size)
    var configuration = TrainingConfiguration.defaults
    configuration.data = "synthetic:samples=\(97 * shards),classes=4"
    configuration.shards.shards = shards
    configuration.model.hidden = NumberList([33])
    configuration.model.dropout = 0.2
    configuration.loss.classWeights = "0.3,4,4,4"
    configuration.steps.batchSize = 5 * shards + 3
    configuration.steps.maxSteps = Self.steps
    configuration.optimizer.learningRate = 0.01
    configuration.computation.seed = 1
    self.configuration = configuration
  }

  /// Whether all ranks found so. Collective.
  func passes(over communicator: some Communicator) throws -> Bool {
    let together = try checksumAfterTraining(over: communicator)
    let alone = try checksumAfterTraining(over: SingleProcessCommunicator())
    return try communicator.sum(together == alone ? 0 : 1) == 0
  }

  private func checksumAfterTraining(over communicator: some Communicator) throws -> UInt64 {
    var run = try Run(configuration, over: communicator)
    return checksum(of: try run.train().parameters)
  }
}
