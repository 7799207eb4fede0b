public import Tensors

/// What a loss adds up over samples: the numerator and the possible denominators of its mean.
/// Ignored samples (label < 0) are in none of them.
public struct LossSums: Codable, Equatable, Sendable {
  /// Σ of the weighted, smoothed losses.
  public var weightedLoss = 0.0
  /// Σ w[yᵢ]
  public var weight = 0.0
  /// Samples counted.
  public var count = 0.0
  /// Σ −log p[yᵢ], without weights and smoothing: N times the log loss.
  public var negativeLogLikelihood = 0.0

  public init() {}
}

extension LossSums {
  public static func += (total: inout LossSums, part: LossSums) {
    total.weightedLoss += part.weightedLoss
    total.weight += part.weight
    total.count += part.count
    total.negativeLogLikelihood += part.negativeLogLikelihood
  }
}

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
    for i in samples where unsafe weights[i] >= 0 {
      unsafe sums.weightedLoss += Double(losses[i])
      unsafe sums.weight += Double(weights[i])
      sums.count += 1
      unsafe sums.negativeLogLikelihood += Double(likelihoods[i])
    }
  }

  @inline(__always)
  fileprivate func store(weightedLoss loss: Lanes, weight: Lanes, negativeLogLikelihood: Lanes, at sample: Int) {
    unsafe self.weightedLoss.pointer.store(loss, at: sample)
    unsafe self.weight.pointer.store(weight, at: sample)
    unsafe self.negativeLogLikelihood.pointer.store(negativeLogLikelihood, at: sample)
  }
}

/// Cross-entropy of the softmax, weighted by class, with label smoothing.
///
/// For a sample of class y with weight w_y, smoothing ε, C classes and W = Σ w_c, PyTorch's
/// definition (1−ε) w_y (−log p_y) + (ε/C) Σ_c w_c (−log p_c) is, with m = max z and
/// L = log Σ e^(z−m),
///
///     loss     = a·L − Σ_c t_c (z_c − m)        a   = (1−ε) w_y + (ε/C) W
///     dLogit_c = a·p_c − t_c                    t_c = (ε/C) w_c + [c = y] (1−ε) w_y
///
/// so that no logit, however large, overflows. The losses of a sample with a logit that is NaN are NaN; its prediction
/// is the class of the largest of the others, or class 0 where there are none. Nothing is divided by a batch size: the mean's
/// denominator is global, and belongs to the step.
public struct SoftmaxCrossEntropy {
  /// [C]
  public private(set) var classWeights: [Float]
  public let labelSmoothing: Float
  private var weightTotal: Float

  public init(classWeights: [Double], labelSmoothing: Double) {
    self.classWeights = classWeights.map { Float($0) }
    self.labelSmoothing = Float(labelSmoothing)
    weightTotal = Float(classWeights.reduce(0, +))
  }

  /// Replaces the weights, in the memory of the old ones.
  public mutating func setClassWeights(_ weights: [Double]) {
    precondition(weights.count == classWeights.count)
    for (index, weight) in weights.enumerated() { classWeights[index] = Float(weight) }
    weightTotal = Float(weights.reduce(0, +))
  }

  public enum Output {
    case lossOnly
    /// The logits are overwritten by the gradient of the loss sum with respect to them.
    case lossAndGradient
  }

  /// Computes the losses of a batch of n samples. What it computes for a sample does not depend on
  /// the others.
  ///
  /// - Parameters:
  ///   - logits: [C, n] with a stride of at least `paddedToLanes(n)`; the padding is finite, and is
  ///     overwritten.
  ///   - labels: Classes, 0 ..< C; negative where the sample is ignored. `paddedToLanes(n)` or more,
  ///     of which those from n on are negative.
  ///   - predictions: Receives the class of each sample's largest logit, the first of equals. As many
  ///     as `labels`.
  ///   - losses: Receives the losses.
  public func callAsFunction(
    logits: Matrix, labels: [Int32], predictions: inout [Int32], losses: SampleLosses, output: Output
  ) {
    let (classCount, sampleCount) = (logits.rows, logits.columns)
    precondition(classCount == classWeights.count && classCount > 0, "\(classCount) rows of logits")
    precondition(labels.count >= paddedToLanes(sampleCount) && predictions.count == labels.count)
    precondition(logits.stride >= paddedToLanes(sampleCount), "logits are not padded to lanes")
    precondition(losses.capacity >= paddedToLanes(sampleCount), "losses of \(losses.capacity) samples")
    unsafe labels.withUnsafeBytes { labels in
      unsafe predictions.withUnsafeMutableBytes { predictions in
        for sample in stride(from: 0, to: sampleCount, by: laneCount) {
          let prediction = unsafe block(
            logits.pointer + sample, stride: logits.stride, label: labels.labelLanes(at: sample), losses: losses,
            at: sample, output: output)
          unsafe predictions.store(prediction, at: sample)
        }
      }
    }
  }

  /// One block of 16 samples. Returns their predictions.
  @unsafe @inline(__always)
  func block(
    _ logits: UnsafeMutablePointer<Float>, stride: Int, label: LabelLanes, losses: SampleLosses, at sample: Int,
    output: Output
  ) -> LabelLanes {
    let classCount = classWeights.count
    // NaN is larger than nothing, and nothing is larger than NaN: the first must not be it.
    let first = unsafe logits.lanes(at: 0)
    var largest = first.replacing(with: -.infinity, where: first .!= first)
    var prediction = LabelLanes.zero
    for c in 1..<max(classCount, 1) {
      let z = unsafe logits.lanes(at: c * stride)
      let larger = z .> largest
      largest = largest.replacing(with: z, where: larger)
      prediction = prediction.replacing(with: LabelLanes(repeating: Int32(c)), where: larger)
    }

    var sum = Lanes.zero
    var weightedLogits = Lanes.zero
    var labelLogit = Lanes.zero
    var weight = Lanes(repeating: -1)
    for c in 0..<classCount {
      let shifted = unsafe logits.lanes(at: c * stride) - largest
      let classWeight = Lanes(repeating: classWeights[c])
      let isLabel = label .== LabelLanes(repeating: Int32(c))
      labelLogit = labelLogit.replacing(with: shifted, where: isLabel)
      weight = weight.replacing(with: classWeight, where: isLabel)
      weightedLogits = weightedLogits.addingProduct(shifted, classWeight)
      let e = exponential(shifted)
      sum += e
      unsafe logits.store(e, at: c * stride)
    }
    let logSum = naturalLogarithm(sum)
    let ignored = weight .< Lanes.zero
    let labelPull = ((1 - labelSmoothing) * weight).replacing(with: 0, where: ignored)
    let smoothingPull = Lanes(repeating: labelSmoothing / Float(classCount)).replacing(with: 0, where: ignored)
    let pull = labelPull.addingProduct(smoothingPull, Lanes(repeating: weightTotal))
    let loss = (pull * logSum).addingProduct(-labelPull, labelLogit).addingProduct(-smoothingPull, weightedLogits)
    // The logarithm is made for numbers; what is not one stands in the weighted logits.
    let negativeLogLikelihood = (logSum - labelLogit).addingProduct(Lanes.zero, weightedLogits)
    losses.store(weightedLoss: loss, weight: weight, negativeLogLikelihood: negativeLogLikelihood, at: sample)

    guard case .lossAndGradient = output else { return prediction }
    let scale = pull / sum
    for c in 0..<classCount {
      let isLabel = label .== LabelLanes(repeating: Int32(c))
      let pulled = Lanes.zero.replacing(with: labelPull, where: isLabel)
        .addingProduct(smoothingPull, Lanes(repeating: classWeights[c]))
      unsafe logits.store((-pulled).addingProduct(logits.lanes(at: c * stride), scale), at: c * stride)
    }
    return prediction
  }
}

typealias LabelLanes = SIMD16<Int32>

extension UnsafeRawBufferPointer {
  /// Sixteen labels from the `index`-th on.
  @inline(__always)
  func labelLanes(at index: Int) -> LabelLanes {
    unsafe loadUnaligned(fromByteOffset: index * MemoryLayout<Int32>.stride, as: LabelLanes.self)
  }
}

extension UnsafeMutableRawBufferPointer {
  @inline(__always)
  func store(_ labels: LabelLanes, at index: Int) {
    unsafe storeBytes(of: labels, toByteOffset: index * MemoryLayout<Int32>.stride, as: LabelLanes.self)
  }
}
