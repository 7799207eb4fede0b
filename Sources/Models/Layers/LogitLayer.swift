internal import Kernels
internal import Tensors

/// The last layer: logits = (x Wᵀ + b)ᵀ.
///
///     x       [n, in]
///     logits  [C, n]
///     weight  W  [C, in]   see `AffineMap`
///     bias    b  [C]
///
/// Logits are class-major, so that the softmax works on 16 samples at a time; for the products around them that is only
/// another transposition. Their rows are padded to whole lanes. The loss overwrites them by their gradient.
struct LogitLayer: Layer {
  let map: AffineMap
  /// [C, padded largestBatch]
  private let logits: Storage

  /// - Parameters:
  ///   - largestBatch: The most samples of a pass.
  ///   - weightsAreTable: See `AffineMap`.
  init(
    inputs: Int, classCount: Int, number: Int, largestBatch: Int, products: LayerProducts, weightsAreTable: Bool,
    in layout: inout ParameterLayout
  ) {
    map = AffineMap(
      inputs: inputs, outputs: classCount, named: "layers.\(number)", products: products,
      weightsAreTable: weightsAreTable, in: &layout)
    logits = Storage(zeros: classCount * paddedToLanes(largestBatch))
  }

  var outputs: Int { map.outputs }

  func output(samples: Int) -> Matrix {
    Matrix(logits, rows: outputs, columns: samples, stride: paddedToLanes(samples))
  }

  func weigh(inputs weights: [Float], into factors: TensorViews) { map.weigh(inputs: weights, into: factors) }

  func forward(_ x: BatchFeatures, _ parameters: TensorViews, training: TrainingPass?) -> Matrix {
    let logits = output(samples: x.rows)
    map.multiply(x, parameters, training: training, into: logits, classMajor: true)
    addRowBias(logits, bias: parameters.vector(map.bias))
    return logits
  }

  func backward(dY: Matrix, x: BatchFeatures, _ parameters: TensorViews, _ pass: BackwardPass, into dX: Matrix?) {
    map.backward(dZ: dY, classMajor: true, x: x, parameters, pass, into: dX)
  }
}
