#if MPI
  import Foundation
  import TestSupport
  import Testing

  /// Each rank loads only the rows of its own shards.
  @Suite(.serialized) struct MemoryTests {
    @Test func `memory per rank falls as the ranks grow`() async throws {
      // 80 MB of features.
      let folder = try TemporaryFolder()
      var peaks: [Int: Int] = [:]
      for ranks in [1, 2, 4] {
        let outcome = try await Program.trainer.run(
          [
            "synthetic:samples=400000,features=50", "--batch-size", "4096", "--epochs", "1", "--quiet", "--run-dir",
            "run\(ranks)",
          ],
          ranks: ranks, in: folder)
        try #require(outcome.exitStatus == 0, "\(outcome.error)")
        let summary = try JSONSerialization.jsonObject(with: folder.data("run\(ranks)/summary.json")) as? [String: Any]
        let byRank = try #require(summary?["peak_memory_bytes"] as? [Int])
        #expect(byRank.count == ranks)
        peaks[ranks] = byRank.max()
      }
      let (one, two, four) = (peaks[1] ?? 0, peaks[2] ?? 0, peaks[4] ?? 0)
      #expect(one - two > 30_000_000, "\(peaks)")
      #expect(one - four > 50_000_000, "\(peaks)")
    }

    /// Parameters, their gradient and two moments are 16 bytes a parameter; the program itself takes less than 70 MB.
    @Test(arguments: [1, 2])
    func `a checkpoint of a large model takes no memory of the model's size`(ranks: Int) async throws {
      // 4 layers of parameters: 3.7 M, 15 MB of each kind. Both the end of an epoch and the end of the run are saved.
      let folder = try TemporaryFolder()
      let outcome = try await Program.trainer.run(
        [
          "synthetic:samples=300,features=512,classes=3", "--model", "mlp", "--hidden", "2048,1280", "--batch-size",
          "128", "--epochs", "2", "--quiet", "--run-dir", "run",
        ], ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      #expect(try !FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints")).isEmpty)
      let parameters = 513 * 2048 + 2049 * 1280 + 1281 * 3
      #expect(try peak(in: folder, "run") < 16 * parameters + 70_000_000)
    }

    /// Of 400,000 samples and 8 classes all scores are 12.8 MB.
    @Test(arguments: [1, 2])
    func `the last evaluation keeps each score once`(ranks: Int) async throws {
      let folder = try TemporaryFolder()
      let outcome = try await Program.trainer.run(
        [
          "synthetic:samples=400000,features=4,classes=8", "--batch-size", "4096", "--epochs", "1", "--quiet",
          "--run-dir", "run",
        ], ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      let (data, scores) = (400_000 * (4 * 4 + 4 + 4) / ranks, 400_000 * 8 * 4 / ranks)
      #expect(try peak(in: folder, "run") < data + scores + 70_000_000)
    }

    /// Of the rank that has most.
    private func peak(in folder: TemporaryFolder, _ run: String) throws -> Int {
      let summary = try JSONSerialization.jsonObject(with: folder.data("\(run)/summary.json")) as? [String: Any]
      return try #require((summary?["peak_memory_bytes"] as? [Int])?.max())
    }

    @Test func `a file larger than what a rank may use is trained on by several`() async throws {
      // 91 MB of text, 180 MB of features.
      let folder = try TemporaryFolder()
      let lines = (0..<1_000).map { row in
        (0..<90).map { "\((row * row + 31 * $0 * row + $0 * $0 / 7) % 10)," }.joined() + "\(row % 3)\n"
      }
      let block = Data(lines.joined().utf8)
      var text = Data(capacity: 500 * block.count)
      for _ in 0..<500 { text += block }
      let path = try folder.write(text, to: "data.csv")
      // Of memory that is a rank's own, in KiB; pages of the mapped file are not.
      let limit = "ulimit -d 88000; exec \"$@\""
      var statuses: [Int: Int32] = [:]
      for ranks in [1, 4] {
        let outcome = try await Program.trainer.run(
          [path, "--batch-size", "4096", "--epochs", "1", "--quiet", "--run-dir", "run\(ranks)"], ranks: ranks,
          in: folder, environment: ["SWIFT_BACKTRACE": "enable=no"], wrapper: limit)
        statuses[ranks] = outcome.exitStatus
      }
      #expect(statuses[1] != 0, "one rank was not to hold the file")
      #expect(statuses[4] == 0)
    }
  }
#endif
