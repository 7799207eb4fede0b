internal import Collectives
internal import Kernels
package import Tensors

/// The optimizer's step divided over the ranks (ZeRO's first stage; Rajbhandari et al. 2020): where they exchange slices of
/// a gradient, each has the total of its own slice first. It moves its slice of the parameters by that, and the ranks
/// gather parameters where they would have gathered the gradient: as many words, and 1/P of the optimizer's work for each.
///
/// An optimizer's rule is one for each parameter alone, so it changes no bit. What it remembers is up to date on a rank in
/// its own slice only (see `gather`).
package struct SlicedUpdate {
  /// Padded parameters below which one message more costs as much as the optimizer's work: some 10 µs. (Estimated: of two
  /// ranks slices begin beyond.)
  private static let leastParameters = 32_768

  /// This rank's parameters: whole lanes.
  package let own: Range<Int>
  /// Those of a rank.
  private let count: Int
  /// The rank whose slice of the sums the losses are in.
  private let ownerOfLosses: Int
  /// What ranks tell each other before they move anything: the largest magnitude in an own slice of the gradient, and from
  /// their owner the losses.
  private let told: PackedSums
  private let heard: [PackedSums]
  private let allHeard: Vector

  private static let shape = PackedSums.Shape(floatCount: 1, doubleCount: PackedLosses.count)

  /// - Parameters:
  ///   - sliceCount: Words of the sums that each rank adds up.
  ///   - shape: Of the sums, whose floats are in the layout of the parameters.
  /// - Returns: Nil where it would gain nothing.
  package init?(sliceCount: Int, of shape: PackedSums.Shape, rank: Int, size: Int) {
    guard shape.floatCount >= Self.leastParameters else { return nil }
    count = sliceCount
    own = min(rank * count, shape.floatCount)..<min((rank + 1) * count, shape.floatCount)
    // Slices begin at multiples of 16 words, and so do the Doubles, which are fewer: they are in one.
    ownerOfLosses = shape.doubleOffset / count
    told = PackedSums(zeros: Self.shape)
    let words = Self.shape.wordCount
    let allHeard = Vector(zeros: size * words)
    heard = (0..<size).map { PackedSums(allHeard[($0 * words)...].prefix(words), shape: Self.shape) }
    self.allHeard = allHeard
  }

  /// What all need to know of the sums before the step is taken. Collective.
  ///
  /// - Parameter sums: Those of all ranks in this rank's slice.
  func agree(
    on sums: GradientSums, over communicator: some Communicator
  ) throws(CollectiveError) -> (losses: PackedLosses, largest: Float) {
    told.floats[0] = largestMagnitude(sums.gradient[own])
    if communicator.rank == ownerOfLosses { sums.losses.copy(to: PackedLosses(told)) }
    try communicator.allgather(told.words, into: allHeard)
    let largest = heard.reduce(0) { largerMagnitude($0, $1.floats[0]) }
    return (PackedLosses(heard[ownerOfLosses]), largest)
  }

  /// Completes a vector in the layout of the parameters, of which each rank has its own slice. Collective.
  func gather(_ vector: Vector, over communicator: some Communicator) throws(CollectiveError) {
    try communicator.allgatherSlices(of: vector, count: count)
  }
}
