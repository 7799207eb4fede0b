internal import Kernels
internal import Tensors

/// Σ wᵢ∇ℓᵢ, Σ wᵢℓᵢ and Σ wᵢ over a shard or over all of them, as `GradientSums`, but in Double: the samples of a full batch
/// are so many that a sum of Float32 would lose the later ones.
struct FullBatchSums {
  let packed: PackedSums

  private enum Field: Int, CaseIterable {
    case weightedLoss
    case weight
    case count
    case negativeLogLikelihood
    case stopRequests
    case failures
  }

  /// The shape that holds the sums for a vector of `parameterCount` parameters, which stand behind the fields.
  static func shape(parameterCount: Int) -> PackedSums.Shape {
    PackedSums.Shape(floatCount: 0, doubleCount: Field.allCases.count + parameterCount)
  }

  init(_ packed: PackedSums) {
    self.packed = packed
  }

  /// Adds the gradient of some samples.
  func add(gradient: Vector) { packed.add(gradient, toDoublesFrom: Field.allCases.count) }

  /// target = factor · Σ wᵢ∇ℓᵢ + otherFactor · other, for a range of the parameters.
  func combineGradient(
    _ range: Range<Int>, times factor: Double, _ other: Vector, times otherFactor: Double, into target: Vector
  ) {
    let start = Field.allCases.count
    packed.combineDoubles(
      (start + range.lowerBound)..<(start + range.upperBound), times: factor, other, times: otherFactor, into: target)
  }

  /// Σ wᵢℓᵢ, Σ wᵢ, the samples counted.
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

  /// What any of the ranks wishes.
  var wish: Wish {
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
