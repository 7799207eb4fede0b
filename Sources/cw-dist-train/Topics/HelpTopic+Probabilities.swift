extension HelpTopic {
  static let probabilities = HelpTopic(
    name: "probabilities", summary: "what a weighted model's probabilities mean (--probabilities)",
    parts: [
      .paragraph(
        """
        Trained with class weights w, a model that fits its data gives q_c ∝ w_c p_c, where p_c is the frequency of \
        class c among rows that look so: rare classes seem more frequent than they are. With logits z:
        """),
      .terms([
        ("raw", ["q = softmax(z), the default: its largest is the predicted class"]),
        (
          "prior",
          [
            "p = softmax(z_c − log w_c): undoes the weighting; frequencies, as far as the model is right",
            """
            With per-batch weights, w_c = 1 / n_c by the counts of the training part. A class of weight 0 has \
            probability 0.
            """,
          ]
        ),
        (
          "calibrated",
          [
            "softmax((z_c − log w_c) / T)",
            """
            T is found on the validation part, so that the log loss there is least; a run without validation has none. \
            T > 1: the model was too sure of itself.
            """,
          ]
        ),
      ]),
      .paragraph(
        """
        The predicted class always goes by raw, which is what the weights were chosen for. Take prior or calibrated where \
        a number is read as a frequency: for costs, or thresholds of your own.
        """),
    ])
}
