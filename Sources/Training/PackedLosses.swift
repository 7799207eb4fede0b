internal import Kernels
internal import Tensors

/// What the sums of a step carry beside the gradient: the losses, and what a rank wishes. They are the first Doubles of a
/// `PackedSums`, whatever stands behind them.
struct PackedLosses {
  private let packed: PackedSums

  private enum Field: Int, CaseIterable {
    case weightedLoss
    case weight
    case count
    case negativeLogLikelihood
    case stopRequests
    case failures
  }

  /// Doubles that they take.
  static let count = Field.allCases.count

  init(_ packed: PackedSums) {
    self.packed = packed
  }

  var loss: LossSums {
    get {
      var loss = LossSums()
      loss.weightedLoss = self[.weightedLoss]
      loss.weight = self[.weight]
      loss.count = self[.count]
      loss.negativeLogLikelihood = self[.negativeLogLikelihood]
      return loss
    }
    nonmutating set {
      self[.weightedLoss] = newValue.weightedLoss
      self[.weight] = newValue.weight
      self[.count] = newValue.count
      self[.negativeLogLikelihood] = newValue.negativeLogLikelihood
    }
  }

  var wish: Wish {
    get { self[.failures] > 0 ? .fail : self[.stopRequests] > 0 ? .stop : .goOn }
    nonmutating set {
      self[.stopRequests] = newValue == .stop ? 1 : 0
      self[.failures] = newValue == .fail ? 1 : 0
    }
  }

  func copy(to other: PackedLosses) {
    for field in Field.allCases { other[field] = self[field] }
  }

  private subscript(field: Field) -> Double {
    get { packed[double: field.rawValue] }
    nonmutating set { packed[double: field.rawValue] = newValue }
  }
}
