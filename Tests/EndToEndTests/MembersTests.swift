import Foundation
import Models
import Runs
import TestSupport
import Testing

/// Of names with underscores.
private let snakeCase: JSONDecoder = {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return decoder
}()

/// `--members`, as a user types it.
@Suite(.serialized) struct MembersTests {
  private static let options = [
    "synthetic:samples=600,features=6,classes=3,priors=0.7/0.25/0.05,separation=1.5", "--hidden", "8", "--dropout",
    "0.1", "--epochs", "6", "--members", "5", "--test-fraction", "0.2", "--checkpoint-every", "7",
  ]
  private static let files = ["model.safetensors", "metrics.jsonl", "confusion_matrix.csv", "config.yaml"]

  private func model(_ path: String, in folder: TemporaryFolder) throws -> ModelFile {
    try ModelFile(Safetensors(verifying: [UInt8](folder.data(path)), path: path), path: path)
  }

  @Test func `each learns without its fold, and all are said to be there`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(Self.options + ["--run-dir", "run"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    for number in 1...5 { #expect(outcome.output.contains("\n    \(number)/5        6"), "\(outcome.output)") }
    #expect(outcome.output.contains("model    5 members, each mlp 6 → 8 → 3, relu"))
    #expect(outcome.output.contains("the final model on the out-of-fold data"))
    #expect(outcome.output.contains("\nlearning "))
    #expect(try model("run/model.safetensors", in: folder).members.count == 5)

    struct Summary: Decodable {
      struct Figures: Decodable { let samples: Int }
      struct Member: Decodable { let epochs: Int }
      let members: [Member]
      let outOfFold: Figures
      let test: Figures
      let train: Figures
    }
    let summary = try snakeCase.decode(Summary.self, from: folder.data("run/summary.json"))
    #expect(summary.members.map(\.epochs) == [6, 6, 6, 6, 6])
    #expect(summary.train.samples + summary.test.samples == 600 && summary.outOfFold.samples == summary.train.samples)
    // A line of training and one of its fold for each epoch of each member, and one of the test.
    let lines = try folder.text("run/metrics.jsonl").split(separator: "\n")
    #expect(lines.count == 5 * 6 * 2 + 1)
    for number in 1...5 { #expect(lines.count { $0.contains("\"member\":\(number),") } == 12) }
    // Folds share the training part out.
    let validation = lines.filter { $0.contains("\"epoch\":1,") && $0.contains("\"split\":\"validation\"") }
    let samples = validation.compactMap { $0.firstMatch(of: #/"samples":(\d+)/#).flatMap { Int($0.output.1) } }
    #expect(samples.count == 5 && samples.reduce(0, +) == summary.train.samples)
  }

  @Test func `its report is of samples that each member was trained without, and of means over members`() async throws {
    let folder = try TemporaryFolder()
    let options = Self.options.filter { $0 != "--test-fraction" && $0 != "0.2" }
    let outcome = try await Program.trainer.run(options + ["--quiet", "--run-dir", "run"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    struct Report: Decodable {
      struct Part: Decodable { let name: String }
      struct Epoch: Decodable {
        let epoch: Int
        let split: String
        let figures: [String: Double]
      }
      let parts: [Part]
      let epochs: [Epoch]
      let memberEpochs: [Int]
    }
    let report = try snakeCase.decode(Report.self, from: folder.data("run/report.json"))
    #expect(report.parts.map(\.name) == ["training", "out-of-fold"] && report.memberEpochs.count == 5)
    #expect(report.epochs.map(\.epoch) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
    #expect(report.epochs.map(\.split) == Array(repeating: ["train", "validation"], count: 6).flatMap { $0 })
    let losses = try folder.text("run/metrics.jsonl").split(separator: "\n")
      .filter { $0.contains("\"epoch\":2,") && $0.contains("\"split\":\"validation\"") }
      .compactMap { $0.firstMatch(of: #/"loss":([0-9.e-]+)/#).flatMap { Double($0.output.1) } }
    #expect(losses.count == 5 && abs((report.epochs[3].figures["loss"] ?? 0) - losses.reduce(0, +) / 5) < 1e-12)
    let page = try folder.text("run/report.html").replacing("\u{A0}", with: " ")
    #expect(page.contains("It is 5 models whose probabilities are averaged"))
  }

  @Test func `what a run of several is worth is what predict and evaluate say`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<300).map { row in "\(row * 7 % 31),\(row * row % 97),\(row % 11 == 0 ? "rare" : "usual")\n" }
    try folder.write("a,b,kind\n" + rows.joined(), to: "table.csv")
    let options = ["table.csv", "--hidden", "6", "--epochs", "4", "--members", "3", "--run-dir", "run", "--quiet"]
    let trained = try await Program.trainer.run(options, in: folder)
    try #require(trained.exitStatus == 0, "\(trained.error)")
    let predicted = try await Program.trainer.run(
      ["predict", "run", "table.csv", "--quiet", "--output", "p.csv"], in: folder)
    try #require(predicted.exitStatus == 0, "\(predicted.error)")
    let evaluated = try await Program.trainer.run(["evaluate", "run", "table.csv", "--json"], in: folder)
    try #require(evaluated.exitStatus == 0, "\(evaluated.error)")

    struct Summary: Decodable {
      struct Figures: Decodable {
        let balancedAccuracy: Double
        let logLoss: Double
      }
      let train: Figures
    }
    struct Evaluation: Decodable {
      let balancedAccuracy: Double
    }
    let train = try snakeCase.decode(Summary.self, from: folder.data("run/summary.json")).train
    let judged = try snakeCase.decode(Evaluation.self, from: Data(evaluated.output.utf8))
    #expect(abs(judged.balancedAccuracy - train.balancedAccuracy) < 1e-12)
    // The mean over all rows of −log p of the true class.
    let lines = try folder.text("p.csv").split(separator: "\n").dropFirst()
    let losses = zip(lines, rows).map { line, row in
      let fields = line.split(separator: ",")
      return -log(Double(fields[row.hasSuffix("rare\n") ? 1 : 2]) ?? 0)
    }
    #expect(losses.count == 300 && abs(losses.reduce(0, +) / 300 - train.logLoss) < 1e-5)
  }

  @Test(arguments: [
    ["--optimizer", "lbfgs", "--dropout", "0"], ["--tune-thresholds", "macro-f1", "--keep-model", "last"],
  ])
  func `stopped again and again on other ranks, it ends in the same bits`(options: [String]) async throws {
    let folder = try TemporaryFolder()
    // Some seconds in all.
    let arguments = Self.options + ["--epochs", "400"] + options + ["--quiet"]
    let whole = try await Program.trainer.run(arguments + ["--run-dir", "whole"], in: folder)
    try #require(whole.exitStatus == 0, "\(whole.error)")
    #if MPI
      let ranks: [Int?] = [2, nil, 3, nil]
    #else
      let ranks: [Int?] = [nil]
    #endif
    let threads = [1, 2, 1, 1, 2, 3, 2, 5]
    var status: Int32 = 75
    var starts = 0
    while status == 75, starts < 60 {
      // Longer and longer: a machine that others work on comes to the end, too.
      let time = 0.6 + 0.2 * Double(starts / 4)
      let outcome = try await Program.trainer.run(
        arguments + [
          "--run-dir", "run", "--resume", "auto", "--max-time", "\(time)",
          "--threads", "\(threads[starts % threads.count])",
        ],
        ranks: ranks[starts % ranks.count],
        in: folder)
      status = outcome.exitStatus
      #expect(status == 0 || status == 75, "\(outcome.error)")
      starts += 1
    }
    #expect(status == 0 && starts > 1)
    for file in Self.files where file != "config.yaml" {
      #expect(try folder.data("run/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
    // Threads are written down where they were typed.
    let typed = try folder.text("run/config.yaml").split(separator: "\n", omittingEmptySubsequences: false)
    #expect(typed.filter { $0.hasPrefix("threads: ") }.count == 1)
    #expect(try typed.filter { !$0.hasPrefix("threads: ") }.joined(separator: "\n") == folder.text("whole/config.yaml"))
  }

  @Test(arguments: [[], ["--optimizer", "lbfgs", "--dropout", "0"], ["--retrain-classifier", "2"]])
  func `any number of threads trains the same members, and tells of them in order`(options: [String]) async throws {
    let folder = try TemporaryFolder()
    for threads in ["1", "2", "3", "8"] {
      let outcome = try await Program.trainer.run(
        Self.options + options + ["--threads", threads, "--run-dir", threads], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      let used = min(Int(threads) ?? 0, 5)
      #expect(outcome.output.contains(", \(used) thread\(used == 1 ? "" : "s") a rank\n"), "\(outcome.output)")
      let rows = outcome.output.matches(of: #/\n +(\d)/5 /#).map(\.output.1)
      #expect(rows == ["1", "2", "3", "4", "5"], "\(outcome.output)")
    }
    for threads in ["2", "3", "8"] {
      for file in Self.files where file != "config.yaml" {
        #expect(try folder.data("\(threads)/\(file)") == folder.data("1/\(file)"), "\(file) of \(threads) threads")
      }
    }
    // Where nothing is said the cores that there are work, and the record says nothing, either.
    let plain = try await Program.trainer.run(Self.options + options + ["--run-dir", "plain"], in: folder)
    let cores = min(AvailableCores.count, 5)
    #expect(plain.output.contains(", \(cores) thread\(cores == 1 ? "" : "s") a rank\n"), "\(plain.output)")
    #expect(try folder.data("plain/model.safetensors") == folder.data("1/model.safetensors"))
    #expect(try !folder.text("plain/config.yaml").contains("threads"))
  }

  @Test func `a member that fails ends all threads with its reason, once`() async throws {
    let folder = try TemporaryFolder()
    // Steps so large that nothing stays finite.
    let outcome = try await Program.trainer.run(
      Self.options + [
        "--optimizer", "sgd", "--learning-rate", "1e30", "--threads", "3", "--quiet", "--run-dir", "run",
      ], in: folder)
    #expect(outcome.exitStatus != 0 && outcome.exitStatus != 76)
    #expect(outcome.error.components(separatedBy: "error:").count == 2, "\(outcome.error)")
    #expect(outcome.error.contains("error: member ") && !outcome.error.contains("rank "), "\(outcome.error)")
  }

  @Test func `a checkpoint in between predicts by the members that there are`() async throws {
    let folder = try TemporaryFolder()
    // One after another: each has checkpoints of its own.
    let arguments = Self.options + ["--keep", "100", "--threads", "1", "--quiet", "--run-dir", "run"]
    let outcome = try await Program.trainer.run(arguments, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))
      .filter { $0.hasSuffix(".safetensors") }.sorted()
    let counts = try names.map { try model("run/checkpoints/\($0)", in: folder).members.count }
    #expect(counts == counts.sorted() && Set(counts) == [1, 2, 3, 4, 5])
    let ended = try await Program.trainer.run(["inspect", "run"], in: folder)
    #expect(ended.exitStatus == 0 && ended.output.contains("all 5 members trained"), "\(ended.output)")
    let inspected = try await Program.trainer.run(["inspect", "run/checkpoints/\(names[names.count / 2])"], in: folder)
    #expect(inspected.exitStatus == 0 && inspected.output.contains(" of 5 members trained"), "\(inspected.output)")
    // The run as it was when it had come there.
    for name in names[(names.count / 2)...] {
      try FileManager.default.removeItem(atPath: folder.path("run/checkpoints/\(name)"))
    }
    let whole = try await Program.trainer.run(["evaluate", "run", Self.options[0]], in: folder)
    #expect(whole.exitStatus == 0 && !whole.error.contains("has not ended"), "\(whole.error)")
    for name in ["model.safetensors", "summary.json"] {
      try FileManager.default.removeItem(atPath: folder.path("run/\(name)"))
    }
    let part = try await Program.trainer.run(["evaluate", "run", Self.options[0]], ranks: 2, in: folder)
    let warnings = part.error.split(separator: "\n").filter { $0.contains("the run in run has not ended") }
    #expect(part.exitStatus == 0 && warnings.count == 1 && warnings[0].contains(" of 5 members"), "\(part.error)")
  }

  @Test func `what ended early by its patience is not said to go on with a larger one`() async throws {
    let folder = try TemporaryFolder()
    let arguments =
      Self.options + [
        "--early-stopping", "loss", "--patience", "1", "--learning-rate", "0", "--epochs", "60", "--run-dir", "run",
      ]
    let outcome = try await Program.trainer.run(arguments, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let again = try await Program.trainer.run(arguments + ["--resume", "auto"], in: folder)
    #expect(again.error.contains("come to its end, by --patience 1\n"), "\(again.error)")
  }

  @Test(arguments: [2, 7])
  func `a table of few rows has as many members as rows`(rows: Int) async throws {
    let folder = try TemporaryFolder()
    let text = (0..<rows).map { "\($0),\(["x", "y"][$0 % 2])\n" }.joined()
    try folder.write("a,kind\n" + text, to: "few.csv")
    let arguments = ["few.csv", "--recipe", "auto", "--epochs", "2", "--run-dir", "run"]
    let outcome = try await Program.trainer.run(arguments, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(outcome.error.contains("\(rows) members instead of 8"), "\(outcome.error)")
    #expect(try model("run/model.safetensors", in: folder).members.count == rows)
    // The same command goes on with it.
    let again = try await Program.trainer.run(arguments + ["--resume", "auto"], in: folder)
    #expect(again.exitStatus == 0 && again.error.contains("nothing was left to train"), "\(again.error)")
  }

  @Test(arguments: [[], ["--early-stopping", "macro-f1"]])
  func `a class that most folds lack is found`(options: [String]) async throws {
    let folder = try TemporaryFolder()
    // 300 rows of one class, and three of another that stands far from it.
    let common = (0..<300).map { "\(Double($0 * 37 % 100) / 50 - 1),\(Double($0 * 53 % 100) / 50 - 1),no\n" }
    let rare = ["5.1,-5.2,yes\n", "4.8,-4.9,yes\n", "5.2,-5,yes\n"]
    try folder.write("a,b,kind\n" + (common + rare).joined(), to: "rare.csv")
    try folder.write("a,b,kind\n" + (0..<20).map { "\(5 + Double($0) / 50),-5,yes\n" }.joined(), to: "new.csv")
    let arguments = ["rare.csv", "--recipe", "table", "--quiet", "--run-dir", "run"] + options
    let outcome = try await Program.trainer.run(arguments, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let judged = try await Program.trainer.run(["evaluate", "run", "new.csv", "--json"], in: folder)
    let json = try #require(JSONSerialization.jsonObject(with: Data(judged.output.utf8)) as? [String: Any])
    #expect(json["accuracy"] as? Double == 1, "\(judged.output)")
  }

  @Test func `a run does not begin with the parameters of several members`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(Self.options + ["--quiet", "--run-dir", "run"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let begun = try await Program.trainer.run(
      Self.options + ["--init", "run/model.safetensors", "--run-dir", "next"], in: folder)
    #expect(begun.exitStatus == 65 && begun.error.contains("is a model of 5 members"), "\(begun.error)")
  }

  @Test func `many tensors are not all printed`() async throws {
    let folder = try TemporaryFolder()
    let arguments = ["synthetic:samples=300", "--hidden", "4", "--members", "30", "--epochs", "1"]
    let outcome = try await Program.trainer.run(arguments + ["--quiet", "--run-dir", "run"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let inspected = try await Program.trainer.run(["inspect", "run"], in: folder)
    #expect(inspected.output.contains("120 tensors; --json names all"), "\(inspected.output)")
    #expect(inspected.output.split(separator: "\n").count { $0.contains("weight") && $0.contains("[") } < 20)
    let json = try await Program.trainer.run(["inspect", "run", "--json"], in: folder)
    #expect(json.output.components(separatedBy: "layers.0.weight").count == 31)
  }

  @Test func `members that are trained are not trained longer`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(Self.options + ["--quiet", "--run-dir", "run"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let longer = try await Program.trainer.run(["--resume", "run", "--epochs", "9"], in: folder)
    #expect(longer.exitStatus == 78 && longer.error.contains("--epochs 6 (now 9)"), "\(longer.error)")
    // Nor by force: it would be a model of members of different lengths.
    let forced = try await Program.trainer.run(["--resume", "run", "--epochs", "9", "--force"], in: folder)
    #expect(forced.exitStatus == 78 && forced.error.contains("members trained with"), "\(forced.error)")
    let patient = try await Program.trainer.run(["--resume", "run", "--patience", "7"], in: folder)
    #expect(patient.exitStatus == 78 && patient.error.contains("(now 7)"), "\(patient.error)")
    let others = try await Program.trainer.run(["--resume", "run", "--members", "6"], in: folder)
    #expect(others.exitStatus == 78 && others.error.contains("--members 5 (now 6)"), "\(others.error)")
  }

  #if MPI
    @Test func `side by side or one after another, a run is reproduced`() async throws {
      let folder = try TemporaryFolder()
      let outcome = try await Program.trainer.run(
        Self.options + ["--quiet", "--run-dir", "run"], ranks: 3, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      for ranks in [nil, 2] as [Int?] {
        let again = try await Program.trainer.run(["reproduce", "run"], ranks: ranks, in: folder)
        #expect(again.exitStatus == 0 && again.error.isEmpty, "\(again.error)")
        #expect(
          again.output.contains("The same bits: 61 lines of metrics.jsonl, the checkpoint of step"), "\(again.output)")
        // A line for each member, none for its epochs.
        for member in 1...5 { #expect(again.output.contains("\n    \(member)/5        6   =\n"), "\(again.output)") }
        #expect(!again.output.contains("  train   "), "\(again.output)")
      }
      // A line of the third member is another one: of an epoch that is later than the first ones of the members after it.
      let lines = try folder.text("run/metrics.jsonl").components(separatedBy: "\n")
      let place = try #require(
        lines.firstIndex {
          $0.contains("\"member\":3,") && $0.contains("\"epoch\":4,") && $0.contains("\"split\":\"validation\"")
        })
      var changed = lines
      changed[place] = lines[place].replacing(#/"loss":[0-9.]+/#, with: "\"loss\":0.5")
      try folder.write(changed.joined(separator: "\n"), to: "run/metrics.jsonl")
      let other = try await Program.trainer.run(["reproduce", "run", "--to-the-end"], ranks: 2, in: folder)
      #expect(other.exitStatus == 65, "\(other.output)")
      #expect(other.output.contains("member 3, its first line that is not as it was:\nepoch  "), "\(other.output)")
      #expect(other.output.contains("\n    3/5        6   ≠ (1 line)\n"), "\(other.output)")
      #expect(other.output.contains("Not the same: from epoch 4 of member 3 on"), "\(other.output)")
      // Nor is it a fault of the record that the members after it are not trained.
      for ranks in [nil, 2] as [Int?] {
        let early = try await Program.trainer.run(["reproduce", "run"], ranks: ranks, in: folder)
        #expect(early.exitStatus == 65 && early.output.contains("from epoch 4 of member 3 on"), "\(early.output)")
        // Ranks meet after each epoch. A thread may have trained the last member before the third is told of.
        #expect(early.output.contains("(Stopped there;") || ranks == nil, "\(early.output)")
        #expect(!early.output.contains("none of now"), "\(early.output)")
      }
      // Without a record of the lines the model is compared alone.
      try FileManager.default.removeItem(atPath: folder.path("run/metrics.jsonl"))
      let model = try await Program.trainer.run(["reproduce", "run"], in: folder)
      #expect(
        model.exitStatus == 0 && model.output.contains("\n    1/5        6   – (12 lines not recorded)\n"),
        "\(model.output)")
    }

    @Test func `a member that fails ends all ranks with its reason, once`() async throws {
      let folder = try TemporaryFolder()
      // Steps so large that nothing stays finite.
      let outcome = try await Program.trainer.run(
        Self.options + ["--optimizer", "sgd", "--learning-rate", "1e30", "--quiet", "--run-dir", "run"], ranks: 3,
        in: folder)
      #expect(outcome.exitStatus != 0 && outcome.exitStatus != 76)
      #expect(outcome.error.components(separatedBy: "error:").count == 2, "\(outcome.error)")
      #expect(outcome.error.contains("member "), "\(outcome.error)")
    }
  #endif
}

/// The plain command on a table.
@Suite struct RecipeRunTests {
  @Test(arguments: [nil, CommandLineTests.ranks])
  func `a table has the recipe for tables, and the first lines say so`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<120).map { row in "\(row * 7 % 31),\(row * row % 97),\(row % 11 == 0 ? "rare" : "usual")\n" }
    try folder.write("a,b,kind\n" + rows.joined(), to: "table.csv")
    let outcome = try await Program.trainer.run(
      ["table.csv", "--recipe", "auto", "--run-dir", "run"], ranks: ranks, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(
      outcome.output.contains(
        "\nrecipe   table: 8 members, mlp 256,256 on bins, 60 epochs at most (--recipe plain: a linear model, 10 epochs)\n"
      ))
    let configuration = try folder.text("run/config.yaml")
    #expect(configuration.contains("recipe: table\n") && configuration.contains("members: 8\n"))
    // What it came to is another run's options.
    let again = try await Program.trainer.run(
      ["--recipe", "table", "--config", "run/config.yaml", "--run-dir", "again", "--quiet"], in: folder)
    try #require(again.exitStatus == 0, "\(again.error)")
    #expect(try folder.data("run/model.safetensors") == folder.data("again/model.safetensors"))
    #expect(try folder.data("run/config.yaml") == folder.data("again/config.yaml"))
  }
}
