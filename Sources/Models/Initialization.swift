internal import RandomStreams
public import Tensors

extension ParameterLayout {
  /// Draws every weight and bias from U(−1/√fan_in, 1/√fan_in), as PyTorch's nn.Linear does. Each
  /// tensor has a stream of its own, so that adding a layer leaves those before it as they are.
  public func initialize(_ parameters: Vector, seed: UInt64) {
    precondition(parameters.count == paddedCount)
    for (index, layer) in layers.enumerated() {
      let bound = 1 / Double(layer.inputs).squareRoot()
      for (tensor, range) in [layer.weight, layer.bias].enumerated() {
        var stream = RandomStream(seed: seed, purpose: .initialization, index: 2 * index + tensor)
        for parameter in range {
          parameters[parameter] = Float((2 * stream.uniform() - 1) * bound)
        }
      }
    }
  }
}
