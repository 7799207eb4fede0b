import Foundation
import TestSupport
import Testing

/// Promises 5 and 6 for what happens to a job from outside: it ends in good order, or at least in bounded time with a
/// message; and it can be gone on with, to the same bits.
@Suite(.serialized) struct InterruptionTests {
  /// More than any test waits for.
  private static let endless = [
    "synthetic:samples=20000", "--hidden", "6", "--epochs", "1000000",
    // On ranks that share a core an epoch may take longer than a test waits.
    "--checkpoint-every", "50",
  ]

  /// Goes on with a run for some steps, and compares its files with those of an uninterrupted one.
  private func expectSameBits(in folder: TemporaryFolder, ranks: Int?) async throws {
    let newest = try #require(try checkpoints(in: folder).last { $0.hasSuffix(".safetensors") })
    let step = try #require(Int(newest.dropFirst("step-".count).prefix(10)))
    let length = ["--max-steps", String(step + 700), "--quiet", "--run-dir"]
    let outcome = try await Program.trainer.run(
      Self.endless + length + ["run", "--resume", "auto"], ranks: ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    let whole = try await Program.trainer.run(Self.endless + length + ["whole"], in: folder)
    #expect(whole.exitStatus == 0, "\(whole.error)")
    for file in ["model.safetensors", "metrics.jsonl", "confusion_matrix.csv", "config.yaml", "report.html"] {
      #expect(try folder.data("run/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
  }

  private func checkpoints(in folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))
      .filter { !$0.hasPrefix(".") }.sorted()
  }

  // MARK: Stops

  @Test func `SIGUSR1 saves a checkpoint, and the run goes on with other ranks to the same bits`() async throws {
    let folder = try TemporaryFolder()
    // The shell sends the signal to mpirun, which passes it on.
    let outcome = try await Program.trainer.run(
      Self.endless + ["--run-dir", "run"], ranks: CommandLineTests.ranks, in: folder, signal: ("USR1", at: 1))
    #expect(outcome.exitStatus == 75, "\(outcome.error)")
    #expect(outcome.output.contains("stopped on request after"))
    #expect(outcome.output.contains("--run-dir run --resume auto goes on from it"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/model.safetensors")))
    try await expectSameBits(in: folder, ranks: CommandLineTests.ranks.map { _ in 2 })
  }

  @Test(arguments: [["--max-time", "1"], ["--max-time", "0:01"], ["--max-time", "0-00:00:01"]])
  func `the end of the time stops a run in good order`(limit: [String]) async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      Self.endless + ["--run-dir", "run"] + limit, ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 75, "\(outcome.error)")
    #expect(try !checkpoints(in: folder).isEmpty)
  }

  @Test func `Ctrl-C stops in good order, a second one at once`() async throws {
    let folder = try TemporaryFolder()
    // A job of its own, since what a script starts in the background ignores it.
    let first = try await Program.trainer.run(
      Self.endless + ["--run-dir", "run", "--quiet"], in: folder,
      wrapper: "set -m; \"$@\" & sleep 1; kill -INT $!; wait $!")
    #expect(first.exitStatus == 75, "\(first.error)")
    #expect(
      first.error.contains("\ncw-dist-train: stopping in good order; press Ctrl-C again to end at once\n"),
      "\(first.error)")
    try await expectSameBits(in: folder, ranks: CommandLineTests.ranks.map { _ in 2 })
    // A step of seconds, within which nothing is asked.
    let second = try await Program.trainer.run(
      ["synthetic:samples=60000", "--hidden", "900,900", "--batch-size", "60000", "--quiet", "--run-dir", "slow"],
      in: folder, wrapper: "set -m; \"$@\" & sleep 2; kill -INT $!; sleep 0.1; kill -INT $!; wait $!")
    #expect(second.exitStatus == 130, "\(second.error)")
    // Who has it ignored has a reason.
    let ignored = try await Program.trainer.run(
      Self.endless + ["--run-dir", "ignored", "--quiet", "--max-time", "2"], in: folder,
      wrapper: "\"$@\" & sleep 1; kill -INT $!; wait $!")
    #expect(ignored.exitStatus == 75 && ignored.error.isEmpty, "\(ignored.error)")
  }

  #if MPI
    @Test func `Ctrl-C at the launcher stops all ranks with a checkpoint`() async throws {
      let folder = try TemporaryFolder()
      // As a terminal does it: to the launcher's process group, which ranks may be in or not.
      let script = """
        set -m; "$MPIRUN" -np 3 "$TRAINER" synthetic:samples=20000 --hidden 6 --epochs 1000000 --run-dir run --quiet &
        sleep 3; kill -INT -- -$!; wait $! || true; ls run/checkpoints/step-*
        """
      let trainer = Program.trainer.path
      let mpirun = ProcessInfo.processInfo.environment["MPIRUN"] ?? "mpirun"
      let variables =
        "export MPIRUN=\(mpirun) TRAINER=\(trainer) OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
        + "OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1\n"
      #expect(try await runScript(variables + script, in: folder) == 0)
      try await expectSameBits(in: folder, ranks: 2)
    }
  #endif

  @Test func `a stop while the data is read is no error`() async throws {
    let folder = try TemporaryFolder()
    // A packed file of 800 MB, which takes seconds to read.
    let script = """
      block=$(for i in $(seq 1000); do echo "$i.25,$((i * i % 977)).5,$((i % 13)),$((i % 3))"; done)
      for i in $(seq 40); do echo "$block"; done > part.csv
      for i in $(seq 1000); do cat part.csv; done | gzip -1 > data.csv.gz
      """
    try #require(try await runScript(script, in: folder) == 0)
    for (signal, name) in [("USR1", "USR1"), ("TERM", "TERM")] {
      let outcome = try await Program.trainer.run(
        ["data.csv.gz", "--run-dir", "run-\(name)"], in: folder, signal: (signal, at: 1))
      #expect(outcome.exitStatus == 75)
      #expect(
        outcome.error
          == "cw-dist-train: stopped on request before training began; there is nothing to save: run it again\n")
    }
  }

  // MARK: Resuming

  @Test func `--resume auto begins where there is nothing, and passes over what is damaged`() async throws {
    let folder = try TemporaryFolder()
    // Epochs of milliseconds may go without a checkpoint; a step that is asked for does not.
    let arguments = ["--run-dir", "run", "--resume", "auto", "--checkpoint-every", "32"]
    let first = try await Program.trainer.run(arguments, in: folder)
    #expect(first.exitStatus == 0 && !first.output.contains("resumed"), "\(first.error)")
    // A folder that is mistyped has no run either.
    let remark = "run has no run to go on with, and no DATA is named: a new run begins"
    #expect(first.error.contains(remark), "\(first.error)")
    let names = try checkpoints(in: folder)
    #expect(names.count == 3)
    let newest = "run/checkpoints/\(names[2])"
    var bytes = try folder.data(newest)
    bytes[bytes.count / 2] ^= 4
    try folder.write(bytes, to: newest)
    let second = try await Program.trainer.run(
      arguments + ["--epochs", "12"], ranks: CommandLineTests.ranks, in: folder)
    #expect(second.exitStatus == 0, "\(second.error)")
    #expect(second.error.contains("passed over: the checkpoint \(newest) is damaged"), "\(second.error)")
    #expect(!second.error.contains(remark))
    #expect(second.output.contains("resumed  from run/checkpoints/\(names[1])"))
    let whole = try await Program.trainer.run(
      ["--run-dir", "whole", "--epochs", "12", "--checkpoint-every", "32", "--quiet"], in: folder)
    #expect(whole.exitStatus == 0)
    for file in ["model.safetensors", "metrics.jsonl", "config.yaml"] {
      #expect(try folder.data("run/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
  }

  @Test func `a checkpoint of another run is refused with the difference`() async throws {
    let folder = try TemporaryFolder()
    let first = try await Program.trainer.run(["--run-dir", "run", "--epochs", "2", "--quiet"], in: folder)
    #expect(first.exitStatus == 0)
    for (options, status, message) in [
      (["--learning-rate", "0.1"], 78, "--learning-rate 0.001 (now 0.1)"),
      (["--shards", "5"], 78, "--shards 8 (now 5)"), (["--hidden", "4"], 78, "--model linear (now mlp)"),
      (["synthetic:samples=1001"], 78, "1001 samples instead of 1000 samples"),
      (["synthetic:seed=1"], 78, "other values"), (["--run-dir", "other", "--resume", "nowhere"], 66, "nowhere"),
      (["--overwrite"], 64, "not both"), (["--epochs", "1"], 78, "is beyond --epochs 1"),
      (["--class-weights", "1,2,3"], 78, "--class-weights balanced (now 1,2,3)"),
    ] as [([String], Int32, String)] {
      let outcome = try await Program.trainer.run(
        ["--run-dir", "run", "--epochs", "2", "--resume", "auto"] + options, ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == status, "\(options): \(outcome.error)")
      #expect(outcome.error.contains(message), "\(outcome.error)")
      #expect(outcome.error.components(separatedBy: "error:").count == 2)
    }
    let forced = try await Program.trainer.run(
      ["--run-dir", "run", "--epochs", "3", "--resume", "auto", "--learning-rate", "0.1", "--force"], in: folder)
    #expect(forced.exitStatus == 0, "\(forced.error)")
    // A folder of the user's own is not written into.
    try folder.write("mine", to: "notes.txt")
    let foreign = try await Program.trainer.run(["--run-dir", ".", "--resume", "auto"], in: folder)
    #expect(foreign.exitStatus == 73, "\(foreign.error)")
  }

  @Test func `a complete run without a whole checkpoint is not replaced, an unfinished one begins again`() async throws
  {
    let folder = try TemporaryFolder()
    let arguments = ["--run-dir", "run", "--epochs", "2", "--quiet", "--resume", "auto"]
    #expect(try await Program.trainer.run(arguments, in: folder).exitStatus == 0)
    let model = try folder.data("run/model.safetensors")
    for name in try checkpoints(in: folder) {
      try folder.write(folder.data("run/checkpoints/\(name)").dropLast(), to: "run/checkpoints/\(name)")
    }
    let refused = try await Program.trainer.run(arguments, in: folder)
    #expect(refused.exitStatus == 65 && refused.error.contains("of which no checkpoint is whole"), "\(refused.error)")
    #expect(try folder.data("run/model.safetensors") == model)
    for file in ["model.safetensors", "summary.json", "confusion_matrix.csv", "report.html", "report.json"] {
      try FileManager.default.removeItem(atPath: folder.path("run/\(file)"))
    }
    let again = try await Program.trainer.run(arguments, in: folder)
    #expect(again.exitStatus == 0 && again.error.components(separatedBy: "passed over").count == 3, "\(again.error)")
    #expect(try folder.data("run/model.safetensors") == model)
    #expect(try checkpoints(in: folder).count { $0.hasSuffix(".passed-over") } == 2)
  }

  @Test func `a second job in a run folder is refused`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      Self.endless + ["--run-dir", "run", "--quiet", "--resume", "auto", "--max-time", "4"], in: folder,
      wrapper: "\"$@\" & sleep 1.5; \"$@\"; second=$?; wait $! || first=$?; exit $((10 * (second - 73) + first - 75))")
    #expect(outcome.exitStatus == 0)
    #expect(outcome.error.contains("another job writes into the run directory run"), "\(outcome.error)")
  }

  @Test func `a checkpoint that is being written when the run fails is there in the end`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<80).map { "\($0 % 7),\($0 % 5),\($0 % 2)\n" }.joined()
    try folder.write("a,b,y\n" + rows + "3e38,-3e38,1\n", to: "data.csv")
    let outcome = try await Program.trainer.run(
      ["data.csv", "--standardize", "no", "--sampler", "sequential", "--shards", "1", "--batch-size", "8"]
        + ["--hidden", "3000,1000", "--checkpoint-every", "10", "--run-dir", "run"], in: folder)
    #expect(outcome.exitStatus == 65 && outcome.error.contains("at step 10 is not finite"), "\(outcome.error)")
    #expect(outcome.error.contains("The last checkpoint is run/checkpoints/step-0000000010.safetensors"))
    #expect(try checkpoints(in: folder) == ["step-0000000010.safetensors"])
  }

  @Test func `a signal before the program has come to itself is a request, too`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      Self.endless + ["--run-dir", "run", "--quiet"], ranks: CommandLineTests.ranks, in: folder,
      wrapper:
        "\"$@\" & sleep 0.1; kill -USR1 $!; while kill -0 $! 2> /dev/null; do wait $! && code=0 || code=$?; done; exit $code"
    )
    #expect(outcome.exitStatus == 75, "\(outcome.error)")
  }

  // MARK: Failures

  #if MPI
    @Test(arguments: ["KILL", "ABRT"])
    func `a rank that is gone is named at once, and the run goes on from its checkpoint`(signal: String) async throws {
      let folder = try TemporaryFolder()
      let start = ContinuousClock.now
      let outcome = try await Program.trainer.run(
        Self.endless + ["--run-dir", "run", "--quiet"], ranks: 3, in: folder,
        environment: ["SWIFT_BACKTRACE": "enable=no"], signal: ("\(signal) one rank", at: 2))
      #expect(ContinuousClock.now - start < .seconds(15))
      // The launcher's own code for the signal, or ours where ours comes first.
      #expect([76, 128 + 9, 128 + 6].contains(outcome.exitStatus), "\(outcome.exitStatus)")
      #expect(
        outcome.error.contains(/rank \d of 3 on \S+ has ended without a word, at step \d+/), "\(outcome.error)")
      #expect(outcome.error.components(separatedBy: "cw-dist-train: error").count == 2, "\(outcome.error)")
      try await expectSameBits(in: folder, ranks: 2)
    }

    @Test func `a rank that is gone while classes are counted is named, too`() async throws {
      let outcome = try await Program.trainer.run(
        ["weights", "synthetic:samples=60000000,features=1"], ranks: 3, in: TemporaryFolder(),
        environment: ["SWIFT_BACKTRACE": "enable=no"], signal: ("KILL one rank", at: 2))
      #expect([76, 128 + 9].contains(outcome.exitStatus), "\(outcome.exitStatus)")
      #expect(
        outcome.error.contains(/rank \d of 3 on \S+ has ended without a word, at step 0/), "\(outcome.error)")
    }

    @Test func `a rank that is stopped is named when the time is up`() async throws {
      let outcome = try await Program.trainer.run(
        Self.endless + ["--quiet", "--timeout", "3"], ranks: 3, in: TemporaryFolder(),
        signal: ("STOP one rank", at: 2), secondsAllowed: 20)
      #expect(!outcome.timedOut)
      #expect(outcome.exitStatus == 76)
      #expect(
        outcome.error.contains(
          /rank 0 of 3 on \S+ has waited 3 s .* rank \d on \S+ has not arrived: it gives no sign of life for \d s, after step \d+/
        ),
        "\(outcome.error)")
      #expect(outcome.error.components(separatedBy: "cw-dist-train: error").count == 2, "\(outcome.error)")
    }

    @Test func `ranks whose launcher is killed end, too`() async throws {
      let folder = try TemporaryFolder()
      let outcome = try await Program.trainer.run(
        Self.endless + ["--quiet", "--run-dir", folder.path("run")], ranks: 3, in: folder,
        signal: ("KILL", at: 2))
      #expect(outcome.exitStatus == 128 + 9)
      // Until nothing runs any more that names the folder.
      let wait = "for i in $(seq 150); do pgrep -f \"^[^ ]*cw-dist-train .*$PWD\" || exit 0; sleep 0.1; done; exit 1"
      #expect(try await runScript(wait, in: folder) == 0)
    }

    @Test func `a rank that runs out of memory ends the job`() async throws {
      let folder = try TemporaryFolder()
      let start = ContinuousClock.now
      // A third of the data has 53 MB.
      let outcome = try await Program.trainer.run(
        ["synthetic:samples=4000000", "--quiet", "--run-dir", "run"], ranks: 3, in: folder,
        environment: ["SWIFT_BACKTRACE": "enable=no"],
        wrapper: "if [ \"${OMPI_COMM_WORLD_RANK:-$PMI_RANK}\" = 1 ]; then ulimit -d 60000; fi; exec \"$@\"")
      #expect(ContinuousClock.now - start < .seconds(15))
      #expect(outcome.exitStatus == 78, "\(outcome.exitStatus)")
      #expect(
        outcome.error.contains(/too little memory for 4000000 samples .*\(rank 1 of 3 on \S+\)/.dotMatchesNewlines()),
        "\(outcome.error)")
      #expect(outcome.error.components(separatedBy: "cw-dist-train: error").count == 2, "\(outcome.error)")
    }
  #endif

  @Test(arguments: ["full", "read-only"])
  func `a disk that takes no more ends the run, and the last checkpoint stays`(disk: String) async throws {
    let folder = try TemporaryFolder()
    // The metrics of a fast machine's three seconds are to fit on the one that is only read then.
    let size = disk == "full" ? "640k" : "64m"
    let mount = "mkdir disk && mount -t tmpfs -o size=\(size) none disk"
    guard try await runScript(mount, in: folder) == 0 else {
      print("skipped: file systems can be mounted by root alone")
      return
    }
    do {
      // A checkpoint has 150 kB: the fourth or fifth does not fit. Or nothing more does, after a while.
      let options =
        ["synthetic:samples=3000", "--hidden", "800", "--epochs", "100000", "--run-dir", "disk/run", "--quiet"]
        + ["--keep", disk == "full" ? "50" : "1"]
      let outcome = try await Program.trainer.run(
        options, ranks: CommandLineTests.ranks, in: folder,
        wrapper: disk == "full" ? nil : "(sleep 3; mount -o remount,ro disk) & \"$@\"", secondsAllowed: 40)
      #expect(!outcome.timedOut)
      #expect([73, 74].contains(outcome.exitStatus), "\(outcome.error)")
      #expect(
        outcome.error.contains(disk == "full" ? "No space left on device" : "Read-only file system"),
        "\(outcome.error)")
      #expect(outcome.error.contains("The last checkpoint is disk/run/checkpoints/step-"), "\(outcome.error)")
      let resumed = try await Program.trainer.run(
        [
          "synthetic:samples=3000", "--hidden", "800", "--epochs", "100000", "--keep", "1", "--resume", "disk/run",
          "--run-dir", "run", "--max-time", "2",
        ],
        in: folder)
      #expect([0, 75].contains(resumed.exitStatus), "\(resumed.error)")
      #expect(resumed.output.contains("resumed  from disk/run/checkpoints/step-"))
    } catch {
      _ = try await runScript("umount -l disk", in: folder)
      throw error
    }
    #expect(try await runScript("umount -l disk", in: folder) == 0)
  }

  @Test func `a disk that is full is told of at every file that is written`() async throws {
    let folder = try TemporaryFolder()
    guard try await runScript("mkdir disk && mount -t tmpfs -o size=256k none disk", in: folder) == 0 else {
      print("skipped: file systems can be mounted by root alone")
      return
    }
    var files: Set<String> = []
    do {
      // All but some pages of 4 KiB are taken by something else.
      for pages in 0..<50 {
        let fill = "rm -rf disk/* && head -c \((64 - pages) * 4096) /dev/zero > disk/other || true"
        #expect(try await runScript(fill, in: folder) == 0)
        let outcome = try await Program.trainer.run(
          ["--hidden", "100", "--epochs", "1", "--quiet", "--run-dir", "disk/run"], in: folder)
        guard outcome.exitStatus != 0 else { break }
        #expect([73, 74].contains(outcome.exitStatus), "\(outcome.exitStatus): \(outcome.error)")
        #expect(outcome.error.contains("No space left on device"), "\(outcome.error)")
        let file = try #require(outcome.error.firstMatch(of: /disk\/run\/([a-z_.\/]+)/)?.output.1, "\(outcome.error)")
        files.insert(String(file))
        let left = try await runScript("! find disk -name '*.partial' | grep .", in: folder)
        #expect(left == 0, "half a file is left")
      }
    } catch {
      _ = try await runScript("umount -l disk", in: folder)
      throw error
    }
    #expect(try await runScript("umount -l disk", in: folder) == 0)
    #expect(
      files.isSuperset(of: [
        "config.yaml", "class_weights.json", "metrics.jsonl", "checkpoints/step", "model.safetensors",
      ]),
      "\(files)")
  }

  @Test(arguments: [("SEGV", 139), ("FPE", 136), ("ABRT", 134)])
  func `a signal of a crash ends the process, even where it comes from outside`(
    signal: String, exitStatus: Int32
  ) async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      ["synthetic:samples=100000", "--epochs", "1000000", "--run-dir", "run", "--quiet"], in: folder,
      signal: (signal, 2), secondsAllowed: 20)
    #expect(!outcome.timedOut)
    #expect(outcome.exitStatus == exitStatus, "\(outcome.error)")
    #expect(!outcome.error.contains("Backtrace"), "\(outcome.error)")
  }

  @Test func `numbers that are not finite are traced to their shard and sample`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<80).map { "\($0 % 7),\($0 % 5),\($0 % 2)\n" }
    let text = "a,b,y\n" + rows[..<70].joined() + "3e38,-3e38,1\n" + rows[70...].joined()
    try folder.write(text, to: "data.csv")
    let arguments = ["data.csv", "--standardize", "no", "--learning-rate", "1", "--epochs", "20"]
    for (model, name) in [([], "linear"), (["--hidden", "4"], "mlp")] {
      let stopped = try await Program.trainer.run(
        arguments + model + ["--run-dir", "stop-\(name)"], ranks: CommandLineTests.ranks, in: folder)
      #expect(stopped.exitStatus == 65)
      #expect(
        stopped.error.contains(
          /at step \d+ is not finite, in shard [67] of 8; the likely cause is its sample \d+, whose feature "a"/),
        "\(stopped.error)")
      let skipped = try await Program.trainer.run(
        arguments + model + ["--run-dir", "skip-\(name)", "--on-nonfinite", "skip", "--sampler", "sequential"],
        ranks: CommandLineTests.ranks, in: folder)
      #expect(skipped.error.contains("left out a step: the "), "\(skipped.error)")
    }
  }
}
