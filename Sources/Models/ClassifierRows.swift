internal import Foundation
internal import Kernels
public import Tensors

/// The last layer of a network as it was trained: the rows of W and the biases, by which τ-normalized ones are made.
///
///     w_c ← w_c / ‖w_c‖^τ;  b_c ← b_c / ‖w_c‖^τ
///
/// In the paper's networks the rows of rare classes are shorter, and their logits smaller for it: τ = 1 gives all rows one
/// length, τ = 0 leaves them. A row of zeros stays. Biases are divided as their rows are, so that a class's whole logit is;
/// left as they were, balanced accuracy on nine skewed tables (τ = 0.5, 1, and found) was the same to 0.0005.
///
/// Source: Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition" (ICLR 2020), section 4, the
/// τ-normalized classifier, which leaves biases out.
public struct ClassifierRows {
  private let layout: ParameterLayout
  /// Copies of W and b.
  private let trained: [Vector]
  /// ‖w_c‖, [C]
  private let norms: [Double]

  /// - Parameter parameters: In the layout, without padding or with it.
  public init(_ parameters: Vector, layout: ParameterLayout) {
    self.layout = layout
    trained = layout.tensors[layout.classifier].map { tensor in
      let copy = Vector(zeros: tensor.range.count)
      copy.copy(from: tensor.values(in: parameters))
      return copy
    }
    let shape = layout.tensors[layout.classifier.lowerBound].shape
    let rows = trained[0].matrix(rows: shape[0], columns: shape[1])
    norms = (0..<rows.rows).map { sumOfSquares(rows.row($0)).squareRoot() }
  }

  /// Writes them with their lengths changed.
  ///
  /// - Parameters:
  ///   - tau: 0...1; 0 for them as they were.
  ///   - parameters: In the layout, as those that they are of.
  public func normalize(by tau: Double, into parameters: Vector) {
    for (tensor, trained) in zip(layout.tensors[layout.classifier], trained) {
      let width = trained.count / norms.count
      let normalized = Vector(zeros: trained.count)
      for (label, norm) in norms.enumerated() {
        // Of 0 there is no direction.
        let factor = norm > 0 ? pow(norm, -tau) : 1
        for place in (label * width)..<((label + 1) * width) {
          normalized[place] = Float(Double(trained[place]) * factor)
        }
      }
      tensor.set(normalized, in: parameters)
    }
  }
}
