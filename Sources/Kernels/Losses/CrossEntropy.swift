/// Cross-entropy of the softmax, with label smoothing ε. By PyTorch's definition
///
///     ℓ = (1−ε) w_y (−log p_y) + (ε/C) Σ_c w_c (−log p_c)
///
/// which is, so that no logit, however large, overflows,
///
///     ℓ       = a·log S − Σ_c t_c s_c    a   = (1−ε) w_y + (ε/C) W
///     ∂ℓ/∂z_c = a·p_c − t_c              t_c = (ε/C) w_c + [c = y] (1−ε) w_y
///
/// The letters are those of `TrainingLoss`.
package struct CrossEntropy: TrainingLoss {
  /// ε
  package let labelSmoothing: Float

  package init(labelSmoothing: Double = 0) {
    self.labelSmoothing = Float(labelSmoothing)
  }

  package struct Block {
    /// Σ_c w_c s_c
    var weightedLogits = Lanes.zero
    /// (1−ε) w_y; 0 where the sample is ignored, as is what follows.
    var labelPull = Lanes.zero
    /// ε/C
    var smoothingPull = Lanes.zero
    /// a/S
    var scale = Lanes.zero
  }

  @inline(__always)
  package func begin() -> Block { Block() }

  @inline(__always)
  package func add(_ logits: ClassLogits, to block: inout Block) -> Lanes {
    block.weightedLogits = block.weightedLogits.addingProduct(logits.shifted, logits.labels.weight)
    return logits.exponential
  }

  @inline(__always)
  package func losses(_ samples: SampleLanes, _ classes: ClassFigures, _ block: inout Block) -> Lanes {
    let ignored = samples.isIgnored
    block.labelPull = ((1 - labelSmoothing) * samples.weight).replacing(with: 0, where: ignored)
    block.smoothingPull = Lanes(repeating: labelSmoothing / Float(classes.count)).replacing(with: 0, where: ignored)
    let pull = block.labelPull.addingProduct(block.smoothingPull, Lanes(repeating: classes.totalWeight))
    block.scale = pull / samples.sum
    return (pull * samples.logSum).addingProduct(-block.labelPull, samples.labelLogit)
      .addingProduct(-block.smoothingPull, block.weightedLogits)
  }

  @inline(__always)
  package func gradient(_ class: ClassLabels, kept exponential: Lanes, _ block: Block) -> Lanes {
    let pulled = Lanes.zero.replacing(with: block.labelPull, where: `class`.isLabel)
      .addingProduct(block.smoothingPull, `class`.weight)
    return (-pulled).addingProduct(exponential, block.scale)
  }
}
