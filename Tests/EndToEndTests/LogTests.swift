import Foundation
import TestSupport
import Testing

/// What a run's folder tells of the night.
@Suite(.serialized) struct LogTests {
  private func entries(_ folder: TemporaryFolder) throws -> [[String: Any]] {
    try folder.text("run/log.jsonl").split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func events(_ folder: TemporaryFolder) throws -> [String] {
    try entries(folder).compactMap { $0["event"] as? String }
  }

  private func run(
    _ arguments: [String], ranks: Int? = CommandLineTests.ranks, in folder: TemporaryFolder, wrapper: String? = nil
  ) async throws -> Program.Outcome {
    try await Program.trainer.run(
      arguments + ["--run-dir", "run", "--quiet"], ranks: ranks, in: folder, wrapper: wrapper)
  }

  @Test func `a whole run has its beginning, its warnings, its epochs and its end`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await run(
      ["--epochs", "3", "--momentum", "0.5", "--schedule", "linear", "--validation-fraction", "0.2"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(try events(folder) == ["warning", "begin", "epoch", "epoch", "epoch", "end"])
    let entries = try entries(folder)
    #expect((entries[0]["text"] as? String)?.hasPrefix("no effect of --momentum") == true)
    #expect((entries[1]["hosts"] as? [String])?.count == entries[1]["ranks"] as? Int)
    #expect(entries[1]["ranks"] as? Int == CommandLineTests.ranks ?? 1)
    let rates = entries.compactMap { $0["learning_rate"] as? Double }
    #expect(rates.count == 3 && rates == rates.sorted(by: >) && rates[0] < 1e-3 && rates[2] > 0)
    #expect(entries[2...4].allSatisfy { ($0["seconds"] as? Double ?? -1) >= 0 && $0["validation_loss"] is Double })
    let times = entries.compactMap { $0["time"] as? String }
    #expect(times.count == 6 && times == times.sorted() && times.allSatisfy { $0.hasSuffix("Z") && $0.count == 20 })
    #expect((entries[5]["peak_memory_bytes"] as? [Int])?.count == CommandLineTests.ranks ?? 1)
    let lines = try folder.text("run/log.txt").split(separator: "\n")
    #expect(lines.count == 6 && lines[4].contains("epoch 3/3, step ") && lines[5].contains("completed after"))
    #expect(try !folder.text("run/metrics.jsonl").contains("seconds"))
  }

  @Test func `a killed run, a stopped one and a whole one are told apart`() async throws {
    let folder = try TemporaryFolder()
    let endless = ["synthetic:samples=20000", "--hidden", "6", "--epochs", "1000000", "--checkpoint-every", "50"]
    let stopped = try await run(endless + ["--max-time", "2"], in: folder)
    #expect(stopped.exitStatus == 75, "\(stopped.error)")
    #expect(try events(folder).first == "begin" && events(folder).last == "stop")
    #expect(try entries(folder).last?["text"] as? String == "the end of --max-time")
    // Alone, and killed without a chance to say so.
    let killed = try await run(
      endless + ["--resume", "auto"], ranks: nil, in: folder, wrapper: nil, killedAfter: 2)
    #expect(killed.exitStatus != 0)
    let checkpoints = try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))
    let newest = try #require(checkpoints.filter { $0.hasSuffix(".safetensors") }.max())
    let last = try #require(Int(newest.dropFirst("step-".count).prefix(10)))
    let whole = try await run(endless + ["--resume", "auto", "--max-steps", String(last + 200)], in: folder)
    try #require(whole.exitStatus == 0, "\(whole.error)")
    #expect(
      try events(folder).filter { $0 != "epoch" && $0 != "note" } == ["begin", "stop", "resume", "resume", "end"])

    let story = try await Program.trainer.run(["inspect", "run"], in: folder)
    let lines = story.output.split(separator: "\n").filter { $0.hasPrefix("log      ") }
    #expect(lines.count == 3, "\(story.output)")
    #expect(
      lines[0].contains(" began on \(CommandLineTests.ranks ?? 1) rank") && lines[0].contains("(the end of --max-time)")
    )
    #expect(lines[1].contains(" went on on 1 rank") && lines[1].contains("ended without a word"))
    #expect(lines[2].contains("completed after"))
  }

  private func run(
    _ arguments: [String], ranks: Int?, in folder: TemporaryFolder, wrapper: String?, killedAfter seconds: Int
  ) async throws -> Program.Outcome {
    try await run(
      arguments, ranks: ranks, in: folder, wrapper: "\"$@\" & job=$!; sleep \(seconds); kill -KILL $job; wait $job")
  }

  @Test func `a run that fails says why`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await run(
      ["--learning-rate", "1e38", "--optimizer", "sgd", "--epochs", "4"], in: folder)
    #expect(outcome.exitStatus == 65, "\(outcome.error)")
    let last = try #require(try entries(folder).last)
    #expect(
      last["event"] as? String == "failure" && (last["text"] as? String)?.contains("not finite") == true, "\(last)")
  }

  @Test func `--overwrite begins a new log`() async throws {
    let folder = try TemporaryFolder()
    for _ in 0..<2 {
      let outcome = try await run(["--epochs", "1", "--overwrite"], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    #expect(try events(folder) == ["begin", "epoch", "end"])
    #expect(try folder.text("run/log.txt").split(separator: "\n").count == 3)
  }
}
