internal import Kernels
internal import Tensors

/// A hidden layer: y = dropout(f(x Wᵀ + b)).
///
///     x       [n, in]
///     y       [n, out]
///     weight  W  [out, in]   see `AffineMap`
///     bias    b  [out]
///     f       relu, gelu or tanh
///
/// Bias and activation are one sweep over y. Dropout sets values of y to 0, and those of f′ with them, so that the way
/// back needs no mask.
struct DenseLayer: Layer {
  private let map: AffineMap
  private let activation: Activation
  private let dropout: Dropout
  /// In the network, from 0.
  private let number: Int
  /// y, [largestBatch, out]
  private let values: Storage
  /// f′, where the activation needs it.
  private let derivatives: Storage?

  /// - Parameters:
  ///   - largestBatch: The most samples of a pass.
  ///   - columns: The products of encoded columns, where it is the first layer and takes them itself.
  ///   - weightsAreTable: See `AffineMap`.
  init(
    inputs: Int, outputs: Int, activation: Activation, dropout: Dropout, number: Int, largestBatch: Int,
    products: LayerProducts, columns: ColumnProducts?, weightsAreTable: Bool, in layout: inout ParameterLayout
  ) {
    map = AffineMap(
      inputs: inputs, outputs: outputs, named: "layers.\(number)", products: products, columns: columns,
      weightsAreTable: weightsAreTable, in: &layout)
    self.activation = activation
    self.dropout = dropout
    self.number = number
    values = Storage(zeros: largestBatch * outputs)
    derivatives = activation == .relu ? nil : Storage(zeros: largestBatch * outputs)
  }

  var outputs: Int { map.outputs }

  func output(samples: Int) -> Matrix { Matrix(values, rows: samples, columns: outputs) }

  private func derivative(samples: Int) -> Matrix? {
    derivatives.map { Matrix($0, rows: samples, columns: outputs) }
  }

  func weigh(inputs weights: [Float], into factors: TensorViews) { map.weigh(inputs: weights, into: factors) }

  func forward(_ x: BatchFeatures, _ parameters: TensorViews, training: TrainingPass?) -> Matrix {
    let (y, derivative) = (output(samples: x.rows), derivative(samples: x.rows))
    map.multiply(x, parameters, training: training, into: y, classMajor: false)
    addBiasAndActivate(y, bias: parameters.vector(map.bias), activation: activation, derivative: derivative)
    if let training, dropout.rate > 0 {
      for (index, segment) in training.segments.enumerated() {
        dropout(
          y.rows(segment.rows), derivative: derivative?.rows(segment.rows),
          stream: training.dropout(layer: number, segment: index))
      }
    }
    return y
  }

  func backward(dY: Matrix, x: BatchFeatures, _ parameters: TensorViews, _ pass: BackwardPass, into dX: Matrix?) {
    activationBackward(
      dY, y: output(samples: x.rows), derivative: derivative(samples: x.rows), activation: activation,
      keptScale: dropout.keptScale)
    map.backward(dZ: dY, classMajor: false, x: x, parameters, pass, into: dX)
  }
}
