import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// What a run that is gone on with takes from the one that it was.
@Suite(.serialized) struct ResumptionTests {
  private static let reference = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("CheckpointsTests/Reference")

  private static let options = [
    "synthetic:samples=120,classes=2", "--hidden", "4", "--dropout", "0.2", "--batch-size", "8", "--optimizer", "adamw",
    "--validation-fraction", "0.2", "--test-fraction", "0.2", "--split-seed", "3", "--seed", "9", "--class-weights",
    "1,2.5",
  ]

  @Test(arguments: [["--resume", "auto", "--run-dir", "run"], ["--resume", "run"]], ["float32", "bf16"])
  func `nothing but --resume: the run's own configuration`(resume: [String], precision: String) async throws {
    let folder = try TemporaryFolder()
    for (name, length) in [("run", ["--epochs", "4", "--max-steps", "15"]), ("whole", ["--epochs", "4"])] {
      let outcome = try await Program.trainer.run(
        Self.options + length + ["--precision", precision, "--run-dir", name, "--quiet"], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    let outcome = try await Program.trainer.run(
      resume + ["--max-steps", "1000"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(
      outcome.output.contains("15 steps, 1 whole epoch, with its configuration but for --max-steps 15 (now 1000)\n"),
      "\(outcome.output)")
    for file in ["model.safetensors", "metrics.jsonl", "confusion_matrix.csv"] {
      #expect(try folder.data("run/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
    // Complete: there is nothing to do, and nothing changes.
    let again = try await Program.trainer.run(resume, in: folder)
    #expect(again.exitStatus == 0, "\(again.error)")
    #expect(again.output.contains("whole epochs, with its configuration\n"), "\(again.output)")
    #expect(!(try folder.text("run/summary.json").contains("\"samples_per_second\" : 0,")))
    #expect(try folder.data("run/metrics.jsonl") == folder.data("whole/metrics.jsonl"))
  }

  @Test func `going back in a run says what is replaced`() async throws {
    let folder = try TemporaryFolder()
    func checkpoint(_ step: Int) -> String { "run/checkpoints/step-00000000\(step).safetensors" }
    let begun = ["--run-dir", "run", "--epochs", "2", "--checkpoint-every", "16", "--keep", "9", "--quiet"]
    let first = try await Program.trainer.run(begun, in: folder)
    try #require(first.exitStatus == 0, "\(first.error)")
    let back = try await Program.trainer.run(
      ["--resume", checkpoint(32), "--max-steps", "48", "--quiet"], ranks: CommandLineTests.ranks, in: folder)
    #expect(back.exitStatus == 0 && back.error.contains("run has come to step 64, and goes on from step 32: "))
    #expect(try folder.data(checkpoint(64) + ".passed-over").count > 0)
    let on = try await Program.trainer.run(
      ["--resume", checkpoint(48), "--max-steps", "60", "--quiet"], ranks: CommandLineTests.ranks, in: folder)
    #expect(on.exitStatus == 0 && on.error == "", "\(on.error)")
  }

  @Test func `weights may lie elsewhere now, but have to be the same`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("class,weight\n0,1\n1,2.5\n", to: "w.csv")
    let begun = ["synthetic:samples=120,classes=2", "--class-weights", "w.csv", "--run-dir", "run", "--quiet"]
    try #require(try await Program.trainer.run(begun + ["--epochs", "1"], in: folder).exitStatus == 0)
    try FileManager.default.moveItem(atPath: folder.path("w.csv"), toPath: folder.path("v.csv"))
    let on = ["--resume", "run", "--epochs", "2", "--quiet"]
    let gone = try await Program.trainer.run(on, ranks: CommandLineTests.ranks, in: folder)
    #expect(gone.exitStatus == 66 && gone.error.contains("run/class_weights.json has the weights"), "\(gone.error)")
    try folder.write("class,weight\n0,1\n1,2\n", to: "w.csv")
    let others = try await Program.trainer.run(on, in: folder)
    #expect(others.exitStatus == 78 && others.error.contains("class weights 1.0,2.5 (now 1.0,2.0)"), "\(others.error)")
    let named = try await Program.trainer.run(on + ["--class-weights", "run/class_weights.json"], in: folder)
    #expect(named.exitStatus == 0, "\(named.error)")
    let moved = try await Program.trainer.run(
      ["--resume", "run", "--epochs", "3", "--class-weights", "v.csv"], in: folder)
    #expect(moved.exitStatus == 0, "\(moved.error)")
  }

  /// One that had no embeddings yet records none; the recipe of today has them.
  @Test func `a run that is gone on with has what its recipe said when it began`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<90).map { "\($0 * $0 % 89),\($0 * 7 % 61),\($0 % 3)\n" }.joined()
    try folder.write(rows, to: "data.csv")
    // (As wide as a first layer is that adds up runs of bins.)
    let begun = [
      "data.csv", "--recipe", "table", "--hidden", "180", "--embedding", "0", "--members", "1", "--schedule",
      "constant", "--quiet",
    ]
    for (name, steps) in [("run", "9"), ("whole", "50")] {
      let outcome = try await Program.trainer.run(begun + ["--run-dir", name, "--max-steps", steps], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    for typed in [["table", "--max-steps", "20"], ["plain", "--max-steps", "30"], ["auto", "--max-steps", "50"]] {
      let outcome = try await Program.trainer.run(
        ["data.csv", "--run-dir", "run", "--resume", "auto", "--quiet", "--recipe"] + typed,
        ranks: CommandLineTests.ranks,
        in: folder)
      #expect(outcome.exitStatus == 0, "\(typed): \(outcome.error)")
    }
    for file in ["model.safetensors", "config.yaml"] {
      #expect(try folder.data("run/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
  }

  #if MPI
    @Test func `what ranks remember in slices is whole in a checkpoint`() async throws {
      let folder = try TemporaryFolder()
      let options = [
        "synthetic:samples=150,features=100,classes=3", "--hidden", "400,375", "--batch-size", "30", "--epochs", "3",
        "--quiet",
      ]
      let whole = try await Program.trainer.run(options + ["--run-dir", "whole"], in: folder)
      try #require(whole.exitStatus == 0, "\(whole.error)")
      for (ranks, steps) in [(2, 3), (3, 7), (1, 11), (8, 15)] {
        let outcome = try await Program.trainer.run(
          options + ["--run-dir", "run", "--resume", "auto", "--max-steps", "\(steps)"], ranks: ranks, in: folder)
        try #require(outcome.exitStatus == 0, "\(ranks) ranks: \(outcome.error)")
      }
      for file in ["model.safetensors", "metrics.jsonl", "confusion_matrix.csv"] {
        #expect(try folder.data("run/\(file)") == folder.data("whole/\(file)"), "\(file)")
      }
    }
  #endif

  @Test func `what is typed beside --resume is checked, and wins`() async throws {
    let folder = try TemporaryFolder()
    let first = try await Program.trainer.run(
      Self.options + ["--epochs", "2", "--run-dir", "run", "--quiet"], in: folder)
    try #require(first.exitStatus == 0, "\(first.error)")
    for (options, status, message) in [
      (["--learning-rate", "0.1"], 78, "--learning-rate 0.001 (now 0.1)"),
      (["--model", "linear"], 78, "--model mlp (now linear)"), (["--shards", "5"], 78, "--shards 8 (now 5)"),
      (["--split-seed", "4"], 78, "with other data: its training part has other values"),
      (["--test-fraction", "0"], 78, "--test-fraction 0.2 (now unset)"),
      (["synthetic:samples=121,classes=2"], 78, "--data synthetic:samples=120,classes=2 (now"),
      (["--validation-labels", "y.npy"], 64, "--validation-labels: expected --validation beside it"),
    ] as [([String], Int32, String)] {
      let outcome = try await Program.trainer.run(
        ["--resume", "run"] + options, ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == status, "\(options): \(outcome.error)")
      #expect(outcome.error.contains(message), "\(options): \(outcome.error)")
      #expect(outcome.error.components(separatedBy: "error:").count == 2)
    }
    let longer = try await Program.trainer.run(["--resume", "run", "--epochs", "3"], in: folder)
    #expect(longer.exitStatus == 0 && longer.output.contains("but for --epochs 2 (now 3)"), "\(longer.error)")
    let elsewhere = try await Program.trainer.run(
      ["--resume", "run", "--run-dir", "other", "--epochs", "3"], in: folder)
    #expect(elsewhere.exitStatus == 0, "\(elsewhere.error)")
    #expect(try folder.data("run/metrics.jsonl") == folder.data("other/metrics.jsonl"))
  }

  @Test func `a run that came to no checkpoint begins again with its own options`() async throws {
    let folder = try TemporaryFolder()
    let whole = try await Program.trainer.run(
      Self.options + ["--shards", "5", "--epochs", "2", "--run-dir", "whole", "--quiet"], in: folder)
    try #require(whole.exitStatus == 0, "\(whole.error)")
    let begun = "mkdir -p run/checkpoints && cp whole/config.yaml whole/class_weights.json run"
    try #require(try await runScript(begun, in: folder) == 0)
    let outcome = try await Program.trainer.run(["--resume", "auto", "--run-dir", "run"], in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(
      outcome.error
        == "cw-dist-train: there is no checkpoint yet; options that are not typed are those\n  of run/config.yaml\n")
    #expect(try folder.data("run/model.safetensors") == folder.data("whole/model.safetensors"))
    // Killed before anything was written but the lock, or its own options.
    for killed in ["one/checkpoints", "two/checkpoints"] {
      try #require(try await runScript("mkdir -p \(killed) && touch \(killed)/.lock", in: folder) == 0)
    }
    try folder.write(folder.text("whole/config.yaml"), to: "two/config.yaml")
    let one = try await Program.trainer.run(
      Self.options + ["--shards", "5", "--epochs", "2", "--resume", "auto", "--run-dir", "one"], in: folder)
    #expect(one.exitStatus == 0 && one.error.isEmpty, "\(one.error)")
    let two = try await Program.trainer.run(["--resume", "auto", "--run-dir", "two"], in: folder)
    #expect(two.exitStatus == 0, "\(two.error)")
    for run in ["one", "two"] {
      #expect(try folder.data("\(run)/model.safetensors") == folder.data("whole/model.safetensors"), "\(run)")
    }
  }

  @Test(arguments: ["0.1.0-epoch", "0.1.0-step"])
  func `checkpoints of version 0.1.0 are gone on with`(name: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Data(contentsOf: Self.reference.appendingPathComponent(name + ".safetensors")), to: "old.safetensors")
    let outcome = try await Program.trainer.run(
      ["--resume", "old.safetensors", "--run-dir", "run"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(outcome.output.contains("72 samples, 24 for validation"))
    #expect(outcome.output.contains("resumed  from old.safetensors, after 1\(name.hasSuffix("epoch") ? 1 : 5) steps"))
    let lines = try folder.text("run/metrics.jsonl").split(separator: "\n")
    #expect(lines.count == 6 && lines.last?.contains("\"epoch\":4") == true)
    #expect(try folder.text("run/config.yaml").contains("split-seed: 3"))
    // Options in the manner of 0.1.0, and its config.yaml.
    try folder.write(
      Data(contentsOf: Self.reference.appendingPathComponent("0.1.0-config.yaml")), to: "old.yaml")
    let typed = try await Program.trainer.run(
      ["--config", "old.yaml", "--resume", "old.safetensors", "--run-dir", "typed", "--quiet"], in: folder)
    #expect(typed.exitStatus == 0, "\(typed.error)")
    #expect(try folder.data("typed/model.safetensors") == folder.data("run/model.safetensors"))
  }

  /// Of version 0.1.0: 0.1.0-categories.csv --max-one-hot 4 --validation-fraction 0.25 after 2 epochs, and the model
  /// after 4. Its column of 23 levels was hashed.
  @Test func `a run of version 0.1.0 with hashed categories is gone on with`() async throws {
    let folder = try TemporaryFolder()
    for name in ["0.1.0-categories.csv", "0.1.0-categories.safetensors", "0.1.0-categories-model.safetensors"] {
      try folder.write(Data(contentsOf: Self.reference.appendingPathComponent(name)), to: name)
    }
    let outcome = try await Program.trainer.run(
      ["--resume", "0.1.0-categories.safetensors", "--run-dir", "run", "--epochs", "4"], ranks: CommandLineTests.ranks,
      in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(outcome.output.contains("features of code (4, for "), "\(outcome.output)")
    #expect(try folder.text("run/config.yaml").contains("rare-levels: hash\n"))
    func tensors(_ path: String) throws -> [[Float]] {
      try Safetensors(decoding: [UInt8](folder.data(path)), path: path).tensors.map(\.values.array)
    }
    #expect(try tensors("run/model.safetensors") == tensors("0.1.0-categories-model.safetensors"))
  }

  @Test func `a column with another name is another feature`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<60).map { "\($0),\($0 * 7 % 5),\($0 % 3)\n" }.joined()
    try folder.write("a,b,label\n" + rows, to: "data.csv")
    let first = try await Program.trainer.run(
      ["data.csv", "--epochs", "1", "--run-dir", "run", "--quiet"], in: folder)
    try #require(first.exitStatus == 0, "\(first.error)")
    try folder.write("a,weight,label\n" + rows, to: "data.csv")
    let outcome = try await Program.trainer.run(
      ["--resume", "run", "--epochs", "2"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 78, "\(outcome.error)")
    #expect(
      outcome.error.contains("its feature 1 is now called \"weight\", and was \"b\""), "\(outcome.error)")
  }

  @Test(arguments: ["half a line", "cut short", "longer"])
  func `metrics that end in half a line are mended`(damage: String) async throws {
    let folder = try TemporaryFolder()
    for name in ["run", "whole"] {
      let outcome = try await Program.trainer.run(
        Self.options + ["--epochs", name == "run" ? "2" : "3", "--run-dir", name, "--quiet"], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    let text = try folder.text("run/metrics.jsonl")
    switch damage {
    case "half a line": try folder.write(text + "{\"accuracy\":0.5,\"epo", to: "run/metrics.jsonl")
    case "cut short": try folder.write(String(text.dropLast(700)), to: "run/metrics.jsonl")
    default: try folder.write(text + "{\"epoch\":3}\n", to: "run/metrics.jsonl")
    }
    for (source, target) in [("run", "other"), ("run", "run")] {
      let outcome = try await Program.trainer.run(
        ["--resume", source, "--run-dir", target, "--epochs", "3", "--quiet"], in: folder)
      #expect(outcome.exitStatus == 0, "\(outcome.error)")
      let lines = try folder.text("\(target)/metrics.jsonl")
      for line in lines.split(separator: "\n") {
        #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any], "\(line)")
      }
      if damage == "cut short" {
        #expect(outcome.error.contains("lacks lines of epochs before the checkpoint"), "\(outcome.error)")
      } else {
        #expect(outcome.error.isEmpty)
        #expect(try lines == folder.text("whole/metrics.jsonl"))
      }
    }
  }

  // Until version 0.1.0 it was decided before the folder was locked.
  @Test func `a run that another job has completed meanwhile is not replaced`() async throws {
    let folder = try TemporaryFolder()
    // The second waits for its data while the first begins and ends.
    let outcome = try await Program.trainer.run(
      [
        "data.csv", "--epochs", "1", "--run-dir", "run", "--quiet",
      ], in: folder,
      wrapper: """
        (for i in $(seq 60000); do echo "$i,$((i * i % 977)),$((i % 3))"; done) > part.csv
        for i in $(seq 150); do cat part.csv; done > big.csv; head -60 part.csv > data.csv
        # What is behind the data: the options.
        program=$1; while [ "$1" != data.csv ]; do shift; done; shift; set -- --recipe plain "$@"
        "$program" big.csv "$@" & sleep 0.1; "$program" data.csv "$@"; first=$?
        cp run/model.safetensors first.safetensors; wait $!; exit $((first * 100 + $?))
        """)
    #expect(outcome.exitStatus == 73, "\(outcome.exitStatus): \(outcome.error)")
    #expect(try folder.data("run/model.safetensors") == folder.data("first.safetensors"))
  }

  @Test func `an unfinished run is taken over by one job, before it is decided what becomes of it`() async throws {
    let folder = try TemporaryFolder()
    // The first reads for a while; the second would have completed the run by then.
    let outcome = try await Program.trainer.run(
      ["--epochs", "1", "--run-dir", "run", "--resume", "auto", "--quiet"], in: folder,
      wrapper: """
        (for i in $(seq 60000); do echo "$i,$((i * i % 977)),$((i % 3))"; done) > part.csv
        for i in $(seq 150); do cat part.csv; done > big.csv; head -60 part.csv > data.csv
        program=$1; shift; set -- --recipe plain "$@"; "$program" data.csv --recipe plain --run-dir other --epochs 1 --quiet
        mkdir -p run/checkpoints; cp other/config.yaml other/class_weights.json run
        "$program" big.csv "$@" & sleep 0.2; "$program" data.csv "$@"; second=$?
        wait $!; first=$?; grep -c '"samples":9000000' run/metrics.jsonl; echo $first; exit $second
        """)
    #expect(outcome.exitStatus == 73, "\(outcome.exitStatus): \(outcome.error)")
    #expect(outcome.error.contains("another job writes into the run directory run"), "\(outcome.error)")
    #expect(outcome.output == "1\n0\n")
  }

  @Test func `what would have ended it before, and other first parameters, are refused`() async throws {
    let folder = try TemporaryFolder()
    let begun =
      Self.options + [
        "--epochs", "9", "--schedule", "constant", "--early-stopping", "macro-f1", "--patience", "8", "--quiet",
      ]
    for name in ["run", "other"] {
      let outcome = try await Program.trainer.run(begun + ["--max-steps", "45", "--run-dir", name], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    // Three whole epochs are done.
    for (typed, words) in [
      (
        ["--patience", "2"],
        "(now 2), and its run has come to its end: other options would only change how its model is described. Say a --patience larger than 8, or"
      ),
      (["--init", "other/model.safetensors"], "was made with --init unset (now other/model.safetensors)"),
    ] {
      let outcome = try await Program.trainer.run(
        ["--resume", "run", "--max-steps", "60"] + typed, ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == 78 && outcome.error.contains(words), "\(outcome.exitStatus): \(outcome.error)")
    }
    let longer = try await Program.trainer.run(
      ["--resume", "run", "--max-steps", "60", "--patience", "5", "--quiet"], in: folder)
    #expect(longer.exitStatus == 0, "\(longer.error)")
  }
}
