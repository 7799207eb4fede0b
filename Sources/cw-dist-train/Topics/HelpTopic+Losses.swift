internal import Configuration

extension HelpTopic {
  static let losses = HelpTopic(
    name: "losses", summary: "what is minimized, and what it is divided by",
    parts: [
      .paragraph("The loss of a sample i with logits z and class y is the cross-entropy of the softmax:"),
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
      .paragraph("--label-smoothing ε spreads a share ε of the target over all C classes (as PyTorch does):"),
      .lines(["((1−ε) Σ_i w_y (−log p_y) + (ε/C) Σ_i Σ_c w_c (−log p_c)) / Σ_i w_y"]),
      .paragraph(
        """
        It keeps logits small, where labels are not always right. --ignore-index LABEL leaves samples of that label out \
        of loss and metrics. A step without any weight moves nothing. One whose loss or gradient is not finite ends the \
        run, or is left out (--on-nonfinite skip).
        """),
    ])
}
