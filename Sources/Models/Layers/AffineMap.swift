internal import Kernels
internal import Tensors

/// The part that has parameters of layers that compute x Wᵀ + b.
///
///     weight  W  [out, in]   U(−1/√in, 1/√in), as PyTorch's nn.Linear
///     bias    b  [out]       the same
///
/// Where sparse rows move few weights at a step, W lies in the vector as its transpose, and is a table: its gradient are the
/// rows of features that samples have (`RowGradientStack`).
///
/// The bias itself is added by the layer, together with what comes next to it.
struct AffineMap {
  let outputs: Int
  let weight: ParameterLayout.Handle
  let bias: ParameterLayout.Handle
  private let products: LayerProducts
  /// Nil but for dense rows of encoded columns.
  private let columns: ColumnProducts?
  /// Whether W lies as [in, out], as a table.
  private let weightsAreTable: Bool

  /// - Parameters:
  ///   - name: What the names of its tensors begin with: "layers.0".
  ///   - columns: The products of encoded columns in Float32, where they are what it takes; z is not class-major then.
  ///   - weightsAreTable: Of the first layer alone.
  init(
    inputs: Int, outputs: Int, named name: String, products: LayerProducts, columns: ColumnProducts? = nil,
    weightsAreTable: Bool, in layout: inout ParameterLayout
  ) {
    self.outputs = outputs
    self.products = products
    self.columns = columns
    self.weightsAreTable = weightsAreTable
    let (weightName, initial) = ("\(name).weight", InitialDistribution.linear(fanIn: inputs))
    weight =
      weightsAreTable
      ? layout.appendTable(weightName, rows: inputs, width: outputs, initial: initial, isTransposed: true)
      : layout.append(weightName, shape: [outputs, inputs], initial: initial)
    bias = layout.append("\(name).bias", shape: [outputs], initial: .linear(fanIn: inputs))
  }

  /// See `Layer.weigh`.
  func weigh(inputs weights: [Float], into factors: TensorViews) {
    let weight = factors.matrix(weight)
    guard !weightsAreTable else {
      for input in 0..<weight.rows { weight.row(input).fill(with: weights[input]) }
      return
    }
    for output in 0..<weight.rows {
      let row = weight.row(output)
      for input in 0..<weight.columns { row[input] = weights[input] }
    }
  }

  /// z = x Wᵀ
  ///
  /// - Parameters:
  ///   - x: [n, in]
  ///   - z: [n, out], or [out, n] where `classMajor`.
  ///   - training: Says in which precision; Float32 where the model is used as it is.
  func multiply(
    _ x: BatchFeatures, _ parameters: TensorViews, training: TrainingPass?, into z: Matrix, classMajor: Bool
  ) {
    let precision = training?.precision ?? .float32
    let weight = parameters.matrix(weight)
    switch x {
    case .dense(let x):
      if let columns, precision == .float32 {
        precondition(!classMajor, "columns are of a first layer, whose outputs stand sample by sample")
        columns.multiply(x, weight, into: z)
      } else if classMajor {
        products.dense.multiply(
          weight, transposingA: weightsAreTable, x, transposingB: true, into: z, precision: precision)
      } else {
        products.dense.multiply(x, weight, transposingB: !weightsAreTable, into: z, precision: precision)
      }
    case .sparse(let x):
      products.sparse.multiply(
        x, weightsAreTable ? .byFeature(weight) : .byOutput(weight), into: z, transposed: classMajor,
        precision: precision)
    }
  }

  /// dW = dZᵀ x and db = Σ dZ of each segment, added up as their tree says; and dX = dZ W.
  ///
  /// - Parameters:
  ///   - dZ: [n, out], or [out, n] where `classMajor`.
  ///   - x: [n, in]
  ///   - dX: [n, in]
  func backward(
    dZ: Matrix, classMajor: Bool, x: BatchFeatures, _ parameters: TensorViews, _ pass: BackwardPass, into dX: Matrix?
  ) {
    let (weights, biases) = (pass.gradients.matrices(weight), pass.gradients.vectors(bias))
    switch x {
    case .dense(let x):
      precondition(!weightsAreTable, "dense rows move all weights")
      if let columns, pass.precision == .float32 {
        columns.multiplySegments(
          dZ, x, segments: pass.segments, into: weights, sums: biases, accumulating: pass.accumulating)
        break
      }
      products.dense.multiplySegments(
        dZ, aIsTransposed: classMajor, x, segments: pass.segments, into: weights, sums: biases,
        accumulating: pass.accumulating, precision: pass.precision, noting: pass.magnitude)
    case .sparse(let x):
      let results: SparseProducts.Gradients
      if weightsAreTable {
        guard let rows = pass.gradients.rows else { preconditionFailure("no place for the gradients of tables") }
        results = .rows(rows)
      } else {
        results = .byOutput(weights)
      }
      products.sparse.multiplySegments(
        dZ, isTransposed: classMajor, x, segments: pass.segments, into: results, sums: biases,
        accumulating: pass.accumulating, precision: pass.precision, noting: pass.magnitude)
    }
    guard let dX else { return }
    products.dense.multiply(
      dZ, transposingA: classMajor, parameters.matrix(weight), into: dX, precision: pass.precision)
  }
}

/// The products of all layers of a network: one at a time, in one memory.
struct LayerProducts {
  let dense: MatrixProducts
  let sparse = SparseProducts()

  /// - Parameter threadCount: The threads that large products are shared by. It changes no bit.
  init(threadCount: Int = 1) {
    dense = MatrixProducts(threadCount: threadCount)
  }
}
