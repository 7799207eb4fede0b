extension HelpTopic {
  static let decoupled = HelpTopic(
    name: "decoupled", summary: "the last layer apart from the others (--retrain-classifier)",
    parts: [
      .paragraph(
        """
        A network learns what rows are like from the data as it is, frequent classes included; what goes wrong where \
        classes are rare is the last layer, which draws the frontiers. So that alone is changed when the others are \
        trained (Kang et al. 2020, "Decoupling representation and classifier").
        """),
      .terms([
        (
          "--retrain-classifier E",
          [
            """
            After --epochs, or where --early-stopping ends them, the last layer is drawn anew and trained alone for E \
            epochs: of class-balanced draws (help samplers), plain cross-entropy, without class weights. The layers \
            before it are those of the epoch that would have been kept, and are used without dropout. Optimizer and \
            learning rate begin anew. Epochs go on counting; the best one is looked for among the E, by --early-stopping loss \
            by the loss of this stage: the mean over the classes of the mean −log p of each.
            """
          ]
        ),
        (
          "--tau-normalization T",
          [
            "w_c ← w_c / ‖w_c‖^τ, b_c ← b_c / ‖w_c‖^τ",
            """
            After training, the rows of the last layer's weights are brought nearer to one length: in the paper's \
            networks those of rare classes are shorter; on tables they mostly are not, and it does little. auto takes that τ of 0, 0.1, … 1 with the largest balanced accuracy on the \
            validation part, or with --members out of fold; of equal ones the smallest. Nothing is trained for it. \
            Temperature and --tune-thresholds are found after it.
            """,
          ]
        ),
      ]),
      .paragraph(
        """
        With --retrain-classifier the default of --class-weights is none. Its probabilities prior and calibrated undo \
        its own draws (help probabilities). It needs hidden layers; a linear model is all last layer. --resume RUN \
        --retrain-classifier 10 does it to a run of one model that has ended.
        """),
      .lines([
        "cw-dist-train compare DATA --hidden 64 --try retrain-classifier=0,10",
        "cw-dist-train DATA --members 8 --tau-normalization auto",
      ]),
    ])
}
