#if MPI
  import Foundation
  import TestSupport
  import Testing

  @Suite(.serialized) struct CollectivesOverMPITests {
    /// Ranks of MPICH spin while they wait, so that a dozen on few cores take minutes.
    private static let rankCounts =
      [1, 2, 3, 4, 5, 8] + (ProcessInfo.processInfo.environment["CW_DIST_TRAIN_MPI"] == nil ? [13] : [])

    @Test(arguments: rankCounts)
    func `every collective, at many sizes`(ranks: Int) async throws {
      let outcome = try await Program.rankProgram.run(
        [], ranks: ranks, in: TemporaryFolder(), secondsAllowed: 240)
      #expect(outcome.exitStatus == 0)
      #expect(outcome.output == "checks passed\n")
    }

    @Test func `all ranks leave with the lowest failing rank's error`() async throws {
      let outcome = try await Program.rankProgram.run(["fail-on", "1"], ranks: 4, in: TemporaryFolder())
      #expect(outcome.exitStatus == 65)
      #expect(outcome.output.hasPrefix("rank 1 has no milk\n(rank 1 of 4 on "))
      #expect(outcome.output.contains("3 ranks failed"))
      #expect(!outcome.output.contains("rank 2 has"))
    }

    /// Of other MPI libraries than Open MPI nothing is known.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CW_DIST_TRAIN_MPI"] == nil))
    func `ranks of one host look for no networks, unless somebody has chosen`() async throws {
      for (choice, looks) in [([:], false), (["OMPI_MCA_mtl": "^psm"], true), (["OMPI_MCA_pml": "^ucx"], true)] {
        let outcome = try await Program.trainer.run(
          ["--version"], ranks: 2, in: TemporaryFolder(),
          environment: choice.merging(["OMPI_MCA_pml_base_verbose": "10"]) { $1 })
        #expect(outcome.exitStatus == 0)
        // Else Open MPI says nothing of what it tries, and this checks nothing.
        #expect(outcome.error.contains("component ob1"), "\(outcome.error)")
        #expect(outcome.error.contains("component cm") == looks, "\(choice): \(outcome.error)")
      }
      // What stands in the user's file holds: "monitoring" is there unless somebody leaves it out.
      for (line, excluded) in [
        ("pml = ^monitoring", ["monitoring", "cm"]), ("pml=ob1", ["monitoring", "cm"]), ("# pml = ob1", ["cm"]),
        ("btl = self,vader", ["cm"]),
      ] {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
          atPath: folder.path(".openmpi"), withIntermediateDirectories: true)
        try folder.write("\(line)\n", to: ".openmpi/mca-params.conf")
        let outcome = try await Program.trainer.run(
          ["--version"], ranks: 2, in: folder,
          environment: ["OMPI_MCA_pml_base_verbose": "10", "HOME": folder.path])
        #expect(outcome.exitStatus == 0 && outcome.error.contains("component ob1"), "\(outcome.error)")
        for name in ["cm", "monitoring"] {
          #expect(outcome.error.contains("component \(name)") != excluded.contains(name), "\(line): \(outcome.error)")
        }
      }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["CW_DIST_TRAIN_MPI"] == nil))
    func `ranks of one host copy through memory, unless there is a driver for it, or somebody has chosen`() async throws
    {
      let (name, chosen) = ("OMPI_MCA_btl_vader_single_copy_mechanism", "emulated")
      func found(_ environment: [String: String] = [:], _ line: String = "") async throws -> String {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
          atPath: folder.path(".openmpi"), withIntermediateDirectories: true)
        try folder.write("\(line)\n", to: ".openmpi/mca-params.conf")
        let outcome = try await Program.rankProgram.run(
          ["environment", name], ranks: 2, in: folder,
          environment: environment.merging(["HOME": folder.path]) { $1 })
        #expect(outcome.exitStatus == 0, "\(outcome.error)")
        return outcome.output
      }
      let hasDriver = ["/dev/xpmem", "/dev/knem"].contains(where: FileManager.default.fileExists)
      #expect(try await found() == (hasDriver ? "unset\n" : "none\n"))
      #expect(try await found([name: chosen]) == chosen + "\n")
      #expect(try await found([:], "btl_vader_single_copy_mechanism = \(chosen)") == "unset\n")
      #expect(try await found(["OMPI_MCA_mca_base_param_files": "/dev/null"]) == "unset\n")
    }

    @Test func `an abort ends ranks that wait`() async throws {
      let outcome = try await Program.rankProgram.run(["abort-on", "2"], ranks: 3, in: TemporaryFolder())
      #expect(outcome.exitStatus == 76)
    }
  }
#endif
