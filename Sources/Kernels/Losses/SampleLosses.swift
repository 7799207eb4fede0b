internal import Tensors

/// The losses of a batch, sample by sample.
public struct SampleLosses {
  /// Each sample's share of `LossSums.weightedLoss`, and so on. The weight of an ignored sample is −1.
  private let weightedLoss: Vector
  private let weight: Vector
  private let negativeLogLikelihood: Vector

  public init(capacity: Int) {
    let count = paddedToLanes(capacity)
    weightedLoss = Vector(zeros: count)
    weight = Vector(zeros: count)
    negativeLogLikelihood = Vector(zeros: count)
  }

  var capacity: Int { weight.count }

  /// The sums over some samples, added one after another in Double.
  public func sums(of samples: Range<Int>) -> LossSums {
    var sums = LossSums()
    add(samples, to: &sums)
    return sums
  }

  /// Adds the losses of some samples to `sums`, one after another in Double.
  @inline(__always)
  func add(_ samples: Range<Int>, to sums: inout LossSums) {
    precondition(samples.lowerBound >= 0 && samples.upperBound <= weight.count)
    let (losses, weights) = unsafe (weightedLoss.pointer, weight.pointer)
    let likelihoods = unsafe negativeLogLikelihood.pointer
    // In registers: each addition waits for the one before it.
    var (weightedLoss, weight, count, likelihood) = (
      sums.weightedLoss, sums.weight, sums.count, sums.negativeLogLikelihood
    )
    for i in samples where unsafe weights[i] >= 0 {
      unsafe weightedLoss += Double(losses[i])
      unsafe weight += Double(weights[i])
      count += 1
      unsafe likelihood += Double(likelihoods[i])
    }
    (sums.weightedLoss, sums.weight, sums.count, sums.negativeLogLikelihood) = (weightedLoss, weight, count, likelihood)
  }

  @inline(__always)
  func store(_ losses: LossLanes, at sample: Int) {
    unsafe weightedLoss.pointer.store(losses.weighted, at: sample)
    unsafe weight.pointer.store(losses.weight, at: sample)
    unsafe negativeLogLikelihood.pointer.store(losses.negativeLogLikelihood, at: sample)
  }
}
