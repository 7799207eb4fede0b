public import Tensors

/// What a loss adds up over samples: the numerator and the possible denominators of its mean.
/// Ignored samples (label < 0) are in none of them.
public struct LossSums: Equatable, Sendable {
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

/// Cross-entropy of the softmax, weighted by class, with label smoothing.
///
/// For a sample of class y with weight w_y, smoothing ε, C classes and W = Σ w_c, PyTorch's
/// definition (1−ε) w_y (−log p_y) + (ε/C) Σ_c w_c (−log p_c) is, with m = max z and
/// L = log Σ e^(z−m),
///
///     loss     = a·L − Σ_c t_c (z_c − m)        a   = (1−ε) w_y + (ε/C) W
///     dLogit_c = a·p_c − t_c                    t_c = (ε/C) w_c + [c = y] (1−ε) w_y
///
/// so that no logit, however large, overflows. Nothing is divided by a batch size: the mean's
/// denominator is global, and belongs to the step.
public struct SoftmaxCrossEntropy {
  /// [C]
  public private(set) var classWeights: [Float]
  public let labelSmoothing: Float
  private var weightTotal: Float
  private let scratch = Scratch()

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

  /// Adds up the losses of a batch.
  ///
  /// - Parameters:
  ///   - logits: [C, n] with a stride of at least `paddedToLanes(n)`; the padding is finite, and is
  ///     overwritten.
  ///   - labels: n classes, 0 ..< C; negative where the sample is ignored.
  ///   - predictions: Receives the class of each sample's largest logit, the first of equals. At
  ///     least n elements.
  public func callAsFunction(
    logits: Matrix, labels: ArraySlice<Int32>, predictions: inout [Int32], output: Output
  ) -> LossSums {
    let (classCount, sampleCount) = (logits.rows, logits.columns)
    precondition(classCount == classWeights.count && classCount > 0, "\(classCount) rows of logits")
    precondition(labels.count == sampleCount && predictions.count >= sampleCount)
    precondition(logits.stride >= paddedToLanes(sampleCount), "logits are not padded to lanes")
    var sums = LossSums()
    for start in stride(from: 0, to: sampleCount, by: laneCount) {
      let present = min(laneCount, sampleCount - start)
      scratch.load(
        labels: labels, from: labels.startIndex + start, count: present, loss: self, weightTotal: weightTotal)
      unsafe block(
        logits.pointer + start, stride: logits.stride, classCount: classCount, output: output)
      scratch.addSums(to: &sums, count: present)
      for lane in 0..<present { predictions[start + lane] = scratch.prediction(lane) }
    }
    return sums
  }

  /// One block of 16 samples.
  @unsafe @inline(__always)
  private func block(
    _ logits: UnsafeMutablePointer<Float>, stride: Int, classCount: Int, output: Output
  ) {
    var largest = unsafe logits.lanes(at: 0)
    var prediction = SIMD16<Int32>.zero
    for c in 1..<max(classCount, 1) {
      let z = unsafe logits.lanes(at: c * stride)
      let larger = z .> largest
      largest = largest.replacing(with: z, where: larger)
      prediction = prediction.replacing(with: SIMD16(repeating: Int32(c)), where: larger)
    }
    scratch.store(prediction: prediction)
    unsafe scratch.gatherLabelLogits(logits, stride: stride)

    var sum = Lanes.zero
    var weightedLogits = Lanes.zero
    for c in 0..<classCount {
      let shifted = unsafe logits.lanes(at: c * stride) - largest
      weightedLogits = weightedLogits.addingProduct(shifted, Lanes(repeating: classWeights[c]))
      let e = exponential(shifted)
      sum += e
      unsafe logits.store(e, at: c * stride)
    }
    let logSum = naturalLogarithm(sum)
    let labelLogit = scratch.labelLogit - largest
    let (pull, labelPull, smoothingPull) = (scratch.pull, scratch.labelPull, scratch.smoothingPull)
    let loss = (pull * logSum).addingProduct(-labelPull, labelLogit).addingProduct(-smoothingPull, weightedLogits)
    scratch.store(loss: loss, negativeLogLikelihood: logSum - labelLogit)

    guard case .lossAndGradient = output else { return }
    let scale = pull / sum
    if labelSmoothing == 0 {
      for c in 0..<classCount {
        unsafe logits.store(logits.lanes(at: c * stride) * scale, at: c * stride)
      }
    } else {
      for c in 0..<classCount {
        let smoothed = smoothingPull * classWeights[c]
        unsafe logits.store(logits.lanes(at: c * stride) * scale - smoothed, at: c * stride)
      }
    }
    unsafe scratch.subtractLabelPull(from: logits, stride: stride)
  }
}

/// The values of one block that are read or written lane by lane, in memory: a SIMD vector's lane
/// with a variable index is slow.
@safe private final class Scratch {
  private let floats = Storage(zeros: 7 * laneCount)
  private let integers = UnsafeMutablePointer<Int32>.allocate(capacity: 2 * laneCount)

  init() {
    unsafe integers.initialize(repeating: 0, count: 2 * laneCount)
  }

  deinit {
    unsafe integers.deallocate()
  }

  /// a = (1−ε) w_y + (ε/C) W; 0 for an ignored or missing sample, as are the next two.
  var pull: Lanes { unsafe floats.pointer.lanes(at: 0) }
  /// (1−ε) w_y
  var labelPull: Lanes { unsafe floats.pointer.lanes(at: laneCount) }
  /// ε/C
  var smoothingPull: Lanes { unsafe floats.pointer.lanes(at: 2 * laneCount) }
  /// z_y
  var labelLogit: Lanes { unsafe floats.pointer.lanes(at: 3 * laneCount) }

  func load(
    labels: ArraySlice<Int32>, from start: Int, count: Int, loss: SoftmaxCrossEntropy, weightTotal: Float
  ) {
    let floats = unsafe floats.pointer
    let smoothingPull = loss.labelSmoothing / Float(loss.classWeights.count)
    for lane in 0..<laneCount {
      let label = lane < count ? Int(labels[start + lane]) : -1
      let counted = label >= 0
      let weight = counted ? loss.classWeights[label] : 0
      let labelPull = (1 - loss.labelSmoothing) * weight
      unsafe floats[lane] = counted ? labelPull + smoothingPull * weightTotal : 0
      unsafe floats[laneCount + lane] = labelPull
      unsafe floats[2 * laneCount + lane] = counted ? smoothingPull : 0
      unsafe floats[6 * laneCount + lane] = counted ? weight : -1
      unsafe integers[lane] = Int32(max(label, 0))
    }
  }

  func store(prediction: SIMD16<Int32>) {
    unsafe UnsafeMutableRawPointer(integers + laneCount).storeBytes(of: prediction, as: SIMD16<Int32>.self)
  }

  func prediction(_ lane: Int) -> Int32 { unsafe integers[laneCount + lane] }

  @unsafe func gatherLabelLogits(_ logits: UnsafeMutablePointer<Float>, stride: Int) {
    for lane in 0..<laneCount {
      unsafe floats.pointer[3 * laneCount + lane] = logits[Int(integers[lane]) * stride + lane]
    }
  }

  @unsafe func subtractLabelPull(from logits: UnsafeMutablePointer<Float>, stride: Int) {
    for lane in 0..<laneCount {
      unsafe logits[Int(integers[lane]) * stride + lane] -= floats.pointer[laneCount + lane]
    }
  }

  func store(loss: Lanes, negativeLogLikelihood: Lanes) {
    unsafe floats.pointer.store(loss, at: 4 * laneCount)
    unsafe floats.pointer.store(negativeLogLikelihood, at: 5 * laneCount)
  }

  func addSums(to sums: inout LossSums, count: Int) {
    let floats = unsafe floats.pointer
    for lane in 0..<count {
      let weight = unsafe floats[6 * laneCount + lane]
      guard weight >= 0 else { continue }
      unsafe sums.weightedLoss += Double(floats[4 * laneCount + lane])
      sums.weight += Double(weight)
      sums.count += 1
      unsafe sums.negativeLogLikelihood += Double(floats[5 * laneCount + lane])
    }
  }
}
