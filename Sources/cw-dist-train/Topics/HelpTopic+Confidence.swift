extension HelpTopic {
  static let confidence = HelpTopic(
    name: "confidence", summary: "how sure figures are (--confidence)",
    parts: [
      .lines([
        "cw-dist-train data.csv --validation-fraction 0.2 --confidence 0.95",
        "cw-dist-train evaluate runs/data other.csv --confidence 0.95",
      ]),
      .paragraph(
        """
        says of each figure where it would lie on more samples of the same kind: of 100 such intervals some 95 hold the \
        figure that endless samples would have. A class of 20 samples has wide ones, and that is the news.
        """),
      .terms([
        ("recall", ["of a class: Wilson's interval, by its samples alone"]),
        (
          "the whole",
          [
            """
            accuracy, balanced accuracy, macro F1, G-mean, MCC: percentiles of 2,000 draws of the confusion matrix, each as \
            other samples of the same number might have given it: the bootstrap of rows. (Of a matrix with more than \
            25,000 cells there are fewer, down to 400.) Classes are drawn, too, so \
            that a draw may have more or fewer of a rare one.
            """,
            """
            What is drawn from is smoothed by one sample for each class, half of it found: or a class that was always \
            found would have no interval at all. The draws are moved so that this moves no figure.
            """,
          ]
        ),
        ("log loss", ["by its standard error"]),
        ("ROC-AUC", ["and average precision have none: each draw would take all scores again"]),
      ]),
      .paragraph(
        """
        The draws follow from the matrix alone: the same intervals at any number of ranks, from train and from \
        evaluate. They are of chance in the samples: not of the seed (help compare), and not of an epoch or thresholds \
        that were chosen by these samples, which flatters (--test-fraction does not).
        """),
    ])
}
