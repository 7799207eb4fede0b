extension HelpTopic {
  static let comparing = HelpTopic(
    name: "compare", summary: "which choice is better, and which only by chance (compare)",
    parts: [
      .lines([
        "cw-dist-train compare data.csv --class-weights none,balanced --seeds 5",
        "mpirun -np 4 cw-dist-train compare data.csv --losses cross-entropy,focal \\",
        "    --try learning-rate=0.001,0.003 --folds 5",
      ]),
      .paragraph(
        """
        trains every combination of the lists, with the same seeds and splits, and prints a table: mean ± standard \
        deviation of balanced accuracy, macro F1, the recall of the rarest classes, and log loss. * is the best of a \
        column; ~ may be as good but for chance.
        """),
      .terms([
        (
          "what is tried",
          [
            """
            --class-weights, --losses and --samplers are lists; --try OPTION=V1,V2 takes any option of train that a \
            result depends on, several times. A value that is a list has slashes: hidden=64,128/64.
            """
          ]
        ),
        (
          "judged by",
          [
            """
            the test part, else the validation part; where neither is asked for, a fifth of every class is held out. \
            --folds K judges every sample once.
            """
          ]
        ),
        (
          "chance",
          [
            """
            a paired t-test over the repeats (--seeds, default 3; --folds), 5 %, corrected for splits that overlap. Of \
            many choices the best is the luckiest, too.
            """
          ]
        ),
        (
          "many",
          [
            """
            --halving trains all choices for a few epochs, the best third (--by METRIC) for three times as many, and so \
            on up to --epochs: for four choices or more, in less time.
            """
          ]
        ),
        (
          "cores",
          [
            """
            All that the process may use (--threads N: so many) train runs side by side where the data is small, and so do \
            ranks; else runs are trained one after another, as those of several members are, by all cores. The bits are \
            those of train with the same options.
            """
          ]
        ),
        (
          "stopping",
          [
            """
            Ctrl-C, SIGUSR1 and --max-time keep what is done; the same command goes on, and more values or seeds add to \
            it. Runs stand in --run-dir, each in a folder, with compare.json and compare.csv.
            """
          ]
        ),
      ]),
      .paragraph("docs/compare.md says more; compare --help lists the options."),
    ])
}
