import Foundation
import TestSupport
import Testing

/// Promise 1: what a run computes depends on the data, the configuration, the seed and the shards,
/// never on the ranks.
@Suite(.serialized) struct SameBitsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let data: Data
    let options: [String]

    enum Data: Sendable {
      case synthetic(String)
      /// A CSV file of so many rows, with quotes, records of very different lengths and rare classes.
      case text(rows: Int)
      /// A CSV file of so many rows with categories of many levels, some as frequent as others, some missing.
      case categories(rows: Int)
      /// Features and labels as .npy of so many rows.
      case arrays
      /// svmlight text of so many rows and 2,000 features.
      case sparse(rows: Int)
    }

    var testDescription: String { name }
  }

  static let cases = [
    // 1,003 rows make shards of unequal size, and a last batch that is not full.
    Case(
      name: "linear", data: .synthetic("samples=1003,features=11,classes=4,priors=0.9/0.08/0.015/0.005"),
      options: ["--batch-size", "30", "--epochs", "3"]),
    Case(
      name: "linear, per-batch weights, label smoothing, validation",
      data: .synthetic("samples=517,classes=5"),
      options: [
        "--batch-size", "21", "--epochs", "3", "--class-weights", "per-batch", "--label-smoothing", "0.1",
        "--validation-fraction", "0.25",
      ]),
    Case(
      name: "mlp with dropout", data: .synthetic("samples=1003,features=7"),
      options: ["--hidden", "33,20", "--dropout", "0.3", "--batch-size", "50", "--epochs", "3", "--accumulate", "2"]),
    // 121,503 parameters: from 3 ranks on the reduction goes by slices.
    Case(
      name: "wide mlp", data: .synthetic("samples=300,features=100,classes=3"),
      options: [
        "--hidden", "300,300", "--batch-size", "40", "--epochs", "2", "--clip-norm", "0.5", "--optimizer", "adamw",
        "--weight-decay", "0.01",
      ]),
    // 192,003: of two ranks each moves a slice of the parameters. (Of the one above, whose gradient's norm is wanted, all.)
    Case(
      name: "very wide mlp", data: .synthetic("samples=150,features=100,classes=3"),
      options: ["--hidden", "400,375", "--batch-size", "30", "--epochs", "2", "--accumulate", "2"]),
    // Six rows in eight shards: two are empty, and no shard has every class.
    Case(
      name: "empty shards", data: .synthetic("samples=6,classes=2,priors=0.7/0.3"),
      options: ["--epochs", "4", "--batch-size", "8"]),
    Case(
      name: "text", data: .text(rows: 211),
      options: ["--hidden", "9", "--epochs", "2", "--batch-size", "17", "--validation-fraction", "0.2"]),
    // One long record: most shards hold no record's beginning.
    Case(name: "text with empty shards", data: .text(rows: 3), options: ["--epochs", "2"]),
    // More shards than samples in a batch, and at 4 ranks and more, more ranks: steps in which a rank has nothing.
    Case(
      name: "three samples a batch", data: .synthetic("samples=85,features=5,classes=3"),
      options: ["--batch-size", "3", "--epochs", "2"]),
    Case(
      name: "three samples a batch, mlp, accumulation, per-batch weights",
      data: .synthetic("samples=85,features=5,classes=3"),
      options: [
        "--hidden", "9", "--dropout", "0.2", "--batch-size", "3", "--accumulate", "2", "--epochs", "2",
        "--class-weights", "per-batch",
      ]),
    // The first shard has one record only, others some dozen.
    Case(
      name: "text with uneven shards, small batches", data: .text(rows: 211),
      options: ["--epochs", "2", "--batch-size", "5", "--validation-fraction", "0.2"]),
    Case(
      name: "text with uneven shards, accumulation", data: .text(rows: 211),
      options: ["--hidden", "9", "--epochs", "2", "--batch-size", "13", "--accumulate", "3"]),
    Case(
      name: "embeddings", data: .categories(rows: 150),
      options: [
        "--embedding", "5", "--numeric-encoding", "piecewise", "--bins", "4", "--hidden", "9", "--epochs", "2",
        "--batch-size", "19", "--validation-fraction", "0.2",
      ]),
    Case(
      name: "embeddings by relevance", data: .categories(rows: 150),
      options: [
        "--embedding", "5", "--numeric-encoding", "piecewise", "--bins", "4", "--hidden", "9", "--epochs", "2",
        "--batch-size", "19", "--validation-fraction", "0.2", "--relevance", "0.5", "--optimizer", "adamw",
      ]),
    Case(
      name: "wide mlp by relevance", data: .synthetic("samples=150,features=100,classes=3"),
      options: ["--hidden", "400,375", "--batch-size", "30", "--epochs", "2", "--relevance", "1"]),
    Case(
      name: "sparse by relevance, gradient descent", data: .sparse(rows: 203),
      options: [
        "--epochs", "2", "--batch-size", "17", "--relevance", "2", "--optimizer", "sgd", "--momentum", "0.9",
      ]),
    Case(
      name: "rare levels", data: .categories(rows: 150),
      options: ["--max-one-hot", "5", "--epochs", "2", "--validation-fraction", "0.2"]),
    Case(
      name: "hashed levels", data: .categories(rows: 150),
      options: ["--max-one-hot", "5", "--rare-levels", "hash", "--epochs", "2", "--validation-fraction", "0.2"]),
    Case(
      name: "bins", data: .text(rows: 211),
      options: [
        "--numeric-encoding", "piecewise", "--bins", "6", "--bin-edges", "spread", "--epochs", "2", "--batch-size",
        "17",
        "--validation-fraction", "0.2",
      ]),
    Case(
      name: "bins, mlp, accumulation", data: .synthetic("samples=517,features=9,classes=3"),
      options: [
        "--numeric-encoding", "piecewise", "--hidden", "180,20", "--dropout", "0.2", "--batch-size", "50", "--epochs",
        "2",
        "--accumulate", "2", "--validation-fraction", "0.2",
      ]),
    Case(
      name: "bins, wide mlp, three samples a batch", data: .text(rows: 85),
      options: [
        "--numeric-encoding", "piecewise", "--hidden", "300", "--batch-size", "3", "--epochs", "2",
      ]),
    Case(
      name: "bins, wide mlp, bf16, the last layer again", data: .text(rows: 211),
      options: [
        "--numeric-encoding", "piecewise", "--hidden", "180", "--precision", "bf16", "--epochs", "2",
        "--retrain-classifier", "2", "--batch-size", "40", "--validation-fraction", "0.2",
      ]),
    Case(
      name: "bins, wide mlp, full batches", data: .text(rows: 211),
      options: ["--numeric-encoding", "piecewise", "--hidden", "180", "--optimizer", "lbfgs", "--epochs", "5"]),
    Case(
      name: "members, judged by their folds", data: .text(rows: 211),
      options: [
        "--members", "4", "--hidden", "180", "--epochs", "3", "--batch-size", "17", "--early-stopping", "macro-f1",
        "--patience", "2", "--numeric-encoding", "piecewise", "--tune-thresholds", "macro-f1",
      ]),
    Case(
      name: "members of sparse rows, with a validation part", data: .sparse(rows: 157),
      options: ["--members", "3", "--epochs", "2", "--validation-fraction", "0.2", "--class-weights", "per-batch"]),
    Case(name: "recipe", data: .text(rows: 211), options: ["--recipe", "table", "--epochs", "2"]),
    Case(
      name: "ranks", data: .text(rows: 211),
      options: ["--numeric-encoding", "quantile", "--epochs", "2", "--batch-size", "17"]),
    Case(
      name: "arrays, gradient descent", data: .arrays,
      options: [
        "--optimizer", "sgd", "--momentum", "0.9", "--batch-size", "25", "--epochs", "3", "--sampler", "sequential",
      ]),
    Case(
      name: "class-balanced, per-batch weights, accumulation",
      data: .synthetic("samples=1003,features=11,classes=4,priors=0.9/0.08/0.015/0.005"),
      options: [
        "--sampler", "class-balanced", "--class-weights", "per-batch", "--accumulate", "2", "--batch-size", "30",
        "--epochs", "3", "--validation-fraction", "0.2", "--schedule", "cosine",
      ]),
    Case(
      name: "progressive, mlp, text", data: .text(rows: 211),
      options: [
        "--sampler", "progressive", "--hidden", "9", "--dropout", "0.2", "--batch-size", "17", "--epochs", "4",
        "--validation-fraction", "0.2",
      ]),
    Case(
      name: "members that oversample, judged by their folds", data: .text(rows: 211),
      options: [
        "--members", "4", "--hidden", "9", "--epochs", "3", "--batch-size", "17", "--early-stopping", "macro-f1",
        "--sampler", "oversample", "--sampling-ratio", "0.6",
      ]),
    Case(
      name: "the last layer again, τ, accumulation", data: .text(rows: 211),
      options: [
        "--hidden", "9", "--dropout", "0.2", "--epochs", "2", "--retrain-classifier", "2", "--accumulate", "2",
        "--batch-size", "17", "--validation-fraction", "0.3", "--tau-normalization", "auto", "--optimizer", "adamw",
        "--weight-decay", "0.1", "--schedule", "cosine",
      ]),
    Case(
      name: "wide mlp, the last layer again", data: .synthetic("samples=300,features=20,classes=30"),
      options: ["--hidden", "2000", "--batch-size", "40", "--epochs", "1", "--retrain-classifier", "2"]),
    Case(
      name: "members with the last layer again and τ, judged by their folds", data: .text(rows: 211),
      options: [
        "--members", "4", "--hidden", "9", "--epochs", "4", "--retrain-classifier", "2", "--batch-size", "17",
        "--early-stopping", "macro-f1", "--patience", "1", "--log-loss-penalty", "0.2", "--tau-normalization", "auto",
        "--tune-thresholds",
        "macro-f1",
      ]),
    Case(
      name: "undersampled sparse rows", data: .sparse(rows: 157),
      options: ["--sampler", "undersample", "--batch-size", "20", "--epochs", "4", "--validation-fraction", "0.2"]),
    Case(
      name: "focal loss", data: .synthetic("samples=1003,features=11,classes=4,priors=0.9/0.08/0.015/0.005"),
      options: ["--loss", "focal", "--batch-size", "30", "--epochs", "3", "--validation-fraction", "0.2"]),
    Case(
      name: "logit-adjusted loss, per-batch weights, sparse rows", data: .sparse(rows: 157),
      options: [
        "--loss", "logit-adjusted", "--logit-tau", "0.8", "--class-weights", "per-batch", "--batch-size", "20",
        "--epochs", "3", "--validation-fraction", "0.2",
      ]),
    Case(
      name: "focal loss, sparse rows, mlp", data: .sparse(rows: 157),
      options: ["--loss", "focal", "--hidden", "9", "--batch-size", "20", "--epochs", "2", "--accumulate", "2"]),
    Case(
      name: "ldam loss, sparse rows, label smoothing", data: .sparse(rows: 157),
      options: [
        "--loss", "ldam", "--label-smoothing", "0.1", "--reweight-from-epoch", "2", "--batch-size", "20", "--epochs",
        "3",
      ]),
    Case(
      name: "ldam loss, weights from the third epoch on", data: .text(rows: 211),
      options: [
        "--loss", "ldam", "--reweight-from-epoch", "3", "--hidden", "9", "--epochs", "4", "--batch-size", "17",
        "--validation-fraction", "0.2",
      ]),
    Case(
      name: "bf16, odd numbers of rows", data: .text(rows: 211),
      options: [
        "--precision", "bf16", "--hidden", "33,9", "--epochs", "3", "--batch-size", "19", "--accumulate", "2",
        "--validation-fraction", "0.2",
      ]),
    Case(
      name: "tables in few lanes, then the last layer, bf16, several batches a step", data: .categories(rows: 211),
      options: [
        "--embedding", "1", "--hidden", "4", "--epochs", "2", "--retrain-classifier", "2", "--batch-size", "19",
        "--precision", "bf16", "--accumulate", "2", "--validation-fraction", "0.2",
      ]),
    Case(
      name: "sparse rows, their words alone, the linear model's rows at other lengths",
      data: .sparse(rows: 157),
      options: [
        "--optimizer", "sparse-adam", "--learning-rate", "0.05", "--batch-size", "20", "--epochs", "3", "--clip-norm",
        "0.5", "--relevance", "1", "--tau-normalization", "0.5",
        "--validation-fraction", "0.2",
      ]),
    Case(
      name: "members of sparse rows, their words alone, mlp in bf16", data: .sparse(rows: 157),
      options: [
        "--optimizer", "sparse-adam", "--precision", "bf16", "--hidden", "19,5", "--dropout", "0.2", "--members", "3",
        "--batch-size", "20", "--accumulate", "2", "--epochs", "2", "--retrain-classifier", "1",
      ]),
    Case(
      name: "sparse rows, gradient descent without a memory", data: .sparse(rows: 203),
      options: ["--optimizer", "sgd", "--hidden", "7", "--batch-size", "17", "--epochs", "2"]),
    Case(
      name: "bf16, sparse rows", data: .sparse(rows: 157),
      options: ["--precision", "bf16", "--hidden", "19", "--batch-size", "20", "--epochs", "2"]),
    Case(
      name: "full batches, balanced softmax", data: .synthetic("samples=2003,features=11,classes=4"),
      options: ["--optimizer", "lbfgs", "--loss", "balanced-softmax", "--epochs", "12", "--validation-fraction", "0.2"]),
    Case(
      name: "full batches", data: .synthetic("samples=9003,features=11,classes=4,priors=0.9/0.08/0.015/0.005"),
      options: ["--optimizer", "lbfgs", "--weight-decay", "0.001", "--epochs", "30", "--validation-fraction", "0.2"]),
    Case(
      name: "full batches, wide mlp", data: .synthetic("samples=300,features=100,classes=3"),
      options: ["--optimizer", "lbfgs", "--hidden", "200,200", "--epochs", "5", "--class-weights", "per-batch"]),
    Case(
      name: "full batches, sparse rows", data: .sparse(rows: 157),
      options: ["--optimizer", "lbfgs", "--weight-decay", "0.01", "--epochs", "15"]),
    Case(
      name: "sparse rows", data: .sparse(rows: 157),
      options: ["--batch-size", "20", "--epochs", "3", "--validation-fraction", "0.2"]),
    Case(
      name: "sparse rows, mlp", data: .sparse(rows: 157),
      options: [
        "--hidden", "19", "--dropout", "0.2", "--batch-size", "30", "--epochs", "2", "--accumulate", "3",
        "--class-weights", "per-batch",
      ]),
  ]

  private func arguments(_ test: Case, in folder: TemporaryFolder) throws -> [String] {
    switch test.data {
    case .synthetic(let text):
      return ["synthetic:\(text)"]
    case .text(let rows):
      // "é" in both of its spellings: whichever rank meets which first, it is one class.
      let labels = ["caf\u{E9}", "\"rare, \"\"one\"\"\"", "cafe\u{301}", "caf\u{E9}", "\"rare, \"\"two\"\"\""]
      let text = (0..<rows).map { row in
        let padding = String(repeating: "\n", count: row == 1 ? 400 : row % 4)
        return "\"\(padding)\(row)\",\(Double(row * row % 97) / 7),\(labels[row * row % 11 % 5])\n"
      }
      return [try folder.write("a,b,label\n" + text.joined(), to: "data.csv")]
    case .sparse(let rows):
      let text = (0..<rows).map { row in
        let features = Set((0..<(row % 9)).map { 1 + (row * row * 31 + $0 * $0 * 577) % 2_000 }).sorted()
        return "\(row % 13 % 4) \(features.map { "\($0):\(Double($0 * row % 101) / 9 - 5)" }.joined(separator: " "))\n"
      }
      return [try folder.write(text.joined(), to: "data.svm")]
    case .categories(let rows):
      let text = (0..<rows).map { row in
        "\(row % 11 == 4 ? "" : "l\(row * row % 23)"),l\(row * 7 % 40),\(row % 5 == 0 ? "x" : "y")\n"
      }
      return [try folder.write("a,b,label\n" + text.joined(), to: "data.csv")]
    case .arrays:
      let reference = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Reference")
      return [
        reference.appendingPathComponent("features.npy").path, "--labels",
        reference.appendingPathComponent("labels.npy").path,
      ]
    }
  }

  @Test(arguments: cases)
  func `the same files at every rank count and without a launcher`(_ test: Case) async throws {
    let folder = try TemporaryFolder()
    let arguments = try arguments(test, in: folder) + test.options + ["--shards", "8", "--quiet", "--run-dir"]
    #if MPI
      let rankCounts: [Int?] = [nil, 1, 2, 3, 4, 5, 8]
    #else
      let rankCounts: [Int?] = [nil, nil]
    #endif
    var files: [String: Data] = [:]
    for (index, ranks) in rankCounts.enumerated() {
      let outcome = try await Program.trainer.run(arguments + ["run\(index)"], ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      for file in [
        "model.safetensors", "metrics.jsonl", "confusion_matrix.csv", "class_weights.json", "config.yaml",
        "report.json",
        "report.html",
      ] {
        let data = try folder.data("run\(index)/\(file)")
        #expect(data == files[file] ?? data, "\(file) at \(ranks.map(String.init) ?? "no") ranks")
        files[file] = data
      }
    }
  }

  @Test func `another seed, or other shards, are another run`() async throws {
    let folder = try TemporaryFolder()
    var models: Set<Data> = []
    for options in [["--seed", "1"], ["--seed", "2"], ["--seed", "1", "--shards", "4"]] {
      let outcome = try await Program.trainer.run(["--quiet", "--run-dir", "run", "--overwrite"] + options, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      models.insert(try folder.data("run/model.safetensors"))
    }
    #expect(models.count == 3)
  }
}
