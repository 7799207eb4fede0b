public import Collectives
public import Datasets
internal import Kernels
internal import Models
internal import Tensors

/// Finds the temperature T of a model: that for which the log loss of softmax((z_c − log w_c) / T) over a part of the data
/// that the model was not trained on is least. Each sample counts once, whatever its class weight; those that are
/// ignored, or of a class with weight 0 (which has no probability at any T), don't count.
///
/// T = argmin_T Σ_i −log softmax((z_i − log w) / T)[y_i]: "temperature scaling" (Guo et al., "On Calibration of Modern
/// Neural Networks", ICML 2017), here of the logits that the class weights have been taken out of. It changes no
/// prediction. The sums go over shards in fixed order, so T has the same bits at any number of ranks (promise 1).
///
/// Costs one pass of the network, and some five to ten of the softmax over its logits, which are kept where they are
/// small; else as many passes of the network.
public struct TemperatureFit {
  /// Where T is looked for.
  public static let range = TemperatureSearch.range

  /// What came of it.
  public enum Outcome: Equatable, Sendable {
    case found(Double)
    /// No sample has a say, or a logit is no number.
    case none
    /// A rank was asked to stop.
    case stopped

    public var temperature: Double? { if case .found(let temperature) = self { temperature } else { nil } }
  }

  private let rule: ProbabilityRule
  private let mostBytesKept: Int

  /// - Parameters:
  ///   - weights: w, [C], as `ProbabilityRule.prior` takes them.
  ///   - mostBytesKept: Of logits on a rank; where it has more, they are computed anew each time they are needed. It
  ///     changes no bit.
  public init(weights: [Double], mostBytesKept: Int = 64 << 20) {
    rule = .prior(weights: weights)
    self.mostBytesKept = mostBytesKept
  }

  /// Collective.
  ///
  /// - Parameter isStopRequested: Asked now and then.
  public func find(
    _ model: JudgedModel, on dataset: Dataset, unless isStopRequested: () -> Bool = { false },
    over communicator: some Communicator
  ) throws(CollectiveError) -> Outcome {
    let loss = InverseTemperatureLoss(shifts: rule.shifts, capacity: Evaluator.batchSize)
    var logits = EvaluationLogits(model, of: dataset, mostBytesKept: mostBytesKept)
    var sum = FixedOrderSum(
      over: communicator, layout: dataset.layout, shape: .init(floatCount: 0, doubleCount: Field.allCases.count))
    var search = TemperatureSearch()
    while !search.isDone {
      for place in dataset.shards.indices {
        var sums = InverseTemperatureSums()
        let isWhole = logits.forEachBatch(ofShard: place, unless: isStopRequested) { logits, labels in
          sums += loss.sums(logits, labels: labels, inverseTemperature: 1 / search.temperature)
        }
        let part = sum.nextPart
        part[.count] = sums.count
        part[.slope] = sums.slope
        part[.curvature] = sums.curvature
        part[.stopRequests] = isWhole ? 0 : 1
        sum.commit()
      }
      let total = try sum.total()
      guard total[.stopRequests] == 0 else { return .stopped }
      let count = total[.count]
      guard count > 0, total[.slope].isFinite, total[.curvature].isFinite else { return .none }
      search.learn(slope: total[.slope] / count, curvature: total[.curvature] / count)
    }
    return .found(search.temperature)
  }
}

/// What the shards' sums hold.
private enum Field: Int, CaseIterable {
  case count
  case slope
  case curvature
  case stopRequests
}

extension PackedSums {
  fileprivate subscript(field: Field) -> Double {
    get { self[double: field.rawValue] }
    nonmutating set { self[double: field.rawValue] = newValue }
  }
}
