public import Tensors

/// The softmax of scaled and shifted logits, in place: p_c = e^(s_c)/Σ e^(s_c), s_c = β (z_c + a_c − m), where m is the
/// largest z_c + a_c of the sample.
///
/// No logit, however large, overflows. What lies so far under the largest that its probability is less than 1.2e-38,
/// the least normal Float32, gets 0, whether or not the thread flushes such numbers. Probabilities are at most 1, and
/// their sum differs from 1 by no more than C roundings. A sample with a logit that is not finite has NaN for every
/// class. What is computed for a sample does not depend on the others.
///
/// - Parameters:
///   - logits: [C, n] with a stride of at least `paddedToLanes(n)`; overwritten, the padding, too.
///   - shifts: a, [C]; −∞ for a class that gets probability 0. At least one is finite.
///   - inverseTemperature: β > 0
public func softmax(_ logits: Matrix, shifts: [Float], inverseTemperature: Float) {
  let classCount = logits.rows
  precondition(shifts.count == classCount, "\(shifts.count) shifts of \(classCount) rows of logits")
  precondition(shifts.contains { $0.isFinite } && inverseTemperature > 0, "no class can have a probability")
  precondition(logits.stride >= paddedToLanes(logits.columns), "logits are not padded to lanes")
  for sample in stride(from: 0, to: logits.columns, by: laneCount) {
    let block = unsafe LogitBlock(logits.pointer + sample, stride: logits.stride)
    var (largest, notNumbers) = (Lanes(repeating: -.infinity), Lanes.zero)
    for c in 0..<classCount {
      let z = unsafe block[class: c]
      // 0 · z is 0 for every number, and NaN for all else; NaN stays in a sum.
      notNumbers = notNumbers.addingProduct(z, Lanes.zero)
      let shifted = z + shifts[c]
      largest = largest.replacing(with: shifted, where: shifted .> largest)
    }
    var sum = notNumbers
    for c in 0..<classCount {
      let s = (unsafe block[class: c] + shifts[c] - largest) * inverseTemperature
      let e = exponential(s).replacing(with: 0, where: s .< -87)
      sum += e
      unsafe block[class: c] = e
    }
    for c in 0..<classCount {
      let p = unsafe block[class: c] / sum
      unsafe block[class: c] = p.replacing(with: 0, where: p .< Float.leastNormalMagnitude)
    }
  }
}
