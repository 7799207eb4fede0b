/// Classes of sixteen samples.
package typealias LabelLanes = SIMD16<Int32>

/// A class of a block, against the samples' labels.
package struct ClassLabels {
  /// c
  package let index: Int
  /// w_c
  package let weight: Lanes
  /// Where c = y.
  package let isLabel: SIMDMask<LabelLanes>

  @inline(__always)
  init(_ index: Int, of labels: LabelLanes, _ classes: ClassFigures) {
    self.index = index
    weight = Lanes(repeating: classes.weights[index])
    isLabel = labels .== LabelLanes(repeating: Int32(index))
  }
}

/// The logits of a class, of sixteen samples.
package struct ClassLogits {
  package let labels: ClassLabels
  /// s_c = z_c − m
  package let shifted: Lanes
  /// e^(s_c)
  package let exponential: Lanes
}

/// What the softmax of sixteen samples comes to.
package struct SampleLanes {
  /// S
  package let sum: Lanes
  /// log S
  package let logSum: Lanes
  /// s_y; 0 where the sample is ignored.
  package let labelLogit: Lanes
  /// w_y; −1 where the sample is ignored.
  package let weight: Lanes
  /// 0; NaN where a logit is no number, or infinite.
  package let notNumbers: Lanes

  @inline(__always)
  package var isIgnored: SIMDMask<LabelLanes> { weight .< Lanes.zero }
}

/// The losses of sixteen samples.
struct LossLanes {
  /// ℓ
  let weighted: Lanes
  /// w_y; −1 where the sample is ignored.
  let weight: Lanes
  /// −log p_y
  let negativeLogLikelihood: Lanes
}

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
