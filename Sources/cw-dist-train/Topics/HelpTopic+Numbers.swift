extension HelpTopic {
  static let numbers = HelpTopic(
    name: "numbers", summary: "what a model sees of a number",
    parts: [
      .paragraph("--numeric-encoding, all of it learned from the training part; x is a number of a column:"),
      .terms([
        ("standard", ["(x − mean) / deviation, the default without a recipe; --standardize no: x itself"]),
        (
          "piecewise",
          [
            """
            that, and for each bin between the edges b and b', how far x has come through it: (x − b) / (b' − b), held in \
            0 … 1 but for the first bin below and the last above. A linear model, too, bends at the edges, and an mlp finds \
            thresholds.
            """,
            """
            Edges lie at quantiles: --bins 32 are the most bins of a column, of few different values it has fewer, of two \
            one. --bin-edges spread (the recipe's for all but small files): a value that takes up several quantiles, as 0 \
            does in a column of mostly zeros, is one \
            edge, and the rest is cut into as many bins as are left. A batch is made wide when it is needed: the data takes no more memory.
            """,
          ]
        ),
        (
          "quantile",
          [
            """
            Φ⁻¹(p), p the share of numbers that are less than x: normally distributed, whatever the numbers were. How \
            far they lie from each other is lost.
            """
          ]
        ),
      ]),
      .paragraph(
        """
        Quantiles are exact, of all ranks, and the same at any number of them. A missing number becomes the mean, in the \
        middle of ranks, and one more feature marks it. Sparse rows are taken as they are.
        """),
      .lines(["cw-dist-train DATA --numeric-encoding piecewise --hidden 256,256"]),
    ])
}
