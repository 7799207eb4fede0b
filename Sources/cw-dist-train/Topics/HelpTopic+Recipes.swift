internal import Configuration

extension HelpTopic {
  static let recipes = HelpTopic(
    name: "recipes", summary: "one word for many options",
    parts: [
      .paragraph(
        """
        --recipe sets defaults of other options. What is typed or stands in a --config file wins, and config.yaml of a run \
        records all of them as they were used. A run that is gone on with keeps them, whatever a recipe says in a later \
        version, and so does --config with the config.yaml of a run (of which a line that is taken out becomes plain).
        """),
      .terms([
        ("plain", ["the defaults that train --help shows: a linear model, Adam, 10 epochs"]),
        ("auto", ["the default: table for delimited files (.csv, .tsv, .txt and the like), plain for all other data"]),
        (
          "table",
          [
            """
            for tables of numbers and categories: several MLPs on 16 learned numbers of each column, of a number's bins or a \
            category's levels (help embeddings). Each member is trained without another part of every \
            class, keeps the epoch that finds the classes of that part best, and their probabilities are averaged. How many \
            and how large goes by the bytes of the file, unpacked, and by its lines (of a file above a MiB, as many as its first \
            MiB lets expect); the first that fits:
            """
          ] + TableSize.allCases.map { "\($0.words): \($0.typed)" } + [
            """
            Of a delimited file of more than \(TableSize.mostLearnedNumbers / 16) columns, the label and those that are left out \
            among them, those that tell the classes apart count for more: --relevance 1 (help relevance). Fewer numbers are learned of each, 8, 4, 2 or 1: of all together no more than \
            \(TableSize.mostLearnedNumbers), or one of each. Where such a table has fewer lines than columns, as those of genes and \
            spectra have, its numbers are taken as they are: --numeric-encoding standard, without --embedding, and --relevance 1.5. \
            svmlight data, texts mostly, has --relevance 0.5.
            """,
            """
            With --model linear there are no hidden units, with --members 1 typed there is nothing to choose an epoch by, \
            and with --optimizer lbfgs the optimizer's own rules hold: what has no place there is left out. So are \
            embeddings where --max-one-hot or --rare-levels asks for features of categories.
            """,
          ]
        ),
      ]),
      .paragraph(
        """
        At the end the figures of the \"out-of-fold data\" of several members are printed: each row judged by the member \
        that was trained without it. Their epochs were chosen by these rows, so they flatter a little; --test-fraction 0.2 \
        keeps rows that nobody sees.
        """),
      .lines([
        "cw-dist-train table.csv",
        "cw-dist-train table.csv --tune-thresholds macro-f1",
        "cw-dist-train table.csv --recipe plain",
      ]),
    ])
}
