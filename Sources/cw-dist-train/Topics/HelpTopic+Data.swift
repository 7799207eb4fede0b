internal import Configuration

extension HelpTopic {
  static let data = HelpTopic(
    name: "data", summary: "what DATA may be, and how it is read",
    parts: [
      .terms([
        (
          "CSV, TSV",
          [
            """
            .csv .tsv .txt and other names, plain or .gz: delimiter, names, decimal mark, numbers, times and categories \
            are found in the file, and said; where it can be read in two ways, an option is asked for.
            """
          ]
        ),
        ("svmlight", [".svm .svmlight .libsvm, plain or .gz; kept sparse where under a tenth is not 0"]),
        ("NumPy", [".npy, .npz, data.npz:NAME; with --labels FILE, or a column of labels"]),
        ("IDX", [".idx, …-ubyte, plain or .gz; labels beside it, or --labels FILE"]),
        ("HDF5", [".h5 .hdf5, data.h5:/NAME, with --labels; in a program that was built so"]),
        ("synthetic:", ["simulated; the default. synthetic:samples=1000,classes=3,priors=0.8/0.1/0.1"]),
      ]),
      .paragraph("--format says what a file is whose name does not. Of tables:"),
      .terms([
        ("--label", ["the column of labels, by name or number (default: the last)"]),
        ("--missing", ["texts of missing values, beside empty fields"]),
        (
          "--categorical",
          [
            """
            columns of categories, even where they are numbers (of the labels: each number is a class); --numeric insists on \
            numbers
            """
          ]
        ),
        ("--drop", ["columns to leave out"]),
        ("--on-bad-row", ["error, or skip: rows that cannot be read are left out and counted"]),
        (
          "--first-feature",
          ["what features of svmlight data are counted from: 0 where a line names 0, else 1, or as said"]
        ),
        ("--header", ["and --delimiter, --decimal, --quotes, --comment: what is not to be found by itself"]),
      ]),
      .paragraph(
        """
        Numbers are brought to mean 0 and variance 1 by the training part (--standardize no: left as they are), or \
        become bins or ranks (help numbers). A category \
        becomes a feature for each level, beyond --max-one-hot for the most frequent ones, and one for all others \
        (--rare-levels), or numbers that are learned for each level (help embeddings). A missing value becomes the mean, \
        or none of the levels, and one more feature marks it.
        """),
      .terms([
        ("--validation", ["a second file, that one model is judged by after each epoch, several members at the end"]),
        ("--validation-fraction", ["or that share of each class of DATA"]),
        ("--test-fraction", ["that share of each class, for one judgement at the end"]),
        ("--split-seed", ["another draw of both; --seed does not move them"]),
      ]),
    ])
}
