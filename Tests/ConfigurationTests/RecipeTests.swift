import Configuration
import Files
import Foundation
import Testing

@Suite struct RecipeTests {
  private func expanded(_ arguments: [String]) throws -> TrainingConfiguration {
    let all = try OptionsFile.expand(arguments)
    return try TrainOptions.parse(Array(all.drop { $0 == "train" })).configuration.resolved(shardCount: 8)
  }

  /// A file of lines "1,a", of so many bytes, which the test removes.
  private func withFile(ofBytes count: Int, named name: String = "t.csv", _ body: (String) throws -> Void) throws {
    let rows = String(repeating: "1,a\n", count: count / 4 + 1).utf8.prefix(count)
    try withFile(of: [UInt8](rows), named: name, body)
  }

  /// A file of these bytes, which the test removes.
  private func withFile(of bytes: [UInt8], named name: String = "t.csv", _ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "recipe-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/" + name
    try #require(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
    try body(path)
  }

  @Test(arguments: [["--recipe", "table"], ["--recipe", "auto"], []])
  func `for a table the defaults of other options are those that serve tables`(recipe: [String]) throws {
    try withFile(ofBytes: 100) { path in
      let table = try expanded(recipe + [path])
      #expect(table.data == path && table.model.recipe == .table)
      #expect(table.model.numericEncoding == .piecewise && table.model.hiddenWidths == [256, 256])
      #expect(table.optimizer.optimizer == .adamw && table.optimizer.schedule == .cosine && table.steps.epochs == 60)
      #expect(table.model.memberCount == 8 && table.stopping.earlyStopping == .balancedAccuracy)
      // Folds are what members are judged by: nothing more is held out.
      #expect(!table.split.hasValidation && table.stopping.keepModel == .best)
      #expect(table.model.dropout > 0 && table.model.embeddingWidth == 16 && table.hasNoWarning)
      #expect(table.optimizer.embeddingRate == 3)
      let without = try expanded(recipe + [path, "--embedding", "0"])
      #expect(without.optimizer.embeddingRate == 1 && without.hasNoWarning)
      // The few samples of a fold tell epochs apart by luck: the log loss has a say; unless it is asked for alone.
      #expect(table.stopping.logLossPenalty == 0.2)
      let byLoss = try expanded(recipe + [path, "--early-stopping", "loss"])
      #expect(byLoss.stopping.earlyStopping == .loss && byLoss.stopping.logLossPenalty == 0)
      #expect(try expanded(recipe + [path, "--log-loss-penalty", "0"]).stopping.logLossPenalty == 0)
    }
  }

  @Test func `the larger a table, the less is spent on each of its rows`() throws {
    var seen: [(rows: Int, members: Int, epochs: Int)] = []
    var penalties: [Double] = []
    var clipNorms: [Double?] = []
    var edges: [ModelOptions.BinEdges] = []
    for bytes in [8_000, 512 << 10, (512 << 10) + 1, (4 << 20) + 1, (32 << 20) + 1] {
      try withFile(ofBytes: bytes) { path in
        let configuration = try expanded([path])
        try configuration.check()
        #expect(configuration.hasNoWarning, "\(configuration.optionsWithoutEffect)")
        seen.append(
          (configuration.steps.batchSize, configuration.model.memberCount, configuration.steps.epochs))
        penalties.append(configuration.stopping.logLossPenalty)
        clipNorms.append(configuration.optimizer.clipNorm)
        edges.append(configuration.model.binEdges)
      }
    }
    // A pipe may bring any number of rows.
    #expect(try expanded(["/dev/null", "--format", "csv"]).model.memberCount == 1)
    #expect(seen.map(\.rows) == [32, 32, 128, 256, 512] && seen.map(\.members) == [8, 8, 8, 4, 1])
    #expect(seen.map(\.epochs) == [60, 60, 40, 20, 10] && penalties == [0.2, 0, 0, 0, 0])
    #expect(clipNorms == [nil, nil, 1, 1, 1] && edges == [.quantiles, .quantiles, .spread, .spread, .spread])
    try withFile(ofBytes: 5 << 20) { path in
      let standard = try expanded([path, "--numeric-encoding", "standard"])
      #expect(standard.model.binEdges == .quantiles && standard.hasNoWarning)
      #expect(try expanded([path, "--numeric-encoding", "piecewise"]).model.binEdges == .spread)
      #expect(try expanded([path, "--bin-edges", "quantiles"]).model.binEdges == .quantiles)
      #expect(try expanded([path, "--clip-norm", "0"]).optimizer.clipNorm == nil)
    }
    #expect(try expanded(["/dev/null", "--format", "csv", "--optimizer", "lbfgs"]).hasNoWarning)
  }

  @Test(arguments: ["t.csv", "t.csv.gz"])
  func `a small table of many lines has narrower layers`(name: String) throws {
    let row = "1,a\n"
    for (text, widths) in [
      (String(repeating: row, count: 2_000), [256, 256]), (String(repeating: row, count: 2_001), [128, 128]),
      // The last line may end with the file.
      (String(repeating: row, count: 1_999) + "1,a", [256, 256]),
      (String(repeating: row, count: 2_000) + "1,a", [128, 128]),
    ] {
      let bytes = [UInt8](text.utf8)
      try withFile(of: name.hasSuffix(".gz") ? Self.packed(bytes) : bytes, named: name) { path in
        let configuration = try expanded([path])
        #expect(configuration.model.hiddenWidths == widths, "\(bytes.count) bytes")
        #expect(configuration.model.memberCount == 8 && configuration.hasNoWarning)
        // Bytes of numbers are no lines.
        #expect(try expanded([path, "--format", "npy", "--recipe", "table"]).model.hiddenWidths == [256, 256])
      }
    }
  }

  @Test(arguments: ["t.csv", "t.csv.gz"])
  func `a table of few lines has steps enough, however wide it is`(name: String) throws {
    let row = String(repeating: "0.125,", count: 499) + "a\n"
    for (rows, batch, members) in [
      (300, 32, 8), (600, 32, 8), (1_000, 32, 8), (1_001, 128, 8), (3_000, 128, 8), (5_500, 256, 4),
    ] {
      // Bytes that are stored in gzip as they are seem to be packed ones of several files.
      guard !name.hasSuffix(".gz") || rows == 300 else { continue }
      let bytes = [UInt8](String(repeating: row, count: rows).utf8)
      try withFile(of: name.hasSuffix(".gz") ? Self.packed(bytes) : bytes, named: name) { path in
        let configuration = try expanded([path])
        #expect(configuration.steps.batchSize == batch && configuration.model.memberCount == members, "\(rows) rows")
        // Columns without rows to learn bins of them from are taken as they are.
        #expect(configuration.model.embeddingWidth == (rows == 300 ? nil : 4) && configuration.hasNoWarning)
        #expect(configuration.model.numericEncoding == (rows == 300 ? .standard : .piecewise))
        // Those that tell count for more, and of few rows more strictly.
        #expect(configuration.optimizer.relevance == (rows == 300 ? 1.5 : 1))
      }
    }
  }

  @Test(arguments: [
    (2, 16), (128, 16), (129, 8), (256, 8), (257, 4), (512, 4), (513, 2), (1_024, 2), (1_025, 1),
  ])
  func `of many columns fewer numbers each are learned`(columns: Int, width: Int) throws {
    for delimiter in [",", "\t", ";", "|", " ", "  "] {
      let names = Array(repeating: "c", count: columns).joined(separator: delimiter)
      let row = Array(repeating: "1.5", count: columns).joined(separator: delimiter) + "\n"
      let text = "A title above, with a comma\n" + names + "\n" + String(repeating: row, count: columns)
      try withFile(of: [UInt8](text.utf8)) { path in
        let (plain, typed) = (try expanded([path]), try expanded([path, "--embedding", "32"]))
        #expect(plain.model.embeddingWidth == width && typed.model.embeddingWidth == 32)
        #expect(plain.optimizer.relevance == (columns > 128 ? 1 : 0) && plain.hasNoWarning)
        #expect(try expanded([path, "--relevance", "0"]).optimizer.relevance == 0)
        #expect(try expanded([path, "--model", "linear"]).hasNoWarning)
        #expect(try expanded([path, "--optimizer", "lbfgs"]).hasNoWarning)
      }
    }
  }

  @Test func `columns are counted as the file is read`() throws {
    let words = Array(repeating: "w", count: 200).joined(separator: ",")
    let rows = String(repeating: "1\t\(words)\tk\n", count: 100)
    try withFile(of: [UInt8](("a\tb\ty\n" + rows).utf8)) { path in
      let (found, typed) = (try expanded([path]), try expanded([path, "--delimiter", "comma"]))
      #expect(found.model.embeddingWidth == 16 && typed.model.embeddingWidth == nil)
    }
    let quoted = String(repeating: "1,\"\(words)\",k\n", count: 100)
    try withFile(of: [UInt8](("a,b,y\n" + quoted).utf8)) { path in
      let found = try expanded([path])
      #expect(found.model.embeddingWidth == 16)
    }
    let comments = String(repeating: "# by\n", count: 30)
    try withFile(of: [UInt8]((comments + words + "\n" + words + "\n").utf8)) { path in
      let found = try expanded([path, "--comment", "#"])
      #expect(found.model.embeddingWidth == nil)
    }
  }

  /// A gzip file whose bytes are stored as they are (RFC 1951, 3.2.4; RFC 1952).
  private static func packed(_ text: [UInt8]) -> [UInt8] {
    func bytes(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var checksum = CRC32()
    checksum.add(text)
    var packed: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    for start in stride(from: 0, to: text.count, by: 65_535) {
      let block = text[start..<min(start + 65_535, text.count)]
      packed += [block.endIndex == text.count ? 1 : 0]
      packed += bytes(UInt32(block.count), 2) + bytes(~UInt32(block.count), 2) + block
    }
    return packed + bytes(UInt32(checksum.number), 4) + bytes(UInt32(text.count), 4)
  }

  @Test(arguments: [(5_000_000, 4), (100, 8), (0, 8)])
  func `a packed file is as large as what it holds`(size: Int, members: Int) throws {
    let last = (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
    try withFile(of: [0x1F, 0x8B] + Array(repeating: 0, count: 12) + last, named: "t.csv.gz") { path in
      let configuration = try expanded([path])
      #expect(configuration.model.memberCount == members)
    }
    // Several packed files in one: the last bytes are those of the last one, which holds less than all are packed to.
    try withFile(of: [0x1F, 0x8B] + Array(repeating: 0, count: 1 << 20), named: "t.csv.gz") { path in
      let configuration = try expanded([path])
      #expect(configuration.model.memberCount == 4)
    }
  }

  @Test(arguments: ["a.npy", "train-images-ubyte", "a.svm", "a.h5", "a.h5:x", "a.npz:x", "A.NPY"])
  func `data that is no table has the program's own defaults`(name: String) throws {
    let configuration = try expanded([name])
    #expect(configuration.model.recipe == .plain && configuration.model.memberCount == 1)
    #expect(configuration.steps.epochs == 10 && configuration.model.hiddenWidths == [])
    // But whoever says that it is a table has it so.
    #expect(try expanded([name, "--format", "csv"]).model.recipe == .table)
    #expect(try expanded(["x.csv", "--format", "npy", "--labels", "y.npy"]).model.recipe == .plain)
  }

  @Test func `a run that is gone on with by its name has its own options`() throws {
    #expect(try OptionsFile.expand(["--resume", "runs/a", "t.csv"]) == ["--resume", "runs/a", "t.csv"])
    #expect(try expanded(["--resume", "auto", "--run-dir", "r", "t.csv"]).model.recipe == .table)
    #expect(try expanded(["--resume", "no", "t.csv"]).model.recipe == .table)
  }

  @Test func `one model is judged only where there is something to judge it by`() throws {
    let one = try expanded(["--members", "1", "t.csv"])
    #expect(one.model.memberCount == 1 && one.stopping.earlyStopping == nil && !one.split.hasValidation)
    let judged = try expanded(["--members", "1", "--validation-fraction", "0.2", "t.csv"])
    #expect(judged.stopping.earlyStopping == .balancedAccuracy && judged.split.validationFraction == 0.2)
  }

  @Test(arguments: [[], ["--recipe", "plain"], ["--recipe=plain"], ["--recipe", "plain", "t.csv"], ["synthetic:"]])
  func `with plain, and for what is no table, the defaults are the program's own`(arguments: [String]) throws {
    var expected = TrainingConfiguration.defaults
    expected.data = arguments.last { $0.hasSuffix(".csv") || $0.hasPrefix("synthetic:") }
    expected.model.recipe = .plain
    #expect(try expanded(arguments) == expected.resolved(shardCount: 8))
  }

  @Test func `what is typed wins over a recipe, wherever it stands`() throws {
    for arguments in [
      ["--epochs", "5", "--recipe", "table", "--optimizer", "sgd"],
      ["train", "--recipe=table", "--epochs=5", "--optimizer=sgd"],
    ] {
      let configuration = try expanded(arguments)
      #expect(configuration.steps.epochs == 5 && configuration.optimizer.optimizer == .sgd)
      #expect(configuration.model.hiddenWidths == [256, 256])
    }
  }

  @Test func `the kind of model that a recipe has anyway leaves its widths alone`() throws {
    for typed in [["--model", "mlp"], ["--model=mlp"]] {
      #expect(try expanded(["--recipe", "table"] + typed).model.hiddenWidths == [256, 256])
    }
    #expect(try expanded(["--recipe", "table", "--hidden", "7", "--model", "mlp"]).model.hiddenWidths == [7])
    #expect(try expanded(["--recipe", "table", "--model=linear"]).model.hiddenWidths == [])
  }

  @Test func `a file of options may name a recipe, wins over it, and gives way to what is typed`() throws {
    let path = NSTemporaryDirectory() + "recipe-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "recipe: table\nepochs: 7\nseed: 3\n".write(toFile: path, atomically: true, encoding: .utf8)
    let configuration = try expanded(["--config", path, "--seed", "4"])
    #expect(configuration.steps.epochs == 7 && configuration.computation.seed == 4)
    #expect(configuration.model.numericEncoding == .piecewise)
    // What it came to is another run's configuration, and the same.
    try configuration.yaml.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try expanded(["--config", path]) == configuration)
  }

  @Test(arguments: [
    ["--embedding", "0"], ["--members", "1"], ["--model", "linear", "--optimizer", "sgd"], ["--epochs", "7"],
  ])
  func `a recipe adds nothing to the configuration of a run`(typed: [String]) throws {
    let path = NSTemporaryDirectory() + "recipe-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let configuration = try expanded(["t.csv"] + typed)
    try configuration.yaml.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try expanded(["--config", path]) == configuration)
    // Not even to that of an older program, which did not know all that it is asked for today.
    let older = try configuration.yaml.split(separator: "\n").filter {
      !$0.hasPrefix("numeric-encoding:") && !$0.hasPrefix("schedule:")
    }
    try older.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    var expected = configuration
    (expected.model.numericEncoding, expected.optimizer.schedule) = (.standard, .constant)
    #expect(try expanded(["--config", path]) == expected)
  }

  @Test func `the configuration of a run keeps its recipe, and another one is refused`() throws {
    let path = NSTemporaryDirectory() + "recipe-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (own, other) in [("plain", "table"), ("table", "plain")] {
      let configuration = try expanded(["t.csv", "--recipe", own])
      try configuration.yaml.write(toFile: path, atomically: true, encoding: .utf8)
      for typed in [["--recipe", own], ["--recipe=\(own)", "--", "t.csv"]] {
        #expect(try expanded(["--config", path] + typed) == configuration, "\(typed)")
      }
      for typed in [["--recipe", other], ["--recipe=auto", "--", "t.csv"]] {
        let error = #expect(throws: UsageError.self) { try expanded(["--config", path] + typed) }
        #expect(error?.description.contains("would change nothing: \(path) is the record of a run") == true)
      }
    }
    // Before there were recipes; nor were there members.
    let plain = try expanded(["t.csv", "--recipe", "plain"])
    let older = try plain.yaml.split(separator: "\n").filter {
      !$0.hasPrefix("recipe:") && !$0.hasPrefix("members:") && !$0.hasPrefix("numeric-encoding:")
    }
    try older.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try expanded(["--config", path]) == plain)
  }

  @Test(arguments: [["--model", "linear"], ["--optimizer", "lbfgs"], ["--model", "linear", "--optimizer", "lbfgs"]])
  func `what a recipe has no place for is left out`(typed: [String]) throws {
    let configuration = try expanded(["--recipe", "table"] + typed)
    try configuration.check()
    #expect(configuration.model.dropout == 0 && configuration.model.numericEncoding == .piecewise)
    #expect(configuration.model.embeddingWidth == nil)
    #expect(configuration.model.memberCount == (configuration.optimizer.takesFullBatches ? 1 : 8))
    #expect(configuration.hasNoWarning, "\(configuration.optionsWithoutEffect)")
  }

  @Test(arguments: [
    ["--max-one-hot", "9"], ["--max-one-hot=64"], ["--rare-levels", "hash"], ["--rare-levels=other"],
    ["--embedding", "0"],
    ["data.svm"], ["data.csv", "--format", "svmlight"],
  ])
  func `who asks for features of categories has them, and sparse rows have no columns`(typed: [String]) throws {
    let configuration = try expanded(["--recipe", "table"] + typed)
    try configuration.check()
    #expect(configuration.model.embeddingWidth == nil && configuration.model.hiddenWidths == [256, 256])
    #expect(configuration.optimizer.relevance == (typed.contains { $0.contains("svm") } ? 0.5 : 0))
    #expect(configuration.hasNoWarning, "\(configuration.optionsWithoutEffect)")
  }

  @Test func `what cannot be parsed is left for the parser to refuse`() throws {
    #expect(try OptionsFile.expand(["--recipe", "tabel"]) == ["--recipe", "tabel"])
  }
}

extension TrainingConfiguration {
  fileprivate var hasNoWarning: Bool { optionsWithoutEffect.isEmpty }
}
