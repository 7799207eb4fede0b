import Foundation
import TestSupport
import Testing

/// What happens to files and outputs while the program works with them: one message, the documented exit code, no trap.
@Suite(.serialized) struct DamageTests {
  @Test(arguments: [nil, CommandLineTests.ranks])
  func `a data file that is cut short while it is read`(ranks: Int?) async throws {
    for command in ["weights", "train"] {
      let folder = try TemporaryFolder()
      // 150 MB, which take longer to read than until they are cut.
      let script = """
        block=$(for i in $(seq 1000); do echo "$i.25,$((i * i % 977)).5,$((i % 13)),$((i % 3))"; done)
        for i in $(seq 100); do echo "$block"; done > part.csv; for i in $(seq 100); do cat part.csv; done > data.csv
        """
      try #require(try await runScript(script, in: folder) == 0)
      // One rank waits until all have the file open.
      let count = ranks ?? 1
      let outcome = try await Program.trainer.run(
        [command, "data.csv"], ranks: ranks, in: folder, environment: ["SWIFT_BACKTRACE": "enable=no"],
        wrapper: """
          [ "${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}}" = 0 ] || exec "$@"
          (until [ $(grep -ls "$PWD/data.csv" $(printf '/proc/%s/maps ' $(pgrep -x cw-dist-train)) | wc -l) -ge \(count) ]
           do :; done; truncate -s 100000 data.csv) 2> waiting & exec "$@"
          """, secondsAllowed: 40)
      #expect(outcome.exitStatus == 74, "\(outcome.exitStatus) \(outcome.error)")
      #expect(outcome.error.contains("data.csv was changed, or could not be read"), "\(outcome.error)")
      #expect(outcome.error.components(separatedBy: "cw-dist-train: error").count == 2, "\(outcome.error)")
    }
  }

  /// Another process writes as many bytes into its place: between the two passes over columns of categories, or any time.
  @Test func `a data file that is written to while it is read`() async throws {
    let folder = try TemporaryFolder()
    let script = """
      block=$(for i in $(seq 1000); do echo "$i.25,town$((i * i % 977)),$((i % 13)),c$((i % 3))"; done)
      for i in $(seq 100); do echo "$block"; done > part.csv; for i in $(seq 60); do cat part.csv; done > data.csv
      """
    try #require(try await runScript(script, in: folder) == 0)
    let outcome = try await Program.trainer.run(
      ["weights", "data.csv"], in: folder, environment: ["SWIFT_BACKTRACE": "enable=no"],
      wrapper: """
        (until grep -qs "$PWD/data.csv" $(printf '/proc/%s/maps ' $(pgrep -x cw-dist-train)); do :; done
         sleep 0.02; head -c 300000 data.csv | tr t T | dd of=data.csv conv=notrunc bs=1M) 2> waiting & exec "$@"
        """, secondsAllowed: 40)
    #expect(outcome.exitStatus == 74, "\(outcome.exitStatus) \(outcome.error)")
    #expect(outcome.error.contains("data.csv was changed, or could not be read"), "\(outcome.error)")
    #expect(outcome.error.components(separatedBy: "cw-dist-train: error").count == 2, "\(outcome.error)")
  }

  @Test func `standard output that is full is said, and no success`() async throws {
    let folder = try TemporaryFolder()
    for arguments in [["--epochs", "2", "--run-dir", "run"], ["--help"], ["weights", "synthetic:"], ["doctor"]] {
      let outcome = try await Program.trainer.run(
        arguments, ranks: CommandLineTests.ranks, in: folder, wrapper: "exec \"$@\" > /dev/full")
      #expect(outcome.exitStatus == 74, "\(arguments): \(outcome.error)")
      // (mpirun may add words of its own.)
      #expect(
        outcome.error.hasPrefix("cw-dist-train: error: cannot write to standard output: No space left on device\n"),
        "\(outcome.error)")
      #expect(outcome.error.components(separatedBy: "cw-dist-train:").count == 2, "\(outcome.error)")
    }
    // The run itself is whole.
    #expect(FileManager.default.fileExists(atPath: folder.path("run/summary.json")))
  }

  @Test func `a file that may not become so large is an error of writing`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      ["--hidden", "600", "--run-dir", "run", "--quiet"], ranks: CommandLineTests.ranks, in: folder,
      wrapper: "ulimit -f 16; exec \"$@\"")
    #expect(outcome.exitStatus == 74, "\(outcome.exitStatus) \(outcome.error)")
    #expect(outcome.error.contains("cannot write run/checkpoints/step-"), "\(outcome.error)")
    #expect(outcome.error.contains("File too large"), "\(outcome.error)")
    #expect(outcome.error.components(separatedBy: "cw-dist-train: error").count == 2, "\(outcome.error)")
  }

  @Test(arguments: [
    (["--hidden", "60000,20000"], 4_000_000, "too little memory for a model of mlp 10 → 60000 → 20000 → 3"),
    (["--hidden", "60000,2000", "--batch-size", "1000"], 2_500_000, "too little memory for "),
    // The model has room, and what a batch makes of it has not.
    (
      ["synthetic:samples=50000", "--hidden", "3000", "--batch-size", "50000"], 1_000_000,
      "50000 samples that pass through it at a time (--batch-size): a rank needs 1.1 GiB"
    ),
    // One of them would have room.
    (
      ["--hidden", "10000,2000", "--members", "8", "--epochs", "1", "--threads", "1"], 1_500_000,
      "too little memory for a model of 8 members, each mlp 10 → 10000 → 2000 → 3, relu: a rank needs 2.3 GiB"
    ),
    (["synthetic:samples=40000000"], 1_500_000, "too little memory for 40000000 samples of 10 features"),
    // Nobody knows beforehand what a packed text comes to.
    (["data.csv.gz"], 400_000, "too little memory"),
  ])
  func `memory that is refused is said, without a trap`(options: [String], limit: Int, message: String) async throws {
    let folder = try TemporaryFolder()
    if options == ["data.csv.gz"] {
      // 70 million rows, which are not read to their end.
      let script =
        "yes 1,2,3,4,5,6,7,a | head -c 16000000 | gzip -1 > a; for i in $(seq 50); do cat a; done > data.csv.gz"
      try #require(try await runScript(script, in: folder) == 0)
    }
    let outcome = try await Program.trainer.run(
      options + ["--quiet"], in: folder, environment: ["SWIFT_BACKTRACE": "enable=no"],
      wrapper: "ulimit -v \(limit); exec \"$@\"")
    #expect(outcome.exitStatus == 78, "\(outcome.exitStatus) \(outcome.error)")
    #expect(outcome.error.contains(message), "\(outcome.error)")
    #expect(outcome.error.components(separatedBy: "cw-dist-train: error").count == 2, "\(outcome.error)")
  }

  @Test func `no name of a file's commands the terminal`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<30).map { "\($0),\($0 % 2)\n" }.joined()
    try folder.write("größe\u{1B}[31m,label\u{9B}2J\u{7F}\n" + rows, to: "da\u{1B}ta.csv")
    for (arguments, status) in [
      (["da\u{1B}ta.csv", "--epochs", "1"], 0), (["da\u{1B}ta.csv", "--label", "none"], 78),
      (["da\u{1B}ta.csv", "--epochs", "1", "--log", "json"], 0), (["weights", "da\u{1B}ta.csv"], 0),
      (["\u{1B}[2J"], 66),
    ] as [([String], Int32)] {
      let outcome = try await Program.trainer.run(arguments, ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == status, "\(outcome.error)")
      let text = outcome.output + outcome.error
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !(0x00...0x1F).contains($0.value) })
      #expect(text.unicodeScalars.allSatisfy { !(0x7F...0x9F).contains($0.value) })
      // (The table of weights names neither file nor columns.)
      #expect(text.contains("\\u001b") || arguments[0] == "weights")
      if status == 78 { #expect(text.contains("größe\\u001b[31m, label\\u009b2J\\u007f"), "\(text)") }
      if arguments.contains("json") {
        for line in outcome.output.split(separator: "\n") {
          #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any], "\(line)")
        }
      }
    }
  }

  @Test func `messages about files are short, whatever is in the files`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "a: " + String(repeating: "[", count: 9_000) + String(repeating: "]", count: 9_000), to: "deep.yaml")
    try folder.write(String(repeating: "x", count: 20_000) + ": 3\n", to: "long.yaml")
    try folder.write(String(repeating: "y", count: 900) + ": 3\n", to: "key.yaml")
    // 20,000 tensors of one number.
    let names = (0..<20_000).map {
      "\"t\($0)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\($0 * 4),\($0 * 4 + 4)]}"
    }
    let header = Array("{\(names.joined(separator: ","))}".utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    try folder.write(Data(length + header + [UInt8](repeating: 0, count: 80_000)), to: "many.safetensors")
    for (arguments, status, message) in [
      (["--config", "deep.yaml"], 78, "deep.yaml: 1:5: error: parser"), (["--config", "long.yaml"], 78, "long.yaml: "),
      (["--config", "key.yaml"], 78, "Unknown option '--yyy"),
      (["--init", "many.safetensors"], 65, "(it has t0, t1, t2, t3, t4, t5, t6, t7, … (20000 in all))"),
    ] as [([String], Int32, String)] {
      let outcome = try await Program.trainer.run(arguments, ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == status, "\(outcome.error.prefix(500))")
      #expect(outcome.error.utf8.count < 2_000 && outcome.error.contains(message), "\(outcome.error.prefix(2_000))")
    }
  }

  @Test func `--init takes a model of the same classes and features, and no other`() async throws {
    let folder = try TemporaryFolder()
    func table(_ header: String, _ classes: [String]) -> String {
      header + "\n" + (0..<60).map { "\($0 * 7 % 61),\($0 * 7 % 5),\(classes[$0 % classes.count])\n" }.joined()
    }
    try folder.write(table("a,b,kind", ["cat", "dog"]), to: "data.csv")
    try folder.write(table("a,b,kind", ["cat", "fox"]), to: "classes.csv")
    try folder.write(table("b,a,kind", ["cat", "dog"]), to: "order.csv")
    try folder.write(table("p,q,kind", ["cat", "dog"]), to: "renamed.csv")
    let first = try await Program.trainer.run(
      ["data.csv", "--epochs", "1", "--run-dir", "run", "--quiet"], in: folder)
    try #require(first.exitStatus == 0, "\(first.error)")
    for (data, status, message) in [
      ("data.csv", 0, nil), ("renamed.csv", 0, nil),
      ("classes.csv", 65, "is a model of other classes: cat, dog, and not cat, fox"),
      ("order.csv", 65, "its feature 0 is \"a\", that of the data \"b\""),
    ] as [(String, Int32, String?)] {
      let outcome = try await Program.trainer.run(
        [data, "--init", "run/model.safetensors", "--epochs", "1", "--quiet"], ranks: CommandLineTests.ranks, in: folder
      )
      #expect(outcome.exitStatus == status, "\(data): \(outcome.error)")
      #expect(message.map { outcome.error.contains($0) } ?? outcome.error.isEmpty, "\(outcome.error)")
    }
    // Or the folder of a run that has ended, for its model.
    for (name, path) in [("byFile", "run/model.safetensors"), ("byFolder", "run")] {
      let outcome = try await Program.trainer.run(
        ["data.csv", "--init", path, "--epochs", "1", "--quiet", "--run-dir", name], ranks: CommandLineTests.ranks,
        in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    #expect(try folder.data("byFile/model.safetensors") == folder.data("byFolder/model.safetensors"))
    #expect(try folder.data("byFile/model.safetensors") != folder.data("run/model.safetensors"))
    try FileManager.default.removeItem(atPath: folder.path("byFile/model.safetensors"))
    try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: false)
    for (path, message) in [
      ("byFile", "the run in byFile has not ended. --init byFile/checkpoints/step-"),
      ("empty", "empty is a folder, but none of a run"),
    ] {
      let outcome = try await Program.trainer.run(
        ["data.csv", "--init", path, "--epochs", "1"], ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == 65 && outcome.error.contains(message), "\(outcome.error)")
    }
  }

  @Test func `options without effect are named`() async throws {
    for (options, message) in [
      (["--activation", "tanh"], "--activation: a linear model"), (["--dropout", "0.1"], "--dropout: a linear model"),
      (["--momentum", "0.9"], "--momentum: only sgd"),
      (["--optimizer", "sgd", "--betas", "0.8,0.9"], "--betas: sgd has none"),
      (["--optimizer", "sgd", "--epsilon", "1e-6"], "--epsilon: sgd has none"),
      (["--smoothing", "0.3"], "--smoothing: only --class-weights smoothed"),
      (["--beta", "0.9"], "--beta: only --class-weights effective-number"),
      (["--split-seed", "2"], "--split-seed: nothing is drawn"),
    ] {
      let outcome = try await Program.trainer.run(
        options + ["--epochs", "1", "--quiet"], ranks: CommandLineTests.ranks, in: TemporaryFolder())
      #expect(outcome.exitStatus == 0, "\(outcome.error)")
      #expect(
        outcome.error.hasPrefix("cw-dist-train: warning: no effect of \(message)")
          && outcome.error.split(separator: "\n").count == 1, "\(outcome.error)")
    }
  }

  @Test func `a temporary name in the run folder is no way to other files`() async throws {
    let folder = try TemporaryFolder()
    let script = """
      mkdir -p run/checkpoints; echo mine > target; ln -s ../target run/config.yaml.partial
      ln -s ../target run/model.safetensors.partial; mkfifo run/class_weights.json.partial run/summary.json.partial
      ln -s ../../target run/checkpoints/step-0000000032.safetensors.partial; ln -s ../../elsewhere run/checkpoints/.lock
      """
    try #require(try await runScript(script, in: folder) == 0)
    let outcome = try await Program.trainer.run(
      ["--run-dir", "run", "--overwrite", "--epochs", "2", "--quiet"], ranks: CommandLineTests.ranks, in: folder,
      secondsAllowed: 20)
    #expect(outcome.exitStatus == 0 && !outcome.timedOut, "\(outcome.error)")
    #expect(try folder.text("target") == "mine\n")
    #expect(try await runScript("! test -e elsewhere && ! ls run run/checkpoints | grep partial", in: folder) == 0)
  }

  @Test(arguments: [("BUS", 128 + SIGBUS), ("ABRT", 128 + SIGABRT)])
  func `a signal from outside does what it always did`(signal: String, status: Int32) async throws {
    let outcome = try await Program.trainer.run(
      ["--epochs", "1000000", "--quiet"], in: TemporaryFolder(), environment: ["SWIFT_BACKTRACE": "enable=no"],
      signal: (signal, at: 1), secondsAllowed: 20)
    // (The shell that reports the signal has words of its own.)
    #expect(
      outcome.exitStatus == status && !outcome.error.contains("cw-dist-train: "),
      "\(outcome.exitStatus) \(outcome.error)")
  }
}
