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
    for (index, tensor) in tensors.enumerated() {
      var stream = RandomStream(seed: seed, purpose: .initialization, index: index)
      switch tensor.initial {
      case .uniform(let bound):
        for parameter in tensor.range { parameters[parameter] = Float((2 * stream.uniform() - 1) * bound) }
      }
    }
  }
}
