internal import Foundation
public import Tensors

/// The nonlinearity between layers.
public enum Activation: String, CaseIterable, Codable, Sendable {
  /// max(x, 0); NaN stays NaN, so that what has gone wrong is seen in the loss.
  case relu
  /// x·Φ(x), exact (by erf), as PyTorch's default
  case gelu
  case tanh
}

/// y = f(z + bias), in place, row by row.
///
/// - Parameters:
///   - z: [n, h], dense; overwritten by y.
///   - bias: [h]
///   - derivative: [n, h]; receives f′(z + bias). ReLU needs none: its derivative is read off y.
public func addBiasAndActivate(_ z: Matrix, bias: Vector, activation: Activation, derivative: Matrix?) {
  precondition(bias.count == z.columns && z.stride == z.columns)
  switch activation {
  case .relu:
    mapWithBias(z, bias: bias) { x, _ in x <= 0 ? 0 : x }
  case .gelu:
    // Φ(x) = ½ (1 + erf(x/√2)), φ(x) = e^(−x²/2)/√(2π); f′ = Φ(x) + x·φ(x)
    guard let derivative else { preconditionFailure("gelu needs room for its derivative") }
    mapWithBias(z, bias: bias) { x, index in
      let cumulative = 0.5 * (1 + erff(x * 0.707_106_77))
      unsafe derivative.pointer[index] = cumulative + x * expf(-0.5 * x * x) * 0.398_942_28
      return x * cumulative
    }
  case .tanh:
    guard let derivative else { preconditionFailure("tanh needs room for its derivative") }
    mapWithBias(z, bias: bias) { x, index in
      let y = tanhf(x)
      unsafe derivative.pointer[index] = 1 - y * y
      return y
    }
  }
}

@inline(__always)
private func mapWithBias(_ z: Matrix, bias: Vector, _ f: (_ x: Float, _ index: Int) -> Float) {
  let bias = unsafe bias.pointer
  for row in 0..<z.rows {
    let elements = unsafe z.pointer + row * z.columns
    for column in 0..<z.columns {
      unsafe elements[column] = f(elements[column] + bias[column], row * z.columns + column)
    }
  }
}

/// dZ = dY ∘ f′, in place.
///
/// - Parameters:
///   - dY: [n, h], dense; overwritten by dZ.
///   - y: What `addBiasAndActivate` and `dropOut` left; only ReLU reads it.
///   - derivative: f′ as they left it; ReLU needs none.
///   - keptScale: 1/(1 − dropout), what a kept element was multiplied by.
public func activationBackward(
  _ dY: Matrix, y: Matrix, derivative: Matrix?, activation: Activation, keptScale: Float
) {
  precondition(dY.rows == y.rows && dY.columns == y.columns && dY.stride == dY.columns && y.stride == y.columns)
  let gradient = unsafe dY.pointer
  let count = dY.rows * dY.columns
  switch activation {
  case .relu:
    // y > 0 exactly where the sum was positive and the element was kept.
    let y = unsafe y.pointer
    for i in 0..<count { unsafe gradient[i] = y[i] > 0 ? gradient[i] * keptScale : 0 }
  case .gelu, .tanh:
    guard let derivative else { preconditionFailure("\(activation) needs its derivative") }
    let factor = unsafe derivative.pointer
    for i in 0..<count { unsafe gradient[i] *= factor[i] }
  }
}
