internal import Configuration

extension HelpTopic {
  static let recipes = HelpTopic(
    name: "recipes", summary: "one word for many options",
    parts: [
      .paragraph(
        """
        --recipe sets defaults of other options. What is typed or stands in a --config file wins, and config.yaml of a run \
        records all of them as they were used.
        """),
      .terms([
        ("plain", ["the defaults that train --help shows: a linear model, Adam, 10 epochs"]),
        (
          "table",
          [
            "for tables of numbers and categories: \(Recipe.table.words)",
            """
            With --model linear there is nothing to drop, and with --optimizer lbfgs the optimizer's own rules hold: what \
            has no place there is left out.
            """,
          ]
        ),
      ]),
      .paragraph(
        """
        With a validation part the best epoch's model is delivered, at the price of rows to train on. On eleven tables the \
        mean balanced accuracy was the same so (better on some, worse on others), and macro F1 lower.
        """),
      .lines([
        "cw-dist-train DATA --recipe table",
        "cw-dist-train DATA --recipe table --validation-fraction 0.1",
      ]),
    ])
}
