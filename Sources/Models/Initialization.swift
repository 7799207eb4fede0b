internal import RandomStreams
public import Tensors

/// What the elements of a tensor are drawn from before training.
public enum InitialDistribution: Equatable, Sendable {
  /// U(−bound, bound)
  case uniform(bound: Double)

  /// Of weight and bias of an affine map, U(−1/√fan_in, 1/√fan_in), as PyTorch's nn.Linear has it.
  public static func linear(fanIn: Int) -> InitialDistribution {
    .uniform(bound: 1 / Double(fanIn).squareRoot())
  }
}

extension ParameterLayout {
  /// Draws every tensor from its distribution. Each has a stream of its own, so that adding a layer leaves
  /// those before it as they are.
  public func initialize(_ parameters: Vector, seed: UInt64) {
    precondition(parameters.count == paddedCount)
    for index in tensors.indices { initialize(index, parameters, seed: seed, .initialization) }
  }

  /// Draws the tensors of the last layer once more, from streams of their own.
  public func initializeClassifier(_ parameters: Vector, seed: UInt64) {
    precondition(parameters.count == paddedCount)
    for index in classifier { initialize(index, parameters, seed: seed, .retraining) }
  }

  private func initialize(_ index: Int, _ parameters: Vector, seed: UInt64, _ purpose: RandomPurpose) {
    var stream = RandomStream(seed: seed, purpose: purpose, index: index)
    switch tensors[index].initial {
    case .uniform(let bound):
      for parameter in tensors[index].range { parameters[parameter] = Float((2 * stream.uniform() - 1) * bound) }
    }
  }
}
