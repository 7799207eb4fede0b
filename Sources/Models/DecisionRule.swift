public import Tensors

/// How the logits z of a model become a class: argmax_c (z_c + o_c), the first of equals. As log p_c is z_c less the same
/// number for every class, it is argmax_c (log p_c + o_c) of raw probabilities.
///
/// The one place in which classes are chosen of a trained model: for `predict`, `evaluate`, and the last tables of
/// `train`. Sums are of Float32, as offsets are, so that whoever reads them decides alike.
public struct DecisionRule: Codable, Equatable, Sendable {
  /// What the offsets make largest on the validation part, as `--tune-thresholds` has it.
  public let metric: String
  /// o, [C]; finite, and none so small that it is stored with fewer digits: readers of JSON may refuse such numbers.
  public let offsets: [Float]

  /// - Parameter offsets: Those that are smaller than any normal number count as 0.
  public init(metric: String, offsets: [Float]) {
    self.metric = metric
    self.offsets = offsets.map { $0.magnitude < .leastNormalMagnitude ? 0 : $0 }
  }

  /// Whether the offsets can be added to logits of so many classes.
  func fits(classCount: Int) -> Bool { offsets.count == classCount && offsets.allSatisfy(\.isFinite) }

  /// The class of each sample by a rule.
  ///
  /// - Parameters:
  ///   - rule: Nil where the largest logit decides.
  ///   - logits: [C, n]
  ///   - predictions: Receives n classes.
  public static func predict(_ rule: DecisionRule?, _ logits: Matrix, into predictions: inout [Int32]) {
    let offsets = rule?.offsets ?? Array(repeating: 0, count: logits.rows)
    precondition(offsets.count == logits.rows, "\(offsets.count) offsets of \(logits.rows) classes")
    predictions.removeAll(keepingCapacity: true)
    for sample in 0..<logits.columns {
      var (best, largest) = (0, logits[0, sample] + offsets[0])
      for classIndex in 1..<max(logits.rows, 1) {
        let value = logits[classIndex, sample] + offsets[classIndex]
        if value > largest { (best, largest) = (classIndex, value) }
      }
      predictions.append(Int32(best))
    }
  }
}
