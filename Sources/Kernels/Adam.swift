internal import CIntrinsics
internal import Foundation
public import Tensors

/// Adam (Kingma, Ba, 2015) and AdamW (Loshchilov, Hutter, 2019).
///
///     t += 1;  g += λθ (Adam) or θ *= 1 − lr·λ (AdamW)
///     m = β₁ m + (1 − β₁) g;  v = β₂ v + (1 − β₂) g²
///     θ −= lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
///
/// Of tables of which samples touch few rows, a step moves those rows alone: the others keep their parameters and moments
/// as they are, whatever these are, and do not decay (PyTorch calls it SparseAdam). t is that of the step for all.
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

  /// - Parameter parameterCount: Of the padded vector.
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

  /// What a step needs of the C library: 1 − β₁ᵗ and 1 − β₂ᵗ.
  public var biasCorrections: (first: Double, second: Double) { (biasCorrection(beta1), biasCorrection(beta2)) }

  private func biasCorrection(_ beta: Double) -> Double {
    // βᵗ ≤ e^(−t(1 − β)), and 1 − e⁻⁴⁰ rounds to 1: a power takes as long as the step of a few parameters.
    Double(stepCount) * (1 - beta) > 40 ? 1 : 1 - pow(beta, Double(stepCount))
  }

  /// Takes one step.
  ///
  /// - Parameters:
  ///   - parameters: Those of tables first, if there are such, then all others, padded with zeros to whole lanes.
  ///   - gradient: Of the loss sum, of those behind the tables; multiplied by `gradientScale` on the way.
  ///   - part: The elements of `gradient` whose parameters move, whole lanes; nil for all.
  ///   - rows: Of the tables, with their gradients.
  ///   - learningRates: lr; a decay that is decoupled goes by them, too.
  public mutating func step(
    _ parameters: Vector, gradient: Vector, part: Range<Int>? = nil, rows: TouchedRows? = nil, gradientScale: Double,
    learningRates: LearningRates
  ) {
    let tables = parameters.count - gradient.count
    let part = part ?? 0..<gradient.count
    precondition(tables >= 0 && firstMoment.count == parameters.count, "\(gradient.count) of \(parameters.count)")
    stepCount += 1
    func rule(embeddingLanes: Int) -> Rule {
      Rule(self, gradientScale: gradientScale, learningRates: learningRates, embeddingLanes: embeddingLanes)
    }
    learningRates.forEachStretch(of: part) { stretch, embeddingLanes in
      rule(embeddingLanes: embeddingLanes).move(
        parameters, gradient, firstMoment, secondMoment, factors: learningRates.factors, stretch, behind: tables)
    }
    guard let rows else { return }
    let factors = learningRates.factors.map { [$0] } ?? []
    rows.update(([parameters, firstMoment, secondMoment] + factors).map { $0.prefix(tables) }) {
      rule(embeddingLanes: laneCount).move(
        $0[0], rows.gradient, $0[1], $0[2], factors: $0.count > 3 ? $0[3] : nil, 0..<rows.gradient.count, behind: 0)
    }
  }

  /// The step t of any parameters, the first lanes of which may be of embeddings.
  private struct Rule {
    private let scale: Lanes
    private let coupledDecay: Lanes
    private let shrink: Lanes
    private let b1: Lanes
    private let b2: Lanes
    private let c1: Lanes
    private let c2: Lanes
    private let stepSize: Lanes
    private let rootScale: Lanes
    private let epsilon: Lanes

    @inline(__always)
    init(_ adam: Adam, gradientScale: Double, learningRates: LearningRates, embeddingLanes: Int) {
      let (beta1, beta2, decays) = (adam.beta1, adam.beta2, adam.decouplesWeightDecay)
      let corrections = adam.biasCorrections
      let (correction1, correction2) = (corrections.first, corrections.second.squareRoot())
      scale = Lanes(repeating: Float(gradientScale))
      coupledDecay = Lanes(repeating: decays ? 0 : Float(adam.weightDecay))
      shrink = learningRates.lanes(ofEmbeddings: embeddingLanes) { decays ? 1 - $0 * adam.weightDecay : 1 }
      (b1, b2) = (Lanes(repeating: Float(beta1)), Lanes(repeating: Float(beta2)))
      (c1, c2) = (Lanes(repeating: Float(1 - beta1)), Lanes(repeating: Float(1 - beta2)))
      stepSize = learningRates.lanes(ofEmbeddings: embeddingLanes) { $0 / correction1 }
      rootScale = Lanes(repeating: Float(1 / correction2))
      epsilon = Lanes(repeating: Float(adam.epsilon))
    }

    /// Moves the parameters of some elements of the gradient.
    ///
    /// (Parts of vectors would each be a reference to count: 4 % of a small model's step.)
    ///
    /// - Parameters:
    ///   - stretch: Elements of the gradient, whole lanes.
    ///   - tables: Elements of the other vectors before those that the gradient is of.
    @inline(__always)
    func move(
      _ parameters: Vector, _ gradient: Vector, _ firstMoment: Vector, _ secondMoment: Vector, factors: Vector?,
      _ stretch: Range<Int>, behind tables: Int
    ) {
      precondition(tables >= 0 && stretch.lowerBound >= 0 && stretch.upperBound <= gradient.count)
      precondition(parameters.count == tables + gradient.count)
      precondition(firstMoment.count == parameters.count && secondMoment.count == parameters.count)
      // (Two loops: one that asks each time is slower.)
      if let factors {
        precondition(factors.count == parameters.count)
        let factors = unsafe factors.pointer + tables
        move(parameters, gradient, firstMoment, secondMoment, stretch, behind: tables) {
          unsafe stepSize * factors.lanes(at: $0)
        }
      } else {
        move(parameters, gradient, firstMoment, secondMoment, stretch, behind: tables) { _ in stepSize }
      }
    }

    @inline(__always)
    private func move(
      _ parameters: Vector, _ gradient: Vector, _ firstMoment: Vector, _ secondMoment: Vector, _ stretch: Range<Int>,
      behind tables: Int, stepSize: (_ index: Int) -> Lanes
    ) {
      precondition(stretch.count % laneCount == 0)
      let (theta, gradients) = unsafe (parameters.pointer + tables, gradient.pointer)
      let (ms, vs) = unsafe (firstMoment.pointer + tables, secondMoment.pointer + tables)
      for index in stride(from: stretch.lowerBound, to: stretch.upperBound, by: laneCount) {
        var p = unsafe theta.lanes(at: index)
        let g = (coupledDecay * p).addingProduct(unsafe gradients.lanes(at: index), scale)
        p *= shrink
        let m = (b1 * (unsafe ms.lanes(at: index))).addingProduct(c1, g)
        let v = (b2 * (unsafe vs.lanes(at: index))).addingProduct(c2, g * g)
        let root = cintrinsics_square_root(v)
        let divisor = epsilon.addingProduct(root, rootScale)
        p -= (stepSize(index) * m / divisor).replacing(with: 0, where: divisor .== Lanes.zero)
        unsafe ms.store(m, at: index)
        unsafe vs.store(v, at: index)
        unsafe theta.store(p, at: index)
      }
    }
  }
}
