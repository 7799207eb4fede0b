import Foundation
import TestSupport
import Testing

/// `compare`, as a user types it.
@Suite(.serialized) struct CompareTests {
  private static let options = [
    "synthetic:samples=300,classes=3,priors=0.7/0.2/0.1", "--epochs", "2", "--validation-fraction", "0.2", "--hidden",
    "4",
  ]
  private static let lists = ["--class-weights", "none,inverse", "--try", "learning-rate=0.01,0.1", "--seeds", "2"]

  private func compare(
    _ arguments: [String], ranks: Int? = nil, in folder: TemporaryFolder
  ) async throws -> Program.Outcome {
    try await Program.trainer.run(["compare"] + arguments, ranks: ranks, in: folder)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func `each run has the bits of the same run alone, at any ranks, and so has the table`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await compare(
      Self.options + Self.lists + ["--run-dir", "all"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0 && outcome.error.isEmpty, "\(outcome.error)")
    #expect(outcome.output.hasPrefix("8 runs in all: 4 choices × 2 seeds (class-weights none | inverse; "))
    #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(outcome.output)")
    let lines = outcome.output.split(separator: "\n").drop { !$0.hasPrefix("  run ") }.prefix(9)
    #expect(lines.first == "  run  balanced  macro F1  log loss      time  class-weights, learning-ra…, seed")
    #expect(lines.dropFirst().enumerated().allSatisfy { $1.hasPrefix("  \($0 + 1)/8    0.") && $1.count <= 80 })
    #expect(lines.contains { $0.hasSuffix(" s  inverse, 0.1, 1") }, "\(lines)")
    #expect(outcome.output.contains("by the validation part, mean ± standard deviation over 2 seeds"))
    for (weights, rate, seed) in [("none", "0.1", "0"), ("inverse", "0.01", "1")] {
      let alone = try await Program.trainer.run(
        Self.options + [
          "--class-weights", weights, "--learning-rate", rate, "--seed", seed, "--split-seed", seed, "--run-dir", "one",
          "--overwrite", "--quiet",
        ], in: folder)
      #expect(alone.exitStatus == 0, "\(alone.error)")
      for file in ["model.safetensors", "metrics.jsonl", "config.yaml", "confusion_matrix.csv", "class_weights.json"] {
        let name = "all/class-weights=\(weights),learning-rate=\(rate),seed=\(seed)/\(file)"
        #expect(try folder.data(name) == folder.data("one/\(file)"), "\(name)")
      }
      let summary = try object(
        try folder.text("all/class-weights=\(weights),learning-rate=\(rate),seed=\(seed)/summary.json"))
      #expect(summary["ranks"] as? Int == 1, "runs of little data are trained side by side")
    }
    let single = try await compare(Self.options + Self.lists + ["--run-dir", "single", "--quiet"], in: folder)
    #expect(single.exitStatus == 0 && single.output.isEmpty)
    for file in ["compare.json", "compare.csv", "report.html"] {
      #expect(try folder.data("all/\(file)") == folder.data("single/\(file)"), "\(file)")
    }
  }

  @Test func `the table has the figures of the runs, and marks what is best`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await compare(Self.options + Self.lists + ["--log", "json", "--run-dir", "all"], in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    let printed = try object(outcome.output)
    let table = try object(try folder.text("all/compare.json"))
    #expect(NSDictionary(dictionary: printed) == NSDictionary(dictionary: table))
    #expect(table["complete"] as? Bool == true && table["judged_by"] as? String == "validation")
    let runs = try #require(table["runs"] as? [[String: Any]])
    var byChoice: [String: [Double]] = [:]
    for run in runs {
      let name = try #require(run["folder"] as? String)
      let figures = try #require(run["figures"] as? [String: Double])
      let summary = try object(try folder.text("all/\(name)/summary.json"))
      let validation = try #require(summary["validation"] as? [String: Any])
      for key in ["balanced_accuracy", "macro_f1", "log_loss", "accuracy", "mcc", "g_mean"] {
        #expect(validation[key] as? Double == figures[key], "\(key)")
      }
      byChoice["\(name.split(separator: ",").dropLast())", default: []].append(try #require(figures["log_loss"]))
    }
    let choices = try #require(table["choices"] as? [[String: Any]])
    let losses = try choices.map { try #require(($0["figures"] as? [String: [String: Any]])?["log_loss"]) }
    let means = losses.compactMap { $0["mean"] as? Double }
    #expect(means.count == 4)
    for values in byChoice.values {
      #expect(means.contains { ($0 - (values[0] + values[1]) / 2).magnitude < 1e-15 })
    }
    let best = losses.filter { $0["best"] as? Bool == true }
    #expect(best.count == 1 && best[0]["mean"] as? Double == means.min() && best[0]["p"] == nil)
    #expect(losses.count { ($0["p"] as? Double) != nil } == 3)
    let lines = try folder.text("all/compare.csv").split(separator: "\n")
    #expect(
      lines[0].hasPrefix("folder,class-weights,learning-rate,seed,split_seed,fold,outcome,balanced_accuracy,macro_f1,"))
    #expect(lines.count == 9)
  }

  @Test func `run again it trains only what is left, and comes to the same table`() async throws {
    let folder = try TemporaryFolder()
    let few = Self.options + ["--class-weights", "none", "--try", "learning-rate=0.01,0.1", "--seeds", "2"]
    let first = try await compare(few + ["--run-dir", "all"], in: folder)
    #expect(first.exitStatus == 0 && first.output.hasPrefix("4 runs in all"))
    func stamp(_ name: String) throws -> Date? {
      try FileManager.default.attributesOfItem(atPath: folder.path(name))[.modificationDate] as? Date
    }
    let kept = "all/class-weights=none,learning-rate=0.1,seed=1/model.safetensors"
    let before = try stamp(kept)
    // What a kill leaves: a run without its end, and one that was judged by nothing.
    let cut = "all/class-weights=none,learning-rate=0.01,seed=0"
    for file in ["summary.json", "model.safetensors", "judged.json"] {
      try FileManager.default.removeItem(atPath: folder.path("\(cut)/\(file)"))
    }
    let last = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("\(cut)/checkpoints"))
        .filter { $0.hasPrefix("step") }.max())
    try FileManager.default.removeItem(atPath: folder.path("\(cut)/checkpoints/\(last)"))
    try FileManager.default.removeItem(
      atPath: folder.path("all/class-weights=none,learning-rate=0.1,seed=0/judged.json"))
    let more = try await compare(
      Self.options + Self.lists + ["--run-dir", "all"], ranks: CommandLineTests.ranks, in: folder)
    #expect(more.exitStatus == 0, "\(more.error)")
    #expect(
      more.output.contains("8 runs in all: 4 choices × 2 seeds") && more.output.contains("\n2 runs ended before\n"))
    #expect(try stamp(kept) == before)
    let whole = try await compare(Self.options + Self.lists + ["--run-dir", "whole", "--quiet"], in: folder)
    #expect(whole.exitStatus == 0)
    for file in ["compare.json", "compare.csv", "class-weights=none,learning-rate=0.01,seed=0/model.safetensors"] {
      #expect(try folder.data("all/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
    let nothing = try await compare(Self.options + Self.lists + ["--run-dir", "all"], in: folder)
    #expect(nothing.exitStatus == 0 && nothing.output.contains("8 runs ended before"))
    #expect(!nothing.output.contains("1/8"))
  }

  @Test(arguments: [nil, CommandLineTests.ranks])
  func `a stop keeps what is done, and the same command goes on`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let long = [
      "synthetic:samples=60000,classes=3", "--hidden", "8", "--epochs", "24", "--class-weights",
      "none,inverse,balanced",
      "--seeds", "2",
    ]
    let whole = try await compare(long + ["--run-dir", "whole", "--quiet"], in: folder)
    #expect(whole.exitStatus == 0, "\(whole.error)")
    var statuses: [Int32] = []
    while statuses.last ?? 75 == 75, statuses.count < 60 {
      let time = String(0.4 + 0.1 * Double(statuses.count))
      let outcome = try await compare(long + ["--run-dir", "all", "--max-time", time], ranks: ranks, in: folder)
      statuses.append(outcome.exitStatus)
      if outcome.exitStatus == 75, !outcome.output.isEmpty {
        #expect(outcome.output.contains("left; the same command again goes on"), "\(outcome.output)")
      }
    }
    #expect(statuses.count > 1 && statuses.last == 0, "\(statuses)")
    for file in ["compare.json", "compare.csv", "class-weights=inverse,seed=1/model.safetensors"] {
      #expect(try folder.data("all/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
  }

  @Test func `a run of other options in a folder is told from one to go on with`() async throws {
    let folder = try TemporaryFolder()
    let lists = Self.options + ["--class-weights", "none,inverse", "--seeds", "1", "--run-dir", "all"]
    #expect(try await compare(lists + ["--quiet"], in: folder).exitStatus == 0)
    let other = try await compare(lists + ["--batch-size", "16"], ranks: CommandLineTests.ranks, in: folder)
    #expect(other.exitStatus == 73 && other.output.isEmpty)
    #expect(other.error.contains("--batch-size 32 (now 16)") && other.error.contains("--overwrite"), "\(other.error)")
    // No other result.
    let threads = try await compare(lists + ["--threads", "2"], in: folder)
    #expect(threads.exitStatus == 0 && threads.output.contains("2 runs ended before"), "\(threads.error)")
    let anew = try await compare(lists + ["--batch-size", "16", "--overwrite"], in: folder)
    #expect(anew.exitStatus == 0 && anew.output.contains("2/2"), "\(anew.error)")
    #expect(try folder.text("all/class-weights=none,seed=0/config.yaml").contains("batch-size: 16"))
  }

  @Test func `without a folder of its own each comparison gets one, and finds it again`() async throws {
    let folder = try TemporaryFolder()
    let choices = [["--class-weights", "none,inverse"], ["--try", "learning-rate=0.01,0.1"]]
    for ranks in [nil, CommandLineTests.ranks] {
      for lists in choices {
        let outcome = try await compare(Self.options + lists + ["--seeds", "1"], ranks: ranks, in: folder)
        #expect(outcome.exitStatus == 0, "\(outcome.error)")
        #expect(outcome.output.contains("2 runs ended before") == (ranks != nil), "\(outcome.output)")
      }
    }
    let longer = Self.options + choices[0] + ["--seeds", "1", "--batch-size", "16"]
    #expect(try await compare(longer, ranks: CommandLineTests.ranks, in: folder).exitStatus == 0)
    // One's own is trained anew, and no other.
    let others = try ["compare", "compare-2"].map { try folder.text("runs/synthetic-\($0)/compare.json") }
    #expect(try await compare(longer + ["--overwrite"], in: folder).exitStatus == 0)
    #expect(try ["compare", "compare-2"].map { try folder.text("runs/synthetic-\($0)/compare.json") } == others)
    let found = try FileManager.default.contentsOfDirectory(atPath: folder.path("runs")).sorted()
    #expect(
      found.map { $0.split(separator: "-").dropFirst().joined(separator: "-") } == [
        "compare", "compare-2", "compare-3",
      ])
  }

  @Test func `runs that have ended are those of the data as it is, or it is said`() async throws {
    let folder = try TemporaryFolder()
    func write(_ classes: [String], _ weights: String) throws {
      let rows = (0..<60).map { "\($0 % 7),\(classes[$0 % 2])\n" }
      try folder.write("x,y\n" + rows.joined(), to: "table.csv")
      try folder.write(weights, to: "weights.json")
    }
    let lists = ["table.csv", "--recipe", "plain", "--epochs", "2", "--class-weights", "none,weights.json", "--quiet"]
    try write(["yes", "no"], #"{"yes": 1, "no": 2}"#)
    #expect(try await compare(lists + ["--seeds", "1"], in: folder).exitStatus == 0)
    let table = try folder.text("runs/table-compare/compare.json")
    #expect(try await compare(lists + ["--seeds", "1"], ranks: CommandLineTests.ranks, in: folder).exitStatus == 0)

    try write(["yes", "no"], #"{"yes": 1, "no": 3}"#)
    let weighted = try await compare(lists + ["--seeds", "1"], in: folder)
    #expect(weighted.exitStatus == 73 && weighted.error.contains("weights.json is no longer what"), "\(weighted.error)")
    try write(["yes", "maybe"], #"{"yes": 1, "maybe": 2}"#)
    for (seeds, ranks) in [("1", nil), ("2", CommandLineTests.ranks)] {
      let other = try await compare(lists + ["--seeds", seeds], ranks: ranks, in: folder)
      #expect(other.exitStatus == 73 && other.error.contains("table.csv is no longer what"), "\(other.error)")
      #expect(try folder.text("runs/table-compare/compare.json") == table)
    }
    // Other choices of the new data say nothing of what has ended before.
    let more = lists.map { $0 == "none,weights.json" ? "none,sqrt-inverse" : $0 }
    let mixed = try await compare(more + ["--seeds", "1"], in: folder)
    #expect(mixed.exitStatus == 73, "\(mixed.error)")
    #expect(try await compare(lists + ["--seeds", "1", "--overwrite"], in: folder).exitStatus == 0)
    #expect(try folder.text("runs/table-compare/compare.json").contains("maybe"))
    #expect(try await compare(lists + ["--seeds", "1"], in: folder).exitStatus == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("runs")) == ["table-compare"])
  }

  @Test func `a folder that is no comparison's is refused`() async throws {
    let folder = try TemporaryFolder()
    let lists = Self.options + ["--class-weights", "none,inverse", "--seeds", "1"]
    #expect(try await Program.trainer.run(Self.options + ["--run-dir", "run"], in: folder).exitStatus == 0)
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path("run")).sorted()
    for more in [[], ["--overwrite"]] {
      let run = try await compare(lists + ["--run-dir", "run"] + more, ranks: CommandLineTests.ranks, in: folder)
      #expect(run.exitStatus == 73 && run.error.contains("run holds a run of train"), "\(run.error)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("run")).sorted() == before)
    try FileManager.default.createDirectory(atPath: folder.path("notes"), withIntermediateDirectories: true)
    try folder.write("mine", to: "notes/letter.txt")
    let other = try await compare(lists + ["--run-dir", "notes"], in: folder)
    #expect(other.exitStatus == 73 && other.error.contains("notes is not empty, and holds no comparison"))
    let asked = try await compare(lists + ["--run-dir", "notes", "--overwrite"], in: folder)
    #expect(asked.exitStatus == 0, "\(asked.error)")
    #expect(try folder.text("notes/letter.txt") == "mine")
    // As an older version leaves it that is killed before its first table.
    for file in ["compare.json", "compare.csv", "report.html", "letter.txt"] {
      try FileManager.default.removeItem(atPath: folder.path("notes/\(file)"))
    }
    let again = try await compare(lists + ["--run-dir", "notes"], in: folder)
    #expect(again.exitStatus == 0 && again.output.contains("2 runs ended before"), "\(again.error)")
    // Another comparison's table is not replaced: choices may be added, but some of the runs have to be the same.
    let table = try folder.text("notes/compare.csv")
    let rates = Self.options + ["--try", "learning-rate=0.1,0.01", "--seeds", "1", "--run-dir", "notes"]
    let replacing = try await compare(rates, ranks: CommandLineTests.ranks, in: folder)
    #expect(replacing.exitStatus == 73 && replacing.error.contains("notes holds a comparison of other choices"))
    #expect(try folder.text("notes/compare.csv") == table)
    let more = Self.options + ["--class-weights", "inverse,balanced", "--seeds", "1", "--run-dir", "notes"]
    #expect(try await compare(more, in: folder).exitStatus == 0)
    #expect(try folder.text("notes/compare.csv") != table)
  }

  @Test(arguments: [nil, CommandLineTests.ranks])
  func `a run that fails is left out, and the others go on`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let outcome = try await compare(
      [
        "synthetic:samples=300", "--epochs", "3", "--optimizer", "sgd", "--try", "learning-rate=0.1,1e38", "--seeds",
        "2",
        "--hidden", "4",
      ], ranks: ranks, in: folder)
    #expect(outcome.exitStatus == 65, "\(outcome.error)")
    #expect(outcome.error.contains("warning: the run learning-rate=1e38, seed 0 failed: "), "\(outcome.error)")
    #expect(outcome.output.contains("1e38") && outcome.output.contains("2 failed") && outcome.output.contains("2 of 2"))
    let table = try object(try folder.text("runs/synthetic-compare/compare.json"))
    let runs = try #require(table["runs"] as? [[String: Any]])
    #expect(runs.map { $0["outcome"] as? String } == ["completed", "failed", "completed", "failed"])
    #expect(table["complete"] as? Bool == true)
  }

  @Test func `what no run can do ends all, before anything is trained where that can be known`() async throws {
    let folder = try TemporaryFolder()
    let missing = try await compare(
      ["nothing.csv", "--class-weights", "none,inverse"], ranks: CommandLineTests.ranks, in: folder)
    #expect(missing.exitStatus == 66 && missing.error.contains("nothing.csv"), "\(missing.error)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("runs")))
    let refused = try await compare(
      ["--try", "optimizer=adam,lbfgs", "--try", "dropout=0.1,0.2", "--hidden", "3", "--run-dir", "none"], in: folder)
    #expect(refused.exitStatus == 64 && refused.error.contains("nothing was trained"), "\(refused.error)")
    #expect(refused.error.hasSuffix("See cw-dist-train compare --help.\n"), "\(refused.error)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("none")))
    let members = try await compare(
      ["synthetic:samples=40", "--try", "members=2,41", "--hidden", "3", "--run-dir", "none"],
      ranks: CommandLineTests.ranks, in: folder)
    #expect(members.exitStatus == 78 && members.error.contains("--members 41: "), "\(members.error)")
    let folds = try await compare(
      ["synthetic:samples=40", "--folds", "41", "--class-weights", "none,balanced", "--run-dir", "none"],
      ranks: CommandLineTests.ranks, in: folder)
    #expect(folds.exitStatus == 78 && folds.error.contains("--folds 41: "), "\(folds.error)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("none")))
  }

  @Test func `folds are parts of the same data, and judge every sample once`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await compare(
      [
        "synthetic:samples=301,classes=3", "--epochs", "1", "--class-weights", "none,balanced", "--folds", "3",
        "--run-dir", "all",
      ], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0 && outcome.output.contains("2 choices × 1 seed × 3 folds"), "\(outcome.error)")
    var samples = 0
    for fold in 1...3 {
      let summary = try object(try folder.text("all/class-weights=none,seed=0,fold=\(fold)-3/summary.json"))
      samples += try #require((summary["test"] as? [String: Any])?["samples"] as? Int)
    }
    #expect(samples == 301)
    let again = try await Program.trainer.run(
      ["reproduce", "all/class-weights=none,seed=0,fold=2-3", "--quiet"], in: folder)
    #expect(again.exitStatus == 0, "\(again.error)")
  }

  @Test(arguments: ["1,4", "4,1"]) func `fewer shards than ranks are refused before anything is trained`(
    shards: String
  ) async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      ["compare", "synthetic:samples=90,classes=2", "--epochs", "1", "--try", "shards=\(shards)", "--run-dir", "c"],
      ranks: 2, in: folder)
    #expect(outcome.exitStatus == 78 && outcome.error.contains("1 shard"), "\(outcome.exitStatus): \(outcome.error)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/c"))
  }

  @Test(arguments: [nil, 1, 2]) func `shards that are tried are those of the runs`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let options = [
      "synthetic:samples=90,features=3,classes=2", "--epochs", "1", "--test-fraction", "0.2",
    ]
    let outcome = try await Program.trainer.run(
      ["compare"] + options + ["--try", "shards=2,5", "--seeds", "1", "--run-dir", "c"], ranks: ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    for shards in ["2", "5"] {
      let run = try await Program.trainer.run(
        options + ["--shards", shards, "--run-dir", shards, "--quiet"], in: folder)
      #expect(run.exitStatus == 0, "\(run.error)")
      let compared = "c/shards=\(shards),seed=0"
      #expect(try folder.text("\(compared)/config.yaml").contains("\nshards: \(shards)\n"))
      #expect(try folder.data("\(compared)/model.safetensors") == folder.data("\(shards)/model.safetensors"))
    }
  }
}
