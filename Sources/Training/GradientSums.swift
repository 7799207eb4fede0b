public import Kernels
public import Tensors

/// The load-bearing value of the program: Σ wᵢ∇ℓᵢ, Σ wᵢℓᵢ and Σ wᵢ over samples (with the count and
/// the wish to stop), of one shard, or summed over all of them.
///
/// Nothing is a mean before it is global: sums of shards are added, and `divisor` divides once.
/// (A mean of the ranks' means would weigh a sample more where its rank has little weight.)
public struct GradientSums {
  private let packed: PackedSums

  /// The shape that holds the sums for a vector of `parameterCount` parameters.
  public static func shape(parameterCount: Int) -> PackedSums.Shape {
    PackedSums.Shape(floatCount: parameterCount, doubleCount: Field.allCases.count)
  }

  private enum Field: Int, CaseIterable {
    case weightedLoss
    case weight
    case count
    case negativeLogLikelihood
    case stopRequests
    case failures
  }

  public init(_ packed: PackedSums) {
    self.packed = packed
  }

  /// Σ wᵢ∇ℓᵢ, in the layout of the parameters.
  public var gradient: Vector { packed.floats }

  /// Σ wᵢℓᵢ, Σ wᵢ, the samples counted.
  public var loss: LossSums {
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

  /// What any of the ranks wishes. To be set for one part of each rank; the others wish nothing.
  public var wish: Wish {
    get { self[.failures] > 0 ? .fail : self[.stopRequests] > 0 ? .stop : .goOn }
    nonmutating set {
      self[.stopRequests] = newValue == .stop ? 1 : 0
      self[.failures] = newValue == .fail ? 1 : 0
    }
  }

  private subscript(field: Field) -> Double {
    get { packed[double: field.rawValue] }
    nonmutating set { packed[double: field.rawValue] = newValue }
  }
}
