internal import CIntrinsics
internal import Foundation
public import Tensors

/// Adam (Kingma, Ba, 2015) and AdamW (Loshchilov, Hutter, 2019).
///
///     t += 1;  g += λθ (Adam) or θ *= 1 − lr·λ (AdamW)
///     m = β₁ m + (1 − β₁) g;  v = β₂ v + (1 − β₂) g²
///     θ −= lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
///
/// ε may be 0. A parameter whose gradients have all been 0 (as those of the padding are), so that v is 0, then stays
/// where it is. (PyTorch makes it NaN, by 0/0.)
public struct Adam {
  public let beta1: Double
  public let beta2: Double
  public let epsilon: Double
  /// λ
  public let weightDecay: Double
  /// Whether the decay acts on the parameters and not through the gradient (AdamW).
  public let decouplesWeightDecay: Bool

  /// t, the steps taken. Set by who goes on with an earlier run, together with the moments.
  public var stepCount = 0
  /// m and v
  public let firstMoment: Vector
  public let secondMoment: Vector

  /// - Parameter parameterCount: Of the padded vector; a multiple of 16.
  public init(
    parameterCount: Int, betas: (Double, Double), epsilon: Double, weightDecay: Double, decouplesWeightDecay: Bool
  ) {
    (beta1, beta2) = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decouplesWeightDecay = decouplesWeightDecay
    firstMoment = Vector(zeros: parameterCount)
    secondMoment = Vector(zeros: parameterCount)
  }

  /// Forgets all steps.
  public mutating func reset() {
    stepCount = 0
    firstMoment.fill(with: 0)
    secondMoment.fill(with: 0)
  }

  /// Takes one step.
  ///
  /// - Parameters:
  ///   - gradient: Of the loss sum; multiplied by `gradientScale` on the way.
  ///   - parameters: Padded with zeros to whole lanes, as is `gradient`.
  ///   - start: Of those that move, a multiple of 16: what stands before them is left as it is, and `gradient` has nothing
  ///     of it.
  public mutating func step(
    _ parameters: Vector, gradient: Vector, gradientScale: Double, learningRate: Double, from start: Int = 0
  ) {
    let count = parameters.count
    precondition(count % laneCount == 0 && start % laneCount == 0 && firstMoment.count == count)
    precondition(gradient.count == count - start, "a gradient of \(gradient.count) for \(start)..<\(count)")
    stepCount += 1
    let correction1 = 1 - pow(beta1, Double(stepCount))
    let correction2 = (1 - pow(beta2, Double(stepCount))).squareRoot()

    let scale = Lanes(repeating: Float(gradientScale))
    let coupledDecay = Lanes(repeating: decouplesWeightDecay ? 0 : Float(weightDecay))
    let shrink = Lanes(repeating: decouplesWeightDecay ? Float(1 - learningRate * weightDecay) : 1)
    let (b1, b2) = (Lanes(repeating: Float(beta1)), Lanes(repeating: Float(beta2)))
    let (c1, c2) = (Lanes(repeating: Float(1 - beta1)), Lanes(repeating: Float(1 - beta2)))
    let stepSize = Lanes(repeating: Float(learningRate / correction1))
    let rootScale = Lanes(repeating: Float(1 / correction2))
    let epsilon = Lanes(repeating: Float(epsilon))

    let (theta, gradients) = unsafe (parameters.pointer, gradient.pointer)
    let (ms, vs) = unsafe (firstMoment.pointer, secondMoment.pointer)
    for index in stride(from: start, to: count, by: laneCount) {
      var p = unsafe theta.lanes(at: index)
      let g = (coupledDecay * p).addingProduct(unsafe gradients.lanes(at: index - start), scale)
      p *= shrink
      let m = (b1 * (unsafe ms.lanes(at: index))).addingProduct(c1, g)
      let v = (b2 * (unsafe vs.lanes(at: index))).addingProduct(c2, g * g)
      let root = cintrinsics_square_root(v)
      let divisor = epsilon.addingProduct(root, rootScale)
      p -= (stepSize * m / divisor).replacing(with: 0, where: divisor .== Lanes.zero)
      unsafe ms.store(m, at: index)
      unsafe vs.store(v, at: index)
      unsafe theta.store(p, at: index)
    }
  }
}
