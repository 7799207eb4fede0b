public import Tensors

/// What the log loss of softmax(β a) says of β, summed over samples.
public struct InverseTemperatureSums: Equatable, Sendable {
  /// Samples that have a say.
  public var count = 0.0
  /// Σ ∂ℓ/∂β
  public var slope = 0.0
  /// Σ ∂²ℓ/∂β²
  public var curvature = 0.0

  public init() {}

  public static func += (total: inout InverseTemperatureSums, part: InverseTemperatureSums) {
    total.count += part.count
    total.slope += part.slope
    total.curvature += part.curvature
  }
}

/// The log loss ℓ = −log p_y of p = softmax(β a), a_c = z_c + shift_c, as a function of the inverse temperature β. With
/// s_c = a_c − m, where m is the largest a_c of the sample, and E the mean by p,
///
///     ℓ       = log Σ_c e^(β s_c) − β s_y
///     ∂ℓ/∂β   = E[s] − s_y
///     ∂²ℓ/∂β² = E[s²] − E[s]²
///
/// which is never negative: ℓ is convex in β.
public struct InverseTemperatureLoss {
  /// [C]; −∞ for a class that cannot have a probability.
  private let shifts: [Float]
  /// Of each sample of a batch: m, E[s], E[s²].
  private let largest: Vector
  private let mean: Vector
  private let meanSquare: Vector

  /// - Parameters:
  ///   - shifts: What is added to logits, [C]; −∞ for a class that gets probability 0. Samples of such a class, to which
  ///     no β gives a probability, have no say.
  ///   - capacity: The most samples of a batch.
  public init(shifts: [Double], capacity: Int) {
    self.shifts = shifts.map { Float($0) }
    let count = paddedToLanes(capacity)
    (largest, mean, meanSquare) = (Vector(zeros: count), Vector(zeros: count), Vector(zeros: count))
  }

  /// - Parameters:
  ///   - logits: [C, n] with a stride of at least `paddedToLanes(n)`. They stay as they are.
  ///   - labels: n of them; samples with a negative one have no say.
  /// - Returns: Sums that are not numbers where a logit is none.
  public func sums(_ logits: Matrix, labels: ArraySlice<Int32>, inverseTemperature: Double) -> InverseTemperatureSums {
    precondition(
      logits.rows == shifts.count && logits.columns == labels.count,
      "[\(logits.rows), \(logits.columns)] logits of \(labels.count) samples, \(shifts.count) classes")
    precondition(logits.stride >= paddedToLanes(logits.columns), "logits are not padded to lanes")
    precondition(logits.columns <= mean.count, "\(logits.columns) samples, room for \(mean.count)")
    for sample in stride(from: 0, to: logits.columns, by: laneCount) {
      unsafe moments(
        LogitBlock(logits.pointer + sample, stride: logits.stride), at: sample, Float(inverseTemperature))
    }
    var sums = InverseTemperatureSums()
    for (sample, label) in labels.enumerated() where label >= 0 {
      let shift = shifts[Int(label)]
      guard shift != -.infinity else { continue }
      let ofLabel = logits[Int(label), sample] + shift - largest[sample]
      let (mean, meanSquare) = (Double(mean[sample]), Double(meanSquare[sample]))
      sums.count += 1
      sums.slope += mean - Double(ofLabel)
      // A rounding may make it negative.
      sums.curvature += max(meanSquare - mean * mean, 0)
    }
    return sums
  }

  /// Of sixteen samples.
  @unsafe @inline(__always)
  private func moments(_ block: LogitBlock, at sample: Int, _ inverseTemperature: Float) {
    var (largest, notNumbers) = (Lanes(repeating: -.infinity), Lanes.zero)
    for (c, shift) in shifts.enumerated() {
      let z = unsafe block[class: c]
      // 0 · z is 0 for every number, and NaN for all else; NaN stays in a sum.
      notNumbers = notNumbers.addingProduct(z, Lanes.zero)
      let shifted = z + shift
      largest = largest.replacing(with: shifted, where: shifted .> largest)
    }
    var (sum, first, second) = (Lanes.zero, Lanes.zero, Lanes.zero)
    for (c, shift) in shifts.enumerated() where shift != -.infinity {
      let s = unsafe block[class: c] + shift - largest
      let scaled = s * inverseTemperature
      let e = exponential(scaled).replacing(with: 0, where: scaled .< -87)
      sum += e
      first = first.addingProduct(e, s)
      second = second.addingProduct(e * s, s)
    }
    unsafe self.largest.pointer.store(largest, at: sample)
    unsafe mean.pointer.store(first / sum + notNumbers, at: sample)
    unsafe meanSquare.pointer.store(second / sum, at: sample)
  }
}
