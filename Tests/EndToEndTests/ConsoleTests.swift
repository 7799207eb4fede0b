import Foundation
import TestSupport
import Testing

/// What stands on a terminal of 80 columns.
@Suite(.serialized) struct ConsoleTests {
  private func output(_ options: [String], classes: Int, in folder: TemporaryFolder) async throws -> [Substring] {
    let priors = (0..<classes).map { "\(classes + 10 - $0)" }.joined(separator: "/")
    let data = "synthetic:samples=\(200 + 20 * classes),classes=\(classes),separation=2,priors=\(priors)"
    let outcome = try await Program.trainer.run([data, "--epochs", "12", "--run-dir", "run"] + options, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    // Before it stand texts that are as long as the user's own.
    return Array(lines[try #require(lines.firstIndex { $0.hasPrefix("class  ") })...])
  }

  @Test(
    arguments: [2, 23, 200],
    [
      [], ["--validation-fraction", "0.2"], ["--validation-fraction", "0.2", "--early-stopping", "weighted-f1"],
      ["--optimizer", "lbfgs"],
      ["--optimizer", "lbfgs", "--validation-fraction", "0.2", "--early-stopping", "weighted-f1"],
    ])
  func `no table is wider than 80 columns or longer than a screen`(classes: Int, options: [String]) async throws {
    let lines = try await output(options, classes: classes, in: try TemporaryFolder())
    // Sentences about how the run ended may be longer.
    let end = try #require(lines.firstIndex { $0.hasPrefix("completed after ") })
    let saved = try #require(lines.firstIndex { $0.hasPrefix("saved to ") })
    let tables = lines[...end] + lines[saved...]
    #expect(tables.allSatisfy { $0.count <= 80 }, "\(tables.filter { $0.count > 80 })")
    #expect(lines.count < 100)
    #expect(lines.contains { $0.hasPrefix("…") } == (classes > 30))
    #expect(lines.contains("200 classes, the rarest first; class_weights.json of the run has all") == (classes == 200))
    #expect(lines.contains { $0.hasPrefix("  epoch  ") && $0.contains("rarest") })
    // Columns stand under their titles.
    let title = try #require(lines.first { $0.hasPrefix("  epoch  ") })
    let row = try #require(lines.first { $0.hasPrefix("   1/12  ") })
    #expect(row.count == title.count || row.count == title.count + 2, "\(title)\n\(row)")
  }

  @Test func `the recall of an epoch's line is that of the rarest class`() async throws {
    let folder = try TemporaryFolder()
    let lines = try await output(["--keep-model", "last", "--validation-fraction", "0.3"], classes: 2, in: folder)
    let last = try #require(lines.first { $0.hasPrefix("  12/12  ") }?.split(separator: " ").filter { $0 != "*" }.last)
    let table = try #require(lines.lastIndex { $0.hasPrefix("class  precision") })
    // The priors of two classes fall.
    let rarest = lines[table + 2].split(separator: " ")
    #expect(rarest[0] == "1" && rarest[2] == last, "\(lines)")
  }

  @Test func `the end says whether it learned, who would only guess, and what to type next`() async throws {
    let folder = try TemporaryFolder()
    let lines = try await output([], classes: 3, in: folder)
    #expect(
      lines.contains { $0.hasPrefix("learning still improving: more epochs may help") },
      "\(lines)")
    #expect(
      lines.contains {
        $0.hasPrefix("guessing always 0: accuracy 0.") && $0.hasSuffix("balanced 0.3333 on the training data")
      })
    #expect(lines.contains("         cw-dist-train --resume run --epochs 24"))
    #expect(lines.contains("next     cw-dist-train predict run NEW-DATA --output predictions.csv"))
    // What it says to type is what there is to type.
    let longer = try await Program.trainer.run(["--resume", "run", "--epochs", "24"], in: folder)
    #expect(longer.exitStatus == 0 && longer.output.contains("24/24"), "\(longer.error)")
    let chance = try await Program.trainer.run(
      ["synthetic:samples=600,separation=0", "--test-fraction", "0.5", "--epochs", "2"], in: folder)
    #expect(chance.output.contains("\nlearning no better than chance"), "\(chance.output)")
    // Every sample is said to be of the common class, the rare ones with less certainty.
    let unweighted = try await Program.trainer.run(
      ["synthetic:samples=2000,classes=2,priors=0.97/0.03", "--class-weights", "none", "--test-fraction", "0.5"],
      in: folder)
    #expect(
      unweighted.output.contains(
        "\nlearning decides no better than chance, and yet tells the classes apart (ROC-AUC"),
      "\(unweighted.output)")
  }

  /// On a terminal: by util-linux's script, which is one.
  private static func onTerminal(_ command: String) -> String {
    "script -qec 'stty cols 80; \(command)' /dev/null > typed < /dev/null"
  }

  /// What was written over in the end, and what stays, of the program on a terminal.
  private func linesOnTerminal(
    _ arguments: String, ranks: Int?, in folder: TemporaryFolder
  ) async throws -> (moved: [String], kept: [String]) {
    let launcher = ranks.map { "${MPIRUN:-mpirun} -np \($0) " } ?? ""
    let environment =
      "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 TERM=xterm "
      + "OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1; "
    let command = "\(launcher)\(Program.trainer.path) \(arguments)"
    #expect(try await runScript(environment + Self.onTerminal(command), in: folder) == 0)
    let typed = try folder.text("typed")
    let moving = "\r\u{1B}[K"
    let kept = typed.replacing("\r\n", with: "\n").components(separatedBy: "\n")
      .map { $0.components(separatedBy: moving).last ?? "" }
    return (typed.components(separatedBy: moving), kept)
  }

  @Test(arguments: [nil, 2])
  func `on a terminal a comparison has a line that moves, of runs of all ranks`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let (moved, kept) = try await linesOnTerminal(
      "compare synthetic:samples=200000 --epochs 96 --batch-size 8 --class-weights none,inverse --seeds 2",
      ranks: ranks,
      in: folder)
    let lines = moved.filter { $0.contains("/4 runs ") }
    try #require(lines.count > 2, "\(moved)")
    #expect(lines.allSatisfy { $0.count < 80 && !$0.contains("\n") }, "\(lines)")
    #expect(lines.contains { $0.contains(" %  now none, seed 0 (") }, "\(lines)")
    #expect(lines.contains { $0.contains(" left") }, "\(lines)")
    // Other ranks say every second how far they are.
    if ranks != nil { #expect(lines.contains { $0.contains("); inverse, seed ") }, "\(lines)") }
    // It never goes back.
    let shares = lines.compactMap { $0.firstMatch(of: #/runs +(\d+) %/#).flatMap { Int($0.output.1) } }
    #expect(shares.count == lines.count && (shares.last ?? 0) > (shares.first ?? 0), "\(shares)")
    #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 <= $1 }, "\(shares)")
    #expect(kept.count { $0.hasSuffix(", 0") || $0.hasSuffix(", 1") } == 4, "\(kept)")
    #expect(kept.contains { $0.hasPrefix("written to ") }, "\(kept)")
    // Before the table there is a remark.
    #expect(kept.drop { !$0.hasPrefix("4 runs in ") }.allSatisfy { $0.count <= 80 }, "\(kept)")
  }

  @Test(arguments: [nil, 2])
  func `on a terminal one line moves, and goes before anything else is said`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let (moved, kept) = try await linesOnTerminal(
      "synthetic:samples=1000000 --epochs 12 --batch-size 4 --validation-fraction 0.2", ranks: ranks, in: folder)
    let lines = moved.filter { $0.hasPrefix("epoch ") }
    try #require(lines.count > 2, "\(moved)")
    #expect(lines.allSatisfy { $0.count < 80 && !$0.contains("\n") })
    #expect(lines.contains { $0.contains(" % ") && $0.contains("loss ") })
    // What stays is what a file has.
    #expect(kept.count { $0.contains("/12  ") && !$0.hasPrefix("epoch ") } == 12)
    #expect(kept.contains { $0.hasPrefix("saved to ") })
  }

  @Test func `a file has no line that moves and no colour`() async throws {
    let folder = try TemporaryFolder()
    for ranks in [nil, 2] {
      let outcome = try await Program.trainer.run(
        ["synthetic:samples=100000", "--epochs", "4", "--class-weights", "1,1,0", "--shards", "8"], ranks: ranks,
        in: folder)
      #expect(outcome.exitStatus == 0)
      #expect(!(outcome.output + outcome.error).contains { $0 == "\u{1B}" || $0 == "\r" }, "\(outcome.output)")
      let comparison = try await Program.trainer.run(
        ["compare", "synthetic:samples=60000", "--epochs", "4", "--class-weights", "none,inverse", "--seeds", "2"],
        ranks: ranks, in: folder)
      #expect(comparison.exitStatus == 0 && !comparison.error.contains("/4 runs"), "\(comparison.error)")
      #expect(!(comparison.output + comparison.error).contains { $0 == "\u{1B}" || $0 == "\r" })
      try FileManager.default.removeItem(atPath: folder.path("runs"))
    }
  }

  @Test func `warnings have colour on a terminal, unless NO_COLOR asks for none`() async throws {
    let folder = try TemporaryFolder()
    for (setting, isColored) in [("", true), ("NO_COLOR=1 ", false)] {
      let command = "\(setting)\(Program.trainer.path) no.csv"
      #expect(try await runScript("unset NO_COLOR; export TERM=xterm; " + Self.onTerminal(command), in: folder) == 66)
      let typed = try folder.text("typed")
      #expect(typed.contains("error:") && typed.contains("\u{1B}[31m") == isColored, "\(typed)")
    }
  }
}
