import Foundation
import TestSupport
import Testing

/// `reproduce`, as a user types it.
@Suite(.serialized) struct ReproduceTests {
  #if MPI
    static let rankCounts: [Int?] = [nil, 1, 2, 3]
  #else
    static let rankCounts: [Int?] = [nil]
  #endif

  /// A table of so many rows, and the options of a run on it.
  private func writeTable(_ rows: Int = 240, to name: String, in folder: TemporaryFolder) throws {
    let text = (0..<rows).map { "\($0 * 7 % 31),\($0 * $0 % 97),\(["red", "blue"][$0 % 2]),\($0 % 5 % 3)\n" }.joined()
    try folder.write("a,b,color,kind\n" + text, to: name)
  }

  private func train(_ arguments: [String], in folder: TemporaryFolder) async throws {
    let outcome = try await Program.trainer.run(arguments + ["--quiet"], ranks: CommandLineTests.ranks, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
  }

  private func reproduce(
    _ arguments: [String], ranks: Int? = nil, in folder: TemporaryFolder
  ) async throws -> Program.Outcome {
    try await Program.trainer.run(["reproduce"] + arguments, ranks: ranks, in: folder)
  }

  private let options = ["table.csv", "--hidden", "5", "--epochs", "3", "--validation-fraction", "0.2"]

  @Test(arguments: rankCounts)
  func `a run has the same bits again, and this is said and shown`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    try writeTable(to: "table.csv", in: folder)
    try await train(options + ["--run-dir", "run"], in: folder)
    let outcome = try await reproduce(["run"], ranks: ranks, in: folder)
    #expect(outcome.exitStatus == 0 && outcome.error.isEmpty, "\(outcome.error)")
    #expect(outcome.output.components(separatedBy: "   =\n").count == 7, "\(outcome.output)")
    #expect(
      outcome.output.contains("The same bits: 6 lines of metrics.jsonl, the checkpoint of step 18, model.safetensors."))
    #expect(
      outcome.output.contains("\nthen     cw-dist-train 0.")
        && outcome.output.contains("\(CommandLineTests.ranks ?? 1) rank"))
    #expect(outcome.output.contains("\(ranks ?? 1) rank"))
    // What sha256sum says.
    try #require(try await runScript("sha256sum < run/model.safetensors | cut -c1-64 > sum", in: folder) == 0)
    let sum = try folder.text("sum").trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(outcome.output.components(separatedBy: sum).count == 3)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["run", "sum", "table.csv"])
  }

  @Test(arguments: [nil, CommandLineTests.ranks])
  func `a difference has its epoch, both figures and an exit code of its own`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    try writeTable(to: "table.csv", in: folder)
    try await train(options + ["--run-dir", "run"], in: folder)
    let text = try folder.text("run/metrics.jsonl")
    var lines = text.split(separator: "\n").map { String($0) }
    let samples = try #require(lines[2].firstMatch(of: #/"samples":(\d+)/#)?.output.1)
    lines[2] = lines[2].replacing("\"samples\":\(samples)", with: "\"samples\":7777")
    try folder.write(lines.joined(separator: "\n") + "\n", to: "run/metrics.jsonl")
    let outcome = try await reproduce(["run"], ranks: ranks, in: folder)
    #expect(outcome.exitStatus == 65 && !outcome.error.contains("error:"), "\(outcome.error)")
    #expect(
      outcome.output.contains("Not the same: from epoch 2 on (step 12), first in its train line"), "\(outcome.output)")
    #expect(outcome.output.contains("7777  \(samples)\n"), "\(outcome.output)")
    #expect(outcome.output.contains("--to-the-end goes on") && !outcome.output.contains("SHA-256"))
    let whole = try await reproduce(["run", "--to-the-end"], ranks: ranks, in: folder)
    #expect(
      whole.exitStatus == 65 && whole.output.contains("it is rather this line that was changed"), "\(whole.output)")
    let json = try await reproduce(["run", "--json"], ranks: ranks, in: folder)
    #expect(json.exitStatus == 65)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["verdict"] as? String == "differs" && object["stopped_early"] as? Bool == true)
    let line = try #require((object["differing_lines"] as? [[String: Any]])?.first)
    #expect(line["epoch"] as? Int == 2 && line["split"] as? String == "train")
    let quiet = try await reproduce(["run", "--quiet"], ranks: ranks, in: folder)
    #expect(quiet.exitStatus == 65 && quiet.output.isEmpty && !quiet.error.contains("cw-dist-train:"))
  }

  // (A job that fails takes mpirun a second; the threads of ReproductionTests are of more rank counts.)
  @Test(arguments: [nil, CommandLineTests.ranks])
  func `data that is missing, moved or changed`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    try writeTable(to: "table.csv", in: folder)
    try writeTable(80, to: "other.csv", in: folder)
    try await train(
      ["table.csv", "--validation", "other.csv", "--epochs", "2", "--run-dir", "run"], in: folder)
    try #require(
      try await runScript("mkdir moved; mv table.csv other.csv moved; gzip moved/other.csv", in: folder) == 0)
    let missing = try await reproduce(["run"], ranks: ranks, in: folder)
    #expect(missing.exitStatus == 66)
    for part in [
      "cannot open table.csv", "240 training samples, 80 for validation of 4 features and 3 classes",
      "cw-dist-train reproduce run --data PATH",
    ] { #expect(missing.error.contains(part), "\(missing.error)") }
    let validation = try await reproduce(["run", "--data", "moved/table.csv"], ranks: ranks, in: folder)
    #expect(
      validation.exitStatus == 66 && validation.error.contains("reproduce run --validation PATH"), "\(validation.error)"
    )
    let moved = ["--data", "moved/table.csv", "--validation", "moved/other.csv.gz"]
    let found = try await reproduce(["run"] + moved, ranks: ranks, in: folder)
    #expect(found.exitStatus == 0 && found.output.contains("The same bits"), "\(found.error)\(found.output)")

    let rename = "sed -i 1s/b/weight/ moved/table.csv; gunzip moved/other.csv.gz; sed -i 1s/b/weight/ moved/other.csv"
    for (change, message) in [
      ("sed -i '$d' moved/table.csv", "has 239 samples instead of 240"),
      ("sed -i '9s/^[0-9]*/30/' moved/table.csv", "its training part has other values in as many"),
      ("\(rename); gzip moved/other.csv", "its feature 1 is now called \"weight\", and was \"b\""),
    ] {
      try writeTable(to: "moved/table.csv", in: folder)
      try #require(try await runScript(change, in: folder) == 0)
      let outcome = try await reproduce(["run"] + moved, ranks: ranks, in: folder)
      #expect(outcome.exitStatus == 65 && outcome.output.isEmpty, "\(change): \(outcome.output)")
      #expect(outcome.error.contains(message), "\(change): \(outcome.error)")
      #expect(outcome.error.components(separatedBy: "error:").count == 2)
    }
  }

  @Test func `files of weights and of first parameters are named where they are missing or changed`() async throws {
    let folder = try TemporaryFolder()
    try writeTable(to: "table.csv", in: folder)
    try folder.write("class,weight\n0,1\n1,2.5\n2,4\n", to: "weights.csv")
    try await train(["table.csv", "--epochs", "1", "--run-dir", "first"], in: folder)
    try await train(
      [
        "table.csv", "--epochs", "2", "--class-weights", "weights.csv", "--init", "first/model.safetensors",
        "--run-dir", "run",
      ],
      in: folder)
    try folder.write("class,weight\n0,1\n1,2.5\n2,5\n", to: "weights.csv")
    let changed = try await reproduce(["run"], in: folder)
    #expect(changed.exitStatus == 65, "\(changed.output)")
    #expect(
      changed.error.contains("that of class \"2\" is 5.0 now, and was 4.0. weights.csv was changed"), "\(changed.error)"
    )
    try #require(try await runScript("rm weights.csv; mv first/model.safetensors first.safetensors", in: folder) == 0)
    let missing = try await reproduce(["run"], in: folder)
    #expect(
      missing.exitStatus == 66 && missing.error.contains("--class-weights run/class_weights.json"), "\(missing.error)")
    let weights = ["--class-weights", "run/class_weights.json"]
    let beginning = try await reproduce(["run"] + weights, in: folder)
    #expect(beginning.exitStatus == 66 && beginning.error.contains("reproduce run --init PATH"), "\(beginning.error)")
    let found = try await reproduce(
      ["run"] + weights + ["--init", "first.safetensors", "--threads", "2"], ranks: CommandLineTests.ranks, in: folder)
    #expect(found.exitStatus == 0, "\(found.error)\(found.output)")
    // Other first parameters are found by training alone.
    let other = try await reproduce(["run"] + weights + ["--init", "run/model.safetensors"], in: folder)
    #expect(other.exitStatus == 65 && other.output.contains("from epoch 1 on"), "\(other.output)")
    #expect(other.output.contains("nothing tells whether that file is as it was"))
  }

  @Test func `a run that was stopped is compared as far as it came, and one that was gone on with as a whole`()
    async throws
  {
    let folder = try TemporaryFolder()
    let options = ["synthetic:samples=30000", "--hidden", "16", "--batch-size", "64"]
    let stopped = try await Program.trainer.run(
      options + ["--epochs", "5000", "--run-dir", "run", "--quiet", "--max-time", "1"], in: folder)
    #expect(stopped.exitStatus == 75, "\(stopped.error)")
    let outcome = try await reproduce(["run"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(outcome.output.contains("not come to its end"), "\(outcome.output)")
    #expect(outcome.output.contains("The same bits as far as the run had come: "), "\(outcome.output)")
    #expect(outcome.output.contains("checkpoint: parameters, optimizer's memory  =\n"))

    let done = try folder.text("run/metrics.jsonl").split(separator: "\n").count
    let more = try await Program.trainer.run(
      ["--resume", "run", "--epochs", "\(done + 2)", "--quiet"], ranks: CommandLineTests.ranks, in: folder)
    #expect(more.exitStatus == 0, "\(more.error)")
    let whole = try await reproduce(["run"], in: folder)
    #expect(whole.exitStatus == 0 && whole.output.contains("The same bits: \(done + 2) lines"), "\(whole.output)")
  }

  @Test func `of members the checkpoint is compared that one of them was stopped with`() async throws {
    let folder = try TemporaryFolder()
    let options = ["synthetic:samples=3000", "--members", "3", "--hidden", "16", "--threads", "1", "--quiet"]
    let stopped = try await Program.trainer.run(
      options + ["--epochs", "20000", "--run-dir", "run", "--max-time", "1"], in: folder)
    #expect(stopped.exitStatus == 75, "\(stopped.error)")
    let outcome = try await reproduce(["run"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(outcome.output.contains("The same bits as far as the run had come: "), "\(outcome.output)")
    #expect(outcome.output.contains("checkpoint: parameters, optimizer's memory  =\n"), "\(outcome.output)")
  }

  @Test func `a run that was gone on with by other rules is not blamed on the user`() async throws {
    let folder = try TemporaryFolder()
    try writeTable(to: "table.csv", in: folder)
    try await train(["table.csv", "--epochs", "2", "--run-dir", "run"], in: folder)
    try await train(["--resume", "run", "--epochs", "3", "--learning-rate", "0.1", "--force"], in: folder)
    try await train(["--resume", "run", "--epochs", "8", "--keep", "1"], in: folder)
    let outcome = try await reproduce(["run"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 65, "\(outcome.output)")
    let words =
      "at step 16 the run was gone on with by other rules than before, and its config.yaml has the last ones alone: --learning-rate 0.001 (now 0.1)"
    #expect(outcome.output.components(separatedBy: words).count == 3, "\(outcome.output)")
  }

  @Test func `the same values, written with other marks, are the same run`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<60).map { "\($0 * 7 % 11);\($0 * 5 % 13).5;\($0 % 2 == 0 ? "a" : "b")\n" }
    let text = "x;y;kind\n" + rows.joined()
    try folder.write(text.replacingOccurrences(of: ";", with: ","), to: "t.csv")
    try folder.write(text.replacingOccurrences(of: ".", with: ","), to: "u.csv")
    let trained = try await Program.trainer.run(
      ["t.csv", "--recipe", "plain", "--epochs", "2", "--quiet", "--run-dir", "run"], in: folder)
    #expect(trained.exitStatus == 0, "\(trained.error)")
    let again = try await Program.trainer.run(["reproduce", "run", "--data", "u.csv"], in: folder)
    #expect(
      again.exitStatus == 0 && again.output.contains("only now: data with delimiter ;, decimal comma"),
      "\(again.output)\(again.error)")
  }

  @Test func `it stops in good order, and says how far it came`() async throws {
    let folder = try TemporaryFolder()
    let options = ["synthetic:samples=30000", "--hidden", "64", "--batch-size", "64", "--epochs", "240"]
    try await train(options + ["--run-dir", "run"], in: folder)
    let outcome = try await Program.trainer.run(
      ["reproduce", "run", "--run-dir", "again"], ranks: CommandLineTests.ranks, in: folder,
      signal: ("USR1", .written(file: "again/metrics.jsonl")))
    #expect(outcome.exitStatus == 75, "\(outcome.error)")
    #expect(outcome.output.contains("stopped on request; up to there the same: "), "\(outcome.output)")
  }

  @Test func `the new run is kept where a folder is named`() async throws {
    let folder = try TemporaryFolder()
    try writeTable(to: "table.csv", in: folder)
    try await train(options + ["--run-dir", "run"], in: folder)
    let outcome = try await reproduce(["run", "--run-dir", "again"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    for file in ["model.safetensors", "metrics.jsonl", "config.yaml", "class_weights.json", "report.html"] {
      #expect(try folder.data("run/\(file)") == folder.data("again/\(file)"), "\(file)")
    }
    let taken = try await reproduce(["run", "--run-dir", "run"], in: folder)
    #expect(taken.exitStatus == 73 && taken.error.contains("is not empty"), "\(taken.error)")
  }

  @Test func `what cannot be reproduced is said to be so`() async throws {
    let folder = try TemporaryFolder()
    try await train(["--epochs", "1", "--run-dir", "run", "--shards", "4"], in: folder)
    try #require(
      try await runScript(
        "mkdir empty begun; cp run/config.yaml begun; cp -r run odd; echo 'no-such: 1' >> odd/config.yaml", in: folder)
        == 0)
    for (arguments, status, message) in [
      (["nothing"], 66, "there is no nothing"), (["empty"], 65, "lacks config.yaml"),
      (["run/model.safetensors"], 65, "takes the folder of a run"),
      (["begun"], 65, "holds nothing yet to compare with"),
      (["odd"], 78, "odd/config.yaml: "), ([], 64, "<run>"), (["run", "--epochs", "2"], 64, "--epochs"),
      (["run", "--json", "--quiet"], 64, "--quiet: expected"),
    ] as [([String], Int32, String)] {
      let outcome = try await reproduce(arguments, in: folder)
      #expect(outcome.exitStatus == status && outcome.error.contains(message), "\(arguments): \(outcome.error)")
    }
    #if MPI
      let outcome = try await reproduce(["run"], ranks: 5, in: folder)
      #expect(outcome.exitStatus == 78, "\(outcome.error)")
      #expect(outcome.error.contains("trained with 4 shards, which 5 ranks cannot share"), "\(outcome.error)")
    #endif
  }
}
