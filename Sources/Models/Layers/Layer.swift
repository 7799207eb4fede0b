internal import Kernels
internal import Tensors

/// A part of a network: forward from x to y, and back from dY (the gradient of the loss sum with respect to y) to
/// dX and to the gradients of its parameters.
///
/// A layer puts its parameters into a layout when it is made, takes memory for y and whatever it needs to go back, and
/// keeps that of the last pass. It is called for each batch, not for each sample.
protocol Layer {
  /// Values of y for a sample.
  var outputs: Int { get }

  /// y as the last pass left it. Whoever changes it in place changes what a layer goes back by: relu reads its
  /// derivative off y.
  ///
  /// - Returns: [n, out], but class-major, [out, n], of the layer that makes logits.
  func output(samples: Int) -> Matrix

  /// Writes what the parameters that x is multiplied by are themselves to be multiplied by, so that it is as if x had been.
  ///
  /// - Parameters:
  ///   - weights: What each value of x would be multiplied by, [in].
  ///   - factors: In the layout of the parameters.
  func weigh(inputs weights: [Float], into factors: TensorViews)

  /// y of x.
  ///
  /// - Parameters:
  ///   - x: [n, in]. Only the first layer of a network may be given sparse rows.
  ///   - training: Nil where the model is used as it is, without anything random.
  func forward(_ x: BatchFeatures, _ parameters: TensorViews, training: TrainingPass?) -> Matrix

  /// Gradients, after `forward` of the same x.
  ///
  /// - Parameters:
  ///   - dY: As y; overwritten.
  ///   - dX: [n, in]; nil where nobody needs it.
  func backward(dY: Matrix, x: BatchFeatures, _ parameters: TensorViews, _ pass: BackwardPass, into dX: Matrix?)
}

/// A pass through the network that it learns from.
struct TrainingPass {
  /// The shards' parts of the batch, and how their gradients are added up.
  let segments: [BatchSegment]
  let dropout: DropoutStreams
  /// Of the products of both ways.
  let precision: Precision
}

/// The way back of a pass.
struct BackwardPass {
  let segments: [BatchSegment]
  /// The sums that remain of the segments' tree (see `MatrixProducts.multiplySegments`).
  let gradients: TensorViews
  /// Whether to add to what stands there; for a single segment alone.
  let accumulating: Bool
  let precision: Precision
  /// Notes that of `gradients`, as far as layers do; nil where nobody asks.
  let magnitude: GradientMagnitude?
}
