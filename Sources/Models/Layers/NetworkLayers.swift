internal import Kernels
internal import Tensors

/// The layers of a network, first to last, and where their parameters lie.
///
///     a₀ = x, or of embedded columns what `EmbeddingLayer` makes of it;  aₗ = dropout(f(aₗ₋₁ Wₗᵀ + bₗ));  logits = (a_{L−1} W_Lᵀ + b_L)ᵀ
struct NetworkLayers {
  let layout: ParameterLayout
  /// All of them, the logits' included.
  let layers: [any Layer]
  let logits: LogitLayer
  /// dY of two neighbouring layers, in turn.
  private let outputGradients: [Storage]

  /// - Parameters:
  ///   - largestBatch: The most samples of a pass; with 0 the layers take no memory.
  ///   - threadCount: The threads that large products are shared by. It changes no bit.
  init(_ shape: ModelShape, dropout: Dropout, largestBatch: Int, threadCount: Int = 1) {
    let products = LayerProducts(threadCount: threadCount)
    var layout = ParameterLayout()
    var layers: [any Layer] = []
    if let embedding = shape.embedding {
      layers.append(EmbeddingLayer(embedding, largestBatch: largestBatch, in: &layout))
    }
    let columns = shape.embedding == nil && largestBatch > 0 ? shape.columnWidths : []
    var inputs = shape.inputCount
    for (number, outputs) in shape.hidden.enumerated() {
      layers.append(
        DenseLayer(
          inputs: inputs, outputs: outputs, activation: shape.activation, dropout: dropout, number: number,
          largestBatch: largestBatch, products: products,
          columns: number == 0 && ColumnProducts.areFaster(columnWidths: columns, outputs: outputs)
            ? ColumnProducts(columnWidths: columns, threadCount: threadCount) : nil,
          weightsAreTable: number == 0 && shape.firstLayerIsTable, in: &layout))
      inputs = outputs
    }
    logits = LogitLayer(
      inputs: inputs, classCount: shape.classCount, number: shape.hidden.count, largestBatch: largestBatch,
      products: products, weightsAreTable: shape.hidden.isEmpty && shape.firstLayerIsTable, in: &layout)
    let widest = layers.map(\.outputs).max() ?? 0
    // (Kernels may read a few elements beyond the last.)
    outputGradients = (0..<min(2, layers.count)).map { _ in Storage(zeros: largestBatch * widest + laneCount) }
    layers.append(logits)
    self.layout = layout
    self.layers = layers
  }

  /// - Parameter x: [n, D]
  /// - Returns: [C, n], valid until the next pass.
  func forward(_ x: BatchFeatures, _ parameters: TensorViews, training: TrainingPass? = nil, ofLastAlone: Bool = false)
    -> Matrix
  {
    var input = x
    for layer in layers.dropLast() {
      input = .dense(layer.forward(input, parameters, training: ofLastAlone ? nil : training))
    }
    return logits.forward(input, parameters, training: training)
  }

  /// - Parameters:
  ///   - dLogits: [C, n]
  ///   - ofLastAlone: Whether the gradients are those of the last layer alone.
  func backward(
    dLogits: Matrix, x: BatchFeatures, _ parameters: TensorViews, _ pass: BackwardPass, ofLastAlone: Bool = false
  ) {
    let sampleCount = x.rows
    guard !ofLastAlone else {
      let before = layers.dropLast().last.map { BatchFeatures.dense($0.output(samples: sampleCount)) }
      logits.backward(dY: dLogits, x: before ?? x, parameters, pass, into: nil)
      return
    }
    var dY = dLogits
    for index in layers.indices.reversed() {
      guard index > 0 else {
        layers[index].backward(dY: dY, x: x, parameters, pass, into: nil)
        break
      }
      let before = layers[index - 1]
      let dX = Matrix(outputGradients[(index - 1) % 2], rows: sampleCount, columns: before.outputs)
      layers[index].backward(dY: dY, x: .dense(before.output(samples: sampleCount)), parameters, pass, into: dX)
      dY = dX
    }
  }
}

extension ParameterLayout {
  /// Of a network of this shape.
  public init(_ shape: ModelShape) {
    self = NetworkLayers(shape, dropout: Dropout(rate: 0), largestBatch: 0).layout
  }
}
