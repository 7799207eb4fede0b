import Foundation
import Models
import TestSupport
import Testing

/// Samplers as a user meets them.
@Suite(.serialized) struct SamplerTests {
  private static let data = "synthetic:samples=4000,classes=3,features=4,separation=1,priors=0.9/0.08/0.02"
  private static let samplers = ["class-balanced", "power", "progressive", "oversample", "undersample"]

  private func train(_ options: [String], in folder: TemporaryFolder, data: String = data) async throws
    -> Program.Outcome
  {
    try await Program.trainer.run(
      [data, "--run-dir", "run", "--overwrite"] + options, ranks: CommandLineTests.ranks, in: folder)
  }

  private func model(_ folder: TemporaryFolder) throws -> ModelFile {
    try ModelFile(Safetensors(decoding: [UInt8](folder.data("run/model.safetensors")), path: "m"), path: "m")
  }

  private func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func `what an epoch draws is shown before training, and what it drew is in the log`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await train(["--sampler", "class-balanced", "--epochs", "3"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let counts = try #require(try model(folder).classCounts)
    let share = "1,333"
    func grouped(_ count: Int) -> String {
      let digits = "\(count)"
      return count < 1000 ? digits : digits.dropLast(3) + "," + digits.suffix(3)
    }
    let lines = outcome.output.split(separator: "\n").map(String.init)
    let title = try #require(lines.first { $0.contains("draws an epoch") })
    #expect(title.contains("weight (none)") && !outcome.error.contains("favoured"))
    for (name, count) in zip(["0", "1", "2"], counts) {
      let row = try #require(lines.first { $0.split(separator: " ").first.map(String.init) == name })
      let cells = row.split(separator: " ").map(String.init)
      #expect(cells.contains(share) && cells.contains(grouped(count)))
    }
    #expect(outcome.output.contains("sampler class-balanced"))
    let epochs = try objects(folder.text("run/log.jsonl")).filter { $0["event"] as? String == "epoch" }
    let drawn = epochs.compactMap { $0["draws"] as? [Int] }
    try #require(drawn.count == 3 && Set(drawn.map { "\($0)" }).count == 3)
    for draws in drawn { #expect(draws.allSatisfy { abs($0 - 1333) < 100 }, "\(draws)") }
    // And that many the model was trained on.
    let samples = try objects(folder.text("run/metrics.jsonl")).filter { $0["split"] as? String == "train" }
      .compactMap { $0["samples"] as? Int }
    #expect(samples == drawn.map { $0.reduce(0, +) })
    #expect(try folder.text("run/log.txt").contains("; drew \(drawn[0][0]) of 0, \(drawn[0][1]) of 1"))
    #expect(try folder.text("run/report.html").contains("Draws an epoch"))
    let weights = try objects(folder.text("run/class_weights.json").split(separator: "\n").joined())
    let classes = try #require(weights.first?["classes"] as? [[String: Any]])
    #expect(classes.allSatisfy { ($0["draws"] as? Double).map { abs($0 - 4000 / 3) < 1e-6 } == true })
  }

  @Test func `plain shuffling says nothing of draws`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await train(["--epochs", "1"], in: folder)
    #expect(!outcome.output.contains("draws") && !outcome.output.contains("sampler"))
    for file in ["log.txt", "log.jsonl", "class_weights.json", "model.safetensors"] {
      #expect(!String(decoding: try folder.data("run/\(file)"), as: UTF8.self).contains("draw"), "\(file)")
    }
  }

  @Test(
    arguments: samplers, [[], ["--loss", "logit-adjusted", "--logit-tau", "0.5"], ["--class-weights", "per-batch"]])
  func `frequencies are those of the data, whatever was drawn`(sampler: String, options: [String]) async throws {
    let folder = try TemporaryFolder()
    let outcome = try await train(
      [
        "--sampler", sampler, "--epochs", "30", "--learning-rate", "0.01", "--batch-size", "64", "--schedule",
        sampler == "progressive" ? "constant" : "linear",
        "--validation-fraction", "0.2", "--keep-model", "last",
      ] + options, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let trained = try model(folder)
    let counts = try #require(trained.classCounts)
    let total = Double(counts.reduce(0, +))
    #expect(trained.loss["sampler"] == sampler && trained.isWeighted)
    let expected = counts.map { count -> Double in
      switch sampler {
      case "class-balanced", "progressive": total / (3 * Double(count))
      case "power":
        total * Double(count).squareRoot() / counts.reduce(0) { $0 + Double($1).squareRoot() } / Double(count)
      case "oversample": Double(counts[0]) / Double(count)
      default: Double(counts[2]) / Double(count)
      }
    }
    let prior = try #require(trained.priorWeights)
    if options.isEmpty { #expect(zip(prior, expected).allSatisfy { abs($0 - $1) < 1e-9 * $1 }, "\(prior)") }
    // As frequent in the mean as in the data, and raw ones are not. (Of undersampling an epoch has few steps, and of
    // progressive sampling the model is somewhat behind the last epoch's rates.)
    let tolerance = sampler == "progressive" || sampler == "undersample" ? 0.05 : 0.02
    for (kind, isFrequency) in [("prior", true), ("calibrated", true), ("raw", false)] {
      let outcome = try await Program.trainer.run(["predict", "run", Self.data, "--probabilities", kind], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      let rows = outcome.output.split(separator: "\n").dropFirst().map { line in
        line.split(separator: ",").dropFirst().compactMap { Double($0) }
      }
      let mean = rows.reduce(0) { $0 + $1[0] } / Double(rows.count)
      #expect((abs(mean - 0.9) < tolerance) == isFrequency, "\(kind): \(mean)")
    }
  }

  @Test func `making up for frequencies twice is said once`() async throws {
    let outcome = try await train(
      ["--sampler", "oversample", "--class-weights", "balanced", "--epochs", "1"], in: TemporaryFolder())
    #expect(outcome.exitStatus == 0)
    #expect(outcome.error.components(separatedBy: "favoured twice").count == 2, "\(outcome.error)")
  }

  @Test(arguments: [
    (
      ["--optimizer", "lbfgs", "--sampler", "class-balanced"],
      "--sampler class-balanced: expected none that repeats or leaves out samples with --optimizer lbfgs"
    ),
    (["--sampling-power", "1.5"], "--sampling-power 1.5: expected 0 to 1"),
    (["--sampler", "oversample", "--sampling-ratio", "0"], "--sampling-ratio 0.0: expected more than 0"),
    (["--sampler", "oversample", "--sampling-ratio", "2"], "--sampling-ratio 2.0: expected more than 0"),
  ])
  func `what has no meaning is refused`(options: [String], message: String) async throws {
    let outcome = try await train(options, in: TemporaryFolder())
    #expect(outcome.exitStatus == 64 && outcome.error.contains(message), "\(outcome.error)")
  }

  @Test(arguments: samplers)
  func `a class without samples, one that is not drawn, and epochs without any are no obstacle`(sampler: String)
    async throws
  {
    let folder = try TemporaryFolder()
    // One sample of the rarest class; and none of another.
    let rows = (0..<60).map { "\($0 % 7),\($0 * $0 % 11),\($0 == 33 ? "rare" : $0 % 3 == 0 ? "b" : "a")\n" }
    let path = try folder.write("x,y,label\n" + rows.joined(), to: "data.csv")
    for options in [[], ["--class-weights", "per-batch", "--hidden", "4"], ["--batch-size", "1000"]] {
      let outcome = try await train(
        ["--sampler", sampler, "--sampling-ratio", sampler == "undersample" ? "1" : "0.5", "--epochs", "12"] + options,
        in: folder, data: path)
      #expect(outcome.exitStatus == 0, "\(outcome.error)")
    }
    let absent = try await train(
      ["--sampler", sampler, "--epochs", "5"], in: folder, data: "synthetic:samples=200,priors=0.8/0/0.2")
    #expect(absent.exitStatus == 0 && absent.error.contains("no training sample of class \"1\""), "\(absent.error)")
    let few = try await train(
      ["--sampler", sampler, "--epochs", "40", "--shards", "3"], in: folder,
      data: "synthetic:samples=4,classes=2,priors=0.75/0.25")
    #expect(few.exitStatus == 0, "\(few.error)")
  }

  @Test(arguments: samplers)
  func `a run goes on in the middle of an epoch to the same bits`(sampler: String) async throws {
    let folder = try TemporaryFolder()
    let options = [
      Self.data, "--sampler", sampler, "--epochs", "3", "--batch-size", "50", "--shards", "8", "--quiet",
    ]
    try await expectSameBits(of: options, stoppedAfterSteps: ["3", "110"], in: folder)
  }

  @Test func `samplers are compared, each with the class weights that go with it`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      [
        "compare", Self.data, "--samplers", "shuffle,class-balanced,undersample", "--seeds", "1", "--epochs", "2",
        "--validation-fraction", "0.2",
        "--run-dir", "all",
      ], in: folder, secondsAllowed: 120)
    try #require(outcome.exitStatus == 0, "\(outcome.error)\(outcome.output)")
    for (sampler, weights) in [("shuffle", "balanced"), ("class-balanced", "none"), ("undersample", "none")] {
      let configuration = try folder.text("all/sampler=\(sampler),seed=0/config.yaml")
      #expect(configuration.contains("class-weights: \(weights)\n"), "\(sampler): \(configuration)")
    }
  }
}
