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
    // Each addition waits for the one before it: in memory it would wait for a store, too.
    var total = sums
    for i in samples where unsafe weights[i] >= 0 {
      unsafe total.weightedLoss += Double(losses[i])
      unsafe total.weight += Double(weights[i])
      total.count += 1
      unsafe total.negativeLogLikelihood += Double(likelihoods[i])
    }
    sums = total
  }

  @inline(__always)
  func store(_ losses: LossLanes, at sample: Int) {
    unsafe weightedLoss.pointer.store(losses.weighted, at: sample)
    unsafe weight.pointer.store(losses.weight, at: sample)
    unsafe negativeLogLikelihood.pointer.store(losses.negativeLogLikelihood, at: sample)
  }
}
