internal import Kernels
internal import Tensors

/// Σ wᵢ∇ℓᵢ, Σ wᵢℓᵢ and Σ wᵢ over a shard or over all of them, as `GradientSums`, but in Double: the samples of a full batch
/// are so many that a sum of Float32 would lose the later ones.
struct FullBatchSums {
  let packed: PackedSums

  /// The shape that holds the sums for a vector of `parameterCount` parameters, which stand behind the fields.
  static func shape(parameterCount: Int) -> PackedSums.Shape {
    PackedSums.Shape(floatCount: 0, doubleCount: PackedLosses.count + parameterCount)
  }

  init(_ packed: PackedSums) {
    self.packed = packed
  }

  /// Adds the gradient of some samples.
  func add(gradient: Vector) { packed.add(gradient, toDoublesFrom: PackedLosses.count) }

  /// target = factor · Σ wᵢ∇ℓᵢ + otherFactor · other, for a range of the parameters.
  func combineGradient(
    _ range: Range<Int>, times factor: Double, _ other: Vector, times otherFactor: Double, into target: Vector
  ) {
    let start = PackedLosses.count
    packed.combineDoubles(
      (start + range.lowerBound)..<(start + range.upperBound), times: factor, other, times: otherFactor, into: target)
  }

  /// Σ wᵢℓᵢ, Σ wᵢ, the samples counted.
  var loss: LossSums {
    get { PackedLosses(packed).loss }
    nonmutating set { PackedLosses(packed).loss = newValue }
  }

  /// What any of the ranks wishes.
  var wish: Wish {
    get { PackedLosses(packed).wish }
    nonmutating set { PackedLosses(packed).wish = newValue }
  }
}
