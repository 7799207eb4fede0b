import Configuration
import Foundation
import Testing

@Suite struct ComparisonPlanTests {
  /// As the program does it: everything parsed as typed, and then planned.
  private func plan(_ arguments: [String]) throws -> ComparisonPlan {
    var own: [String] = []
    var classWeights: String?
    for (index, word) in arguments.enumerated() where index + 1 < arguments.count {
      if ["--losses", "--samplers", "--try", "--seeds", "--folds", "--by"].contains(word) {
        own += [word, arguments[index + 1]]
      }
      if word == "--class-weights" { classWeights = arguments[index + 1] }
    }
    if arguments.contains("--halving") { own.append("--halving") }
    return try ComparisonPlan(arguments, CompareOptions.parse(own), classWeights: classWeights)
  }

  private func refusal(_ arguments: [String]) -> String {
    do {
      _ = try plan(["d.csv"] + arguments)
      return ""
    } catch let error as UsageError {
      return error.text
    } catch {
      // Of the options alone.
      return CompareOptions.message(for: error)
    }
  }

  @Test func `every combination is trained with every seed, all choices of a seed before the next`() throws {
    let plan = try plan([
      "d.csv", "--class-weights", "none,1/5.5/20", "--try", "hidden=64,128/64", "--seeds", "2", "--epochs", "3",
      "--seed", "7", "--split-seed=3",
    ])
    #expect(
      plan.choices.map(\.title) == [
        "class-weights=none, hidden=64", "class-weights=none, hidden=128,64", "class-weights=1,5.5,20, hidden=64",
        "class-weights=1,5.5,20, hidden=128,64",
      ])
    #expect(plan.runs.map(\.choice) == [0, 1, 2, 3, 0, 1, 2, 3])
    #expect(plan.runs.map(\.configuration.computation.seed) == [7, 7, 7, 7, 8, 8, 8, 8])
    #expect(plan.runs.map(\.configuration.split.splitSeed) == [3, 3, 3, 3, 4, 4, 4, 4])
    #expect(plan.runs.map(\.configuration.model.hiddenWidths)[1...2] == [[128, 64], [64]])
    #expect(plan.runs[2].configuration.loss.classWeights == "1,5.5,20")
    #expect(plan.runs.allSatisfy { $0.configuration.steps.epochs == 3 && $0.configuration.data == "d.csv" })
    #expect(plan.runs[3].name == "class-weights=1-5.5-20,hidden=128-64,seed=7")
    #expect(Set(plan.runs.map(\.name)).count == 8)
  }

  @Test func `a run has the configuration that train has with its options`() throws {
    let plan = try plan([
      "--recipe=table", "d.csv", "--try", "optimizer=lbfgs,adam", "--validation-fraction", "0.1", "--seeds", "1",
      "--losses", "focal,balanced-softmax", "--model", "mlp", "--quiet", "--run-dir", "x", "--max-time", "1h",
    ])
    for (run, options) in zip(plan.runs, [("focal", "lbfgs"), ("focal", "adam"), ("balanced-softmax", "lbfgs")]) {
      let typed = [
        "--recipe", "table", "--model=mlp", "--validation-fraction", "0.1", "--loss", options.0, "--optimizer",
        options.1, "d.csv",
      ]
      let expected = try TrainOptions.parse(Array(OptionsFile.expand(["train"] + typed).dropFirst())).configuration
      #expect(run.configuration.resolved(shardCount: 8) == expected.resolved(shardCount: 8))
    }
    // lbfgs has no dropout of the recipe's.
    #expect(plan.runs[0].configuration.model.dropout == 0 && plan.runs[1].configuration.model.dropout > 0)
    #expect(plan.options.job.quiet && plan.options.job.runDir == "x" && plan.options.job.maxTime?.seconds == 3600)
    // The same once more by what stands in its config.yaml.
    let run = plan.resolved(shardCount: 8).runs[1].configuration
    for overwrites in [false, true] {
      let options = try TrainOptions.ofRun(run, in: "f", overwriting: overwrites).options
      #expect(options.configuration.resolved(shardCount: 8) == run && options.job.runDir == "f")
      #expect(options.job.overwrite == overwrites && options.job.resume == (overwrites ? .no : .auto))
    }
  }

  @Test func `what is tried wins over a file of options and over what excludes it`() throws {
    let path = NSTemporaryDirectory() + "compare-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "data: e.csv\nepochs: 7\nhidden: [5]\nclass-weights: [1, 2]\n"
      .write(toFile: path, atomically: true, encoding: .utf8)
    let fromFile = try plan(["--config", path, "--try", "epochs=2,3", "--seeds", "1"])
    #expect(fromFile.runs.map(\.configuration.steps.epochs) == [2, 3])
    #expect(fromFile.runs.allSatisfy { $0.configuration.data == "e.csv" })
    #expect(fromFile.runs.allSatisfy { $0.configuration.loss.classWeights == "1,2" })
    let excluded = try plan([
      "--config=\(path)", "--try", "model=linear,mlp", "--seeds", "1", "--class-weights", "none",
    ])
    #expect(excluded.runs.map(\.configuration.model.hiddenWidths) == [[], [5]])
    let typed = try plan(["d.csv", "--hidden", "9", "--try", "model=linear", "--seeds", "1"])
    #expect(typed.runs.map(\.configuration.model.hiddenWidths) == [[]])
  }

  @Test func `runs are judged by a part that they are not trained on, and folds are such parts`() throws {
    let usual = try plan(["d.csv", "--class-weights", "none"])
    #expect(usual.runs.count == 3 && usual.runs.allSatisfy { $0.configuration.split.testFraction == 0.2 })
    #expect(usual.note?.contains("a fifth of every class is held out") == true)
    #expect(usual.runs.map(\.configuration.split.splitSeed) == [0, 1, 2])
    for given in [["--validation-fraction", "0.3"], ["--test-fraction", "0.1"], ["--validation", "v.csv"]] {
      let plan = try plan(["d.csv"] + given)
      #expect(plan.note == nil && plan.runs[0].configuration.split.testFraction ?? 0 != 0.2)
      // Where nothing is drawn, there is no seed of it.
      #expect(plan.runs[1].configuration.split.splitSeed == (given[0] == "--validation" ? 0 : 1))
    }
    let folds = try plan(["d.csv", "--folds", "3", "--seeds", "2", "--class-weights=none"])
    #expect(folds.runs.map(\.configuration.split.fold?.description) == ["1/3", "2/3", "3/3", "1/3", "2/3", "3/3"])
    #expect(folds.runs[4].name == "seed=1,fold=2-3" && folds.note == nil)
    #expect(try plan(["d.csv", "--folds", "3"]).runs.count == 3)
  }

  @Test(arguments: [
    (["--try", "epochs"], "--try epochs: expected an option of train and values"),
    (["--try", "epochs=1,,2"], "expected values with commas between them"),
    (["--try", "epochs=3,3"], "3 stands there twice"),
    (["--try", "learning-rate=0.001,1e-3"], "1e-3 stands there twice"),
    (["--try", "epochs=10,3,1e1"], "1e1 stands there twice"),
    (["--try", "epochs=3", "--try", "epochs=4"], "--epochs is tried twice"),
    (["--try", "epochs=3", "--epochs", "4"], "--epochs is given, and tried too"),
    (["--try", "wings=2"], "--try wings: that is no option of a run"),
    (["--try", "run-dir=a,b"], "--try run-dir: that is no option of a run"),
    (["--try", "seed=1,2"], "--seeds says"), (["--try", "label=a,b"], "the same samples"),
    (["--try", "test-fraction=0.1,0.2"], "the same samples"), (["--try", "threads=1,2"], "it changes nothing"),
    (["--class-weights", "1,2,3"], "the weights of one have slashes between them: 1/2/3"),
    (["--folds", "3", "--test-fraction", "0.2"], "--folds: expected not both"),
    (["--folds", "3", "--fold", "1/3"], "--folds: expected not both"), (["--force"], "--resume and --force"),
    (["--resume", "x"], "--resume and --force"),
    (["--seeds", "1000", "--try", "bins=2,3,4,5,6,7,8,9,10,11,12"], "at most"),
    (["--halving", "--try", "bins=2,3,4"], "--halving: expected 4 choices or more, and here are 3"),
    (["--halving", "--try", "epochs=4,5,6,7"], "--halving: expected no --try epochs"),
    (["--halving", "--try", "bins=2,3,4,5", "--epochs", "2"], "--halving: expected --epochs 3 or more"),
    (
      ["--halving", "--try", "bins=2,3,4,5", "--epochs", "9", "--hidden", "3", "--retrain-classifier", "2"],
      "--halving: expected no --retrain-classifier"
    ),
    (["--halving", "--try", "bins=2,3,4,5", "--max-steps", "9"], "--halving: expected not both it and --max-steps"),
    (["--halving", "--try", "optimizer=adam,lbfgs,sgd,adamw"], "--halving: expected no --optimizer lbfgs"),
    (["--halving", "--try", "recipe=plain,table", "--try", "bins=2,3"], "the same --epochs for all choices"),
    (["--by", "mcc", "--try", "bins=2,3"], "--by: expected --halving beside it"),
    (["--halving", "--by", "loss", "--try", "bins=2,3,4,5"], "--by: expected one of log-loss, accuracy"),
  ])
  func `what cannot be compared is refused`(arguments: [String], words: String) {
    #expect(refusal(arguments).contains(words), "\(refusal(arguments))")
  }

  @Test func `all choices that exclude each other are named before anything is trained`() {
    let words = refusal(["--try", "optimizer=adam,lbfgs", "--try", "dropout=0,0.1", "--hidden", "4"])
    #expect(words.contains("nothing was trained") && words.contains("optimizer=lbfgs, dropout=0.1: "), "\(words)")
    #expect(words.contains("0 with --optimizer lbfgs") && !words.contains("optimizer=adam"))
    let weights = refusal(["--class-weights", "none,balanecd,invrese"])
    #expect(weights.contains("class-weights=balanecd: ") && weights.contains("class-weights=invrese: "), "\(weights)")
    // One model has nothing else to be judged by.
    let unjudged = refusal(["--try", "early-stopping=mcc", "--validation-fraction", "0", "--members", "1"])
    #expect(unjudged.contains("validation part"), "\(unjudged)")
  }

  @Test func `names of folders tell values apart that are no plain words`() throws {
    let files = ["a/w.json", "b/w.json", "a/v.json"].map { NSTemporaryDirectory() + "compare/" + $0 }
    defer { try? FileManager.default.removeItem(atPath: NSTemporaryDirectory() + "compare") }
    for file in files {
      try FileManager.default.createDirectory(
        atPath: URL(fileURLWithPath: file).deletingLastPathComponent().path, withIntermediateDirectories: true)
      try "{\"x\": 1}".write(toFile: file, atomically: true, encoding: .utf8)
    }
    let plan = try plan(["d.csv", "--class-weights", files.joined(separator: ","), "--seeds", "1"])
    #expect(Set(plan.runs.map(\.name)).count == 3)
    #expect(plan.runs.allSatisfy { !$0.name.contains("/") && $0.name.utf8.count < 255 })
  }

  @Test(arguments: ["0/3", "4/3", "1/1", "1", "a/b", "1/2/3", "1/1001", "-1/3"])
  func `a fold is one of so many`(text: String) {
    #expect(Fold(argument: text) == nil)
    #expect(Fold(argument: "3/3")?.index == 2 && Fold(argument: "3/3")?.description == "3/3")
  }

  /// ⌈n / 3ʳ⌉ choices for ⌈E / 3ᴿ⁻ʳ⌉ epochs.
  @Test(arguments: [
    (4, 10, [4, 2], [4, 10]), (9, 10, [9, 3], [4, 10]), (10, 10, [10, 4, 2], [2, 4, 10]),
    (24, 60, [24, 8, 3], [7, 20, 60]), (24, 3, [24, 8], [1, 3]), (30, 27, [30, 10, 4, 2], [1, 3, 9, 27]),
  ])
  func `a third goes on for three times the epochs, until two or three have all of them`(
    count: Int, epochs: Int, choices: [Int], budgets: [Int]
  ) throws {
    let values = (2...count + 1).map { "\($0)" }.joined(separator: ",")
    let plan = try plan(["synthetic:", "--halving", "--try", "bins=\(values)", "--epochs", "\(epochs)", "--seeds", "2"])
    let halving = try #require(plan.halving)
    #expect(halving.rungs.map(\.choiceCount) == choices && plan.choiceCounts == choices)
    #expect(halving.rungs.map(\.epochs) == budgets && halving.metric == .balancedAccuracy)
    #expect(plan.runCount == 2 * choices.reduce(0, +))
    // Any choice may come to each rung.
    #expect(plan.runs.count == 2 * count * budgets.count && Set(plan.runs.map(\.name)).count == plan.runs.count)
    for (rung, budget) in budgets.enumerated() {
      let ofRung = plan.runs.filter { $0.rung == rung }
      #expect(ofRung.count == 2 * count && ofRung.allSatisfy { $0.configuration.steps.epochs == budget })
      #expect(ofRung.map(\.choice) == plan.runs.prefix(2 * count).map(\.choice))
    }
  }

  @Test func `a run of a rung has the configuration of train with the rung's epochs, the last that of no rungs`() throws
  {
    let lists = [
      "e.csv", "--recipe", "plain", "--samplers", "shuffle,class-balanced", "--try", "learning-rate=0.1,0.2",
    ]
    let plan = try plan(lists + ["--halving", "--by", "macro-f1", "--schedule", "cosine", "--seeds", "1"])
    #expect(plan.halving?.metric == .macroF1)
    let whole = try self.plan(lists + ["--schedule", "cosine", "--seeds", "1"])
    #expect(plan.runs.suffix(4).map(\.name) == whole.runs.map(\.name))
    #expect(zip(plan.runs.suffix(4), whole.runs).allSatisfy { $0.configuration == $1.configuration })
    #expect(plan.runs[1].name == "sampler=shuffle,learning-rate=0.2,epochs=4,seed=0")
    let short = try self.plan(lists + ["--schedule", "cosine", "--seeds", "1", "--epochs", "4"])
    #expect(zip(plan.runs, short.runs).allSatisfy { $0.configuration == $1.configuration })
  }
}
