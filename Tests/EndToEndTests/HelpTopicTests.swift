import ClassWeighting
import Failures
import Foundation
import TestSupport
import Testing

/// What `help TOPIC` explains.
@Suite(.serialized) struct HelpTopicTests {
  private func help(_ arguments: [String], ranks: Int? = nil) async throws -> Program.Outcome {
    try await Program.trainer.run(["help"] + arguments, ranks: ranks, in: TemporaryFolder())
  }

  private func topics() async throws -> [String] {
    let list = try await help(["topics"])
    return list.output.split(separator: "\n").compactMap { line in
      line.firstMatch(of: #/^  ([a-z-]+)  /#).map { String($0.output.1) }
    }
  }

  @Test func `shells complete the topics`() async throws {
    let folder = try TemporaryFolder()
    let topics = try await topics()
    for shell in ["bash", "zsh", "fish"] {
      let outcome = try await Program.trainer.run(["--generate-completion-script", shell], in: folder)
      #expect(outcome.exitStatus == 0 && outcome.output.contains(topics.joined(separator: " ")), "\(shell)")
      try folder.write(outcome.output, to: shell)
    }
    let script = """
      bash -c '. ./bash
        COMP_WORDS=(cw-dist-train help pro) COMP_CWORD=2 COMP_LINE="cw-dist-train help pro" COMP_TYPE=9 COMP_KEY=9
        COMP_POINT=${#COMP_LINE}
        _cw-dist-train cw-dist-train pro help || true
        printf "%s\\n" "${COMPREPLY[@]}"' > offered
      """
    #expect(try await runScript(script, in: folder) == 0)
    let offered = try folder.text("offered").split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(offered == topics.filter { $0.hasPrefix("pro") } && !offered.isEmpty)
  }

  @Test func `every topic is listed, fits 80 columns, and names options that there are`() async throws {
    let topics = try await topics()
    #expect(topics.count >= 9)
    let dump = try await Program.trainer.run(["--experimental-dump-help"], in: TemporaryFolder())
    #expect(dump.exitStatus == 0)
    // Of predict and evaluate; a program without them explains what they would say.
    let isWhole = dump.output.contains("\"predict\"")
    let overview = try await Program.trainer.run(["--help"], in: TemporaryFolder())
    for topic in topics {
      let outcome = try await help([topic])
      #expect(outcome.exitStatus == 0 && outcome.output.hasPrefix("\(topic): "), "\(outcome.error)")
      for line in outcome.output.split(separator: "\n") { #expect(line.count <= 80, "\(topic): \(line)") }
      for option in outcome.output.matches(of: #/--([a-z][a-z-]+)/#).map({ String($0.output.1) }) {
        guard isWhole || option != "probabilities" else { continue }
        #expect(dump.output.contains("\"\(option)\""), "\(topic) names --\(option)")
      }
      #expect(overview.output.contains(topic))
    }
    for line in overview.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  /// The values of an option of `train`.
  private func values(of option: String, in dump: String) throws -> [String] {
    let object = try JSONSerialization.jsonObject(with: Data(dump.utf8)) as? [String: Any]
    let commands = try #require((object?["command"] as? [String: Any])?["subcommands"] as? [[String: Any]])
    let train = try #require(commands.first { $0["commandName"] as? String == "train" })
    let arguments = try #require(train["arguments"] as? [[String: Any]])
    let found = arguments.first {
      ($0["names"] as? [[String: Any]])?.contains { $0["name"] as? String == option } == true
    }
    return try #require(found?["allValues"] as? [String], "\(option) has no list of values")
  }

  @Test(arguments: [
    ("optimizer", "optimizers"), ("sampler", "samplers"), ("schedule", "optimizers"), ("loss-normalization", "losses"),
    ("loss", "losses"),
    ("model", "model"),
    ("activation", "model"), ("numeric-encoding", "numbers"), ("recipe", "recipes"),
  ])
  func `every value of a choice is explained`(option: String, topic: String) async throws {
    let dump = try await Program.trainer.run(["--experimental-dump-help"], in: TemporaryFolder())
    let words = Set(try await help([topic]).output.split { !$0.isLetter && $0 != "-" }.map { String($0) })
    for value in try values(of: option, in: dump.output) { #expect(words.contains(value), "\(value)") }
  }

  @Test func `every rule of class weights has its formula, and every exit code its meaning`() async throws {
    let weights = try await help(["weights"], ranks: CommandLineTests.ranks).output
    #expect(WeightScheme.rules.count == 8)
    for rule in WeightScheme.rules {
      #expect(weights.contains("  \(rule.name) ") && weights.contains("w_c = \(rule.formula)"), "\(rule.name)")
    }
    #expect(weights.components(separatedBy: "weights: what a class counts").count == 2)
    let codes = try await help(["exit-codes"]).output
    for status in Failures.ExitStatus.allCases { #expect(codes.contains("\n  \(status.rawValue) "), "\(status)") }
  }

  @Test func `a command with a slip in it is not taken for data without a word`() async throws {
    for (typed, meant) in [("tarin", "train"), ("compair", "compare"), ("weight", "weights")] {
      let outcome = try await Program.trainer.run([typed, "data.npy"], in: TemporaryFolder())
      #expect(outcome.exitStatus == 64, "\(outcome.error)")
      #expect(outcome.error.contains("\(typed) is no command; did you mean \(meant)?"), "\(outcome.error)")
    }
    let option = try await Program.trainer.run(["data.npy", "--epoch"], in: TemporaryFolder())
    #expect(option.exitStatus == 64 && !option.error.contains("is no command"), "\(option.error)")
  }

  @Test func `help alone, of a command, and of what there is not`() async throws {
    #expect(try await help([]).output.contains("SUBCOMMANDS:"))
    let train = try await help(["train"])
    #expect(train.exitStatus == 0 && train.output.contains("--class-weights <class-weights>"))
    for arguments in [["chance"], ["weights", "balanced"], ["nothing"]] {
      let outcome = try await help(arguments)
      if arguments[0] == "weights" {
        // A command, too.
        #expect(outcome.output.contains("USAGE: cw-dist-train weights"))
      } else {
        #expect(outcome.exitStatus == 64 && outcome.output.isEmpty)
        #expect(outcome.error.contains("there is no help on \"\(arguments[0])\""))
        for topic in try await topics() { #expect(outcome.error.contains(topic)) }
        #expect(!outcome.error.contains("did you mean"), "\(outcome.error)")
        #expect(outcome.error.hasSuffix("See cw-dist-train --help.\n"), "\(outcome.error)")
      }
    }
    for (typed, meant) in [
      ("losess", "losses"), ("comapre", "compare"), ("threshold", "thresholds"), ("RECIPE", "recipes"),
      // What covers an option, or a word of one.
      ("tau", "decoupled (--tau-normalization)"), ("halving", "compare (--halving)"),
      ("retrain", "decoupled (--retrain-classifier)"), ("tau-normalization", "decoupled (--tau-normalization)"),
      ("sampling", "samplers (--sampling-power)"), ("dropout", "model (--dropout)"),
      ("Focal", "losses (--focal-gamma)"),
      ("seed", "samplers or data or same-bits (--seed)"),
    ] {
      let outcome = try await help([typed])
      #expect(outcome.error.contains("did you mean \(meant)?"), "\(outcome.error)")
    }
    let hint = try await Program.trainer.run(["predict", "--nothing"], in: TemporaryFolder())
    #expect(hint.exitStatus == 64 && hint.error.hasSuffix("See cw-dist-train predict --help.\n"), "\(hint.error)")
  }
}
