/// A loss of the logits that a model is trained by: what it is for a block of 16 samples. A file for each.
///
/// Letters, here and in all losses:
///
///     C    classes                           y    the sample's class, its label; < 0 where it is ignored
///     z_c  logit of class c                  m    the largest logit of the sample
///     s_c  z_c − m, never positive           S    Σ_c e^(s_c)
///     p_c  e^(s_c)/S, the plain softmax      w_c  weight of class c;  W = Σ_c w_c
///     ℓ    the sample's loss, its weight w_y included
///
/// `LossBlock` goes over the classes, finds m, S and the prediction, and what evaluation reports: −log p_y by the plain
/// softmax, whatever the training loss is. The loss is asked for each class in turn, and afterwards for ℓ and the
/// ∂ℓ/∂z_c; margins, priors and smoothing are its own. It is resolved by the compiler: a call costs nothing.
///
/// A loss answers for an ignored sample as for any other number, with ℓ and ∂ℓ/∂z_c finite where the logits are: the
/// gradient must be 0, ℓ may be anything. Where a logit is NaN or infinite, ℓ must not be finite.
package protocol TrainingLoss: Sendable {
  /// What it carries through a block: sums over the classes, and then what all ∂ℓ/∂z_c have in common.
  associatedtype Block

  /// Before the first class.
  func begin() -> Block

  /// Takes a class in. Called for each, in order.
  ///
  /// - Returns: What `gradient` will be given back for this class; most often e^(s_c).
  func add(_ logits: ClassLogits, to block: inout Block) -> Lanes

  /// ℓ, once all classes have been taken in.
  func losses(_ samples: SampleLanes, _ classes: ClassFigures, _ block: inout Block) -> Lanes

  /// ∂ℓ/∂z_c, after `losses`.
  ///
  /// - Parameter kept: What `add` returned for the class.
  func gradient(_ class: ClassLabels, kept: Lanes, _ block: Block) -> Lanes

  // What follows is not to be written for a loss: it is there so that each has its own, specialized (see LossBlock.swift).

  /// The losses of a batch: `WeightedLoss`.
  func compute(_ batch: LogitBatch, _ classes: ClassFigures, labels: [Int32], predictions: inout [Int32])

  /// A pass of a small linear model: `LinearPass`.
  func run(
    _ pass: LinearPass, _ operands: LinearPass.Operands, _ segments: [LinearPass.Segment], _ places: [Range<Int>],
    _ classes: ClassFigures, labels: inout [Int32], predictions: inout [Int32], lossSums: inout [LossSums])
}

/// What is known of each class.
package struct ClassFigures: Equatable, Sendable {
  /// w, [C]
  package private(set) var weights: [Float]
  /// W
  package private(set) var totalWeight: Float

  package init(weights: [Double]) {
    self.weights = weights.map { Float($0) }
    totalWeight = Float(weights.reduce(0, +))
  }

  package var count: Int { weights.count }

  /// Replaces the weights, in the memory of the old ones.
  mutating func setWeights(_ weights: [Double]) {
    precondition(weights.count == self.weights.count, "\(weights.count) weights for \(self.weights.count) classes")
    for (index, weight) in weights.enumerated() { self.weights[index] = Float(weight) }
    totalWeight = Float(weights.reduce(0, +))
  }
}
