internal import Configuration

extension HelpTopic {
  static let relevance = HelpTopic(
    name: "relevance", summary: "columns that tell the classes apart count for more",
    parts: [
      .paragraph(
        """
        Of hundreds of columns mostly a few say something of the classes, and a network finds chance in all the others. With \
        --relevance G what a column is multiplied by in the first layer, or its learned numbers (help embeddings), begins and \
        learns by the factor r^G, where r is how well the column alone tells the classes apart; in the mean over all \
        columns the squares of the factors are 1. To adam, adamw and sparse-adam it is as if the column itself were multiplied, but for \
        their ε, a decay that adam adds to gradients, and --clip-norm, whose norm is of gradients as they are.
        """),
      .lines([
        "η² = Σ_c n_c |x̄_c − x̄|² / Σ_i |x_i − x̄|²",
        "r = ε² = 1 − (1 − η²) (N − 1) / (N − C)",
      ]),
      .paragraph(
        """
        η² is the share of a column's variance that lies between the classes (of all its bins together; of a category that of the classes between its levels), and ε² \
        (Kelley 1935) what is left of it without what chance has. r is no less than (C − 1)/(N − 1), chance's share, but of a column of equal values: a column may \
        tell something beside others that it does not tell alone. Each row counts once, whatever the weights of classes: \
        columns that tell a rare class alone have a small r, and count the less the larger G is.
        """),
      .paragraph(
        """
        It is learned from the samples that a model is trained on, of each member its own: those that it is judged by have no \
        say. The first lines of a run name the columns whose r is largest in the whole training part. The model's file has weights as ever, and no factors.
        """),
      .paragraph(
        """
        --recipe table has it for delimited files of more than \(TableSize.mostLearnedNumbers / 16) columns, and for sparse rows \
        (help recipes). On tables of few columns it gave nothing beyond chance. --optimizer lbfgs has no learning rates, and \
        takes all columns alike; with --init nothing begins by it.
        """),
      .lines([
        "cw-dist-train genes.csv", "cw-dist-train genes.csv --relevance 0", "cw-dist-train news.svm --relevance 1",
      ]),
    ])
}
