public import Kernels
public import Tensors

/// The load-bearing value of the program: Σ wᵢ∇ℓᵢ, Σ wᵢℓᵢ and Σ wᵢ over samples (with the count and
/// the wish to stop), of one shard, or summed over all of them.
///
/// Nothing is a mean before it is global: sums of shards are added, and `divisor` divides once.
/// (A mean of the ranks' means would weigh a sample more where its rank has little weight.)
public struct GradientSums {
  private let packed: PackedSums
  /// Σ wᵢ∇ℓᵢ, in the layout of the parameters.
  public let gradient: Vector

  /// The shape that holds the sums for a vector of `parameterCount` parameters.
  public static func shape(parameterCount: Int) -> PackedSums.Shape {
    PackedSums.Shape(floatCount: parameterCount, doubleCount: PackedLosses.count)
  }

  public init(_ packed: PackedSums) {
    self.packed = packed
    gradient = packed.floats
  }

  /// Σ wᵢℓᵢ, Σ wᵢ, the samples counted.
  public var loss: LossSums {
    get { PackedLosses(packed).loss }
    nonmutating set { PackedLosses(packed).loss = newValue }
  }

  var losses: PackedLosses { PackedLosses(packed) }

  /// What any of the ranks wishes. To be set for one part of each rank; the others wish nothing.
  public var wish: Wish {
    get { PackedLosses(packed).wish }
    nonmutating set { PackedLosses(packed).wish = newValue }
  }
}
