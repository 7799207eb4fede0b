internal import Configuration

extension HelpTopic {
  static let losses = HelpTopic(
    name: "losses", summary: "what is minimized, and what it is divided by",
    parts: [
      .paragraph(
        """
        The loss of a sample i with logits z and class y is by default the cross-entropy of the softmax (--loss \
        cross-entropy):
        """),
      .lines(["ℓ_i = −log p_y      p_c = exp(z_c) / Σ_k exp(z_k)"]),
      .paragraph(
        """
        The loss of a step is over the whole global batch, whatever the ranks; w_y is the weight of the sample's class \
        (help weights). --loss-normalization says what the sum is divided by:
        """),
      .terms([
        ("weights", ["Σ w_y ℓ_i / Σ w_y; the default, as PyTorch's CrossEntropyLoss"]),
        ("count", ["Σ w_y ℓ_i / number of samples, as Keras: the weights' size matters, too"]),
        ("sum", ["Σ w_y ℓ_i, undivided: the learning rate has to fit the batch size"]),
      ]),
      .paragraph(
        """
        Other losses for ℓ_i, each times w_y as well. n_c is the number of training samples of class c over all ranks, \
        N their sum, π_c = n_c / N:
        """),
      .terms([
        (
          "focal",
          [
            "(1 − p_y)^γ (−log p_y), γ = --focal-gamma (default \(LossKindOptions.defaults.focalGamma))",
            "Samples that the model is sure of count less (Lin et al. 2017).",
          ]
        ),
        (
          "balanced-softmax",
          [
            "cross-entropy of z_c + log n_c",
            """
            The frequencies of classes are taken out of the logits: where each class counts the same, as with balanced \
            weights, but without the noise of large weights (Ren et al. 2020).
            """,
          ]
        ),
        (
          "logit-adjusted",
          [
            "cross-entropy of z_c + τ log π_c, τ = --logit-tau (default \(LossKindOptions.defaults.logitTau))",
            "The same by any degree: τ = 0 is cross-entropy, 1 balanced-softmax (Menon et al. 2021).",
          ]
        ),
        (
          "ldam",
          [
            "cross-entropy of z with z_y − s·m_y in the place of z_y, m_c ∝ n_c^(−1/4)",
            """
            Rare classes get larger margins, up to --ldam-margin (default \(LossKindOptions.defaults.ldamMargin)) \
            times s = --ldam-scale (default \(LossKindOptions.defaults.ldamScale)) for the rarest (Cao et al. 2019). \
            There z is s times a cosine; here it is what any model gives, so that s scales margins alone.
            """,
          ]
        ),
      ]),
      .paragraph(
        """
        balanced-softmax and logit-adjusted make up for the frequencies of classes themselves: with them --class-weights \
        is none unless you say otherwise, and both together are warned of. --reweight-from-epoch E uses class weights \
        from epoch E on, and none before (deferred re-weighting, meant for ldam; of any loss). help probabilities says \
        what such models' probabilities are.
        """),
      .paragraph("--label-smoothing ε spreads a share ε of the target over all C classes (as PyTorch does):"),
      .lines(["((1−ε) Σ_i w_y (−log p_y) + (ε/C) Σ_i Σ_c w_c (−log p_c)) / Σ_i w_y"]),
      .paragraph(
        """
        It keeps logits small, where labels are not always right; focal is not defined with it. --ignore-index LABEL \
        leaves samples of that label out of loss and metrics (scales and levels of columns are of all rows). A step without any weight moves nothing. One whose loss \
        or gradient is not finite ends the run, or is left out (--on-nonfinite skip).
        """),
    ])
}
