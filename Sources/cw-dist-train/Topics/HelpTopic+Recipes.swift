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
            """
            for tables of numbers and categories: --numeric-encoding piecewise --hidden 256,256 --dropout 0.1 --optimizer \
            adamw --weight-decay 0.01 --schedule cosine --epochs 60
            """,
            """
            With --model linear there is nothing to drop, and with --optimizer lbfgs the optimizer's own rules hold: what \
            has no place there is left out.
            """,
          ]
        ),
      ]),
      .paragraph(
        """
        On small and noisy tables, and where classes are rare, a validation part to find the best epoch by may be worth \
        the rows that it takes:
        """),
      .lines([
        "cw-dist-train DATA --recipe table",
        "cw-dist-train DATA --recipe table --validation-fraction 0.1",
      ]),
    ])
}
