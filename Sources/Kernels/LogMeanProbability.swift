public import Tensors

/// Takes the probabilities of one more of K models into the logarithm of their mean, sample by sample:
/// ln((1/K) Σ_k softmax(z_k)).
///
/// The mean is kept as a logarithm throughout, ln(eᵃ + eᵇ) = max + ln(1 + e^(min − max)), so that what is improbable by
/// every model keeps its order. A sample with a logit that is not finite has NaN for every class. What is computed for
/// a sample does not depend on the others.
///
/// - Parameters:
///   - logits: z of model `member`, [C, n] with a stride of at least `paddedToLanes(n)`.
///   - member: k, 0 ..< K. They come in order.
///   - count: K
///   - total: The same of the models before it; receives theirs and this one's. [C, n], padded like `logits`; after the
///     last it is the logarithm of the mean.
public func addProbabilities(_ logits: Matrix, ofMember member: Int, of count: Int, to total: Matrix) {
  let classCount = logits.rows
  precondition(member >= 0 && member < count, "member \(member) of \(count)")
  precondition(total.rows == classCount && total.columns == logits.columns, "other samples than those before")
  precondition(
    min(logits.stride, total.stride) >= paddedToLanes(logits.columns), "logits are not padded to lanes")
  for sample in stride(from: 0, to: logits.columns, by: laneCount) {
    let block = unsafe LogitBlock(logits.pointer + sample, stride: logits.stride)
    let sum = unsafe LogitBlock(total.pointer + sample, stride: total.stride)
    var (largest, notNumbers) = (Lanes(repeating: -.infinity), Lanes.zero)
    for c in 0..<classCount {
      let z = unsafe block[class: c]
      // 0 · z is 0 for every number, and NaN for all else; NaN stays in a sum.
      notNumbers = notNumbers.addingProduct(z, Lanes.zero)
      largest = largest.replacing(with: z, where: z .> largest)
    }
    var partition = Lanes.zero
    for c in 0..<classCount { partition += exponential(unsafe block[class: c] - largest) }
    let logPartition = naturalLogarithm(partition) + notNumbers
    for c in 0..<classCount {
      var value = unsafe (block[class: c] - largest) - logPartition
      // What is beyond all doubt stays a number.
      value = value.replacing(with: leastLogProbability, where: value .< leastLogProbability)
      if member > 0 {
        let before = unsafe sum[class: c]
        let isLarger = value .> before
        let (more, less) = (
          before.replacing(with: value, where: isLarger), value.replacing(with: before, where: isLarger)
        )
        value = more + naturalLogarithm(1 + exponential(less - more)) + (less - less)
      }
      if member == count - 1 { value -= logOfCount(count) }
      unsafe sum[class: c] = value
    }
  }
}

/// No logarithm of a probability is taken for less.
private let leastLogProbability: Float = -1e30

/// ln K
private func logOfCount(_ count: Int) -> Float {
  let lanes = naturalLogarithm(Lanes(repeating: Float(count)))
  return lanes[0]
}
