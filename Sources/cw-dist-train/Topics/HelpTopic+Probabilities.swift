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
            T is found on the validation part, so that the log loss there is least; without one by what each of \
            several members was trained without. Of one model without validation there is none. T > 1: the model was \
            too sure of itself.
            """,
          ]
        ),
      ]),
      .paragraph(
        """
        With --loss balanced-softmax and logit-adjusted q_c ∝ w_c p_c / π_c^τ, where π_c is the share of the class in the \
        training samples: prior and calibrated undo that, too. Of focal and ldam they undo the weights alone, and give \
        frequencies but roughly.
        """),
      .paragraph(
        """
        The predicted class goes by raw, which is what the weights were chosen for, or by thresholds that \
        --tune-thresholds has found (help thresholds), whatever is shown. Take prior or calibrated where \
        a number is read as a frequency: for costs, or thresholds of your own.
        """),
    ])

  static let thresholds = HelpTopic(
    name: "thresholds", summary: "which class is predicted (--tune-thresholds)",
    parts: [
      .paragraph(
        """
        The class with the largest logit z is predicted; with tuned thresholds the one with the largest z_c + o_c. After \
        training, an offset o_c is found for each class on the validation part (without one by what each of several \
        members was trained without), so that a metric is as large as can be:
        """),
      .terms([
        ("macro-f1", ["the mean of the classes' F1, whatever their size"]),
        ("balanced-accuracy", ["the mean of the classes' recall"]),
        ("g-mean", ["their geometric mean: no class may be missed"]),
        (
          "recall:C@precision:P",
          [
            """
            the recall of class C, with a precision of P or more on the validation part, and of equal recalls that with \
            more precision; the other offsets are 0
            """
          ]
        ),
      ]),
      .paragraph(
        """
        The first three fit what is chance in few samples. So all of the offsets are taken, three quarters, or none, \
        whichever holds best: the part is cut into five, and each is decided on with what the others give. The model's \
        file has them, for predict, evaluate and export; --no-tuning leaves them out. Probabilities stay as they are.
        """),
    ])
}
