internal import Kernels
public import Tensors

/// Where each layer's weight and bias lie in one flat vector: the form in which optimizers and
/// reductions see parameters and gradients.
public struct ParameterLayout: Equatable, Sendable {
  public struct Layer: Equatable, Sendable {
    public let inputs: Int
    public let outputs: Int
    /// [outputs, inputs], row after row, as PyTorch's nn.Linear.
    public let weight: Range<Int>
    /// [outputs]
    public let bias: Range<Int>
  }

  public let layers: [Layer]
  /// Parameters of all layers.
  public let count: Int
  /// The length of a vector that holds them, padded with zeros to whole lanes.
  public var paddedCount: Int { paddedToLanes(count) }

  public init(_ shape: ModelShape) {
    var offset = 0
    layers = shape.layers.map { inputs, outputs in
      let weight = offset..<(offset + inputs * outputs)
      let bias = weight.upperBound..<(weight.upperBound + outputs)
      offset = bias.upperBound
      return Layer(inputs: inputs, outputs: outputs, weight: weight, bias: bias)
    }
    count = offset
  }

  /// The weight of layer `index` within a parameter or gradient vector, [outputs, inputs].
  public func weight(ofLayer index: Int, in vector: Vector) -> Matrix {
    let layer = layers[index]
    return vector[layer.weight].matrix(rows: layer.outputs, columns: layer.inputs)
  }

  /// The bias of layer `index` within a parameter or gradient vector, [outputs].
  public func bias(ofLayer index: Int, in vector: Vector) -> Vector {
    vector[layers[index].bias]
  }
}

/// A gradient vector, seen layer by layer.
public struct GradientViews {
  /// Of each layer, in each vector: [outputs, inputs]
  let weights: [[Matrix]]
  /// Of each layer, in each vector: [outputs]
  let biases: [[Vector]]
  let firstLayer: LinearPass.Results

  /// - Parameter vectors: In the given layout each.
  public init(_ vectors: [Vector], layout: ParameterLayout) {
    precondition(vectors.allSatisfy { $0.count == layout.paddedCount })
    weights = layout.layers.indices.map { layer in vectors.map { layout.weight(ofLayer: layer, in: $0) } }
    biases = layout.layers.indices.map { layer in vectors.map { layout.bias(ofLayer: layer, in: $0) } }
    firstLayer = LinearPass.Results(weights: weights[0], biases: biases[0])
  }
}
