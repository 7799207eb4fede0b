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
  }
#endif
