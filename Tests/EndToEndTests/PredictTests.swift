import Foundation
import TestSupport
import Testing

/// Models that are used: `predict` and `evaluate`.
@Suite(.serialized) struct PredictTests {
  /// Numbers, dates, categories of few and of many levels, missing values, text over several lines.
  private func table(rows: Range<Int>) -> String {
    "age,when,color,code,note,kind\n"
      + rows.map { row in
        let kind = row % 9 == 0 ? "rare, \"odd\"" : row % 3 == 0 ? "some" : "usual"
        let age = row % 13 == 0 ? "NA" : "\(20 + row * 7 % 41 + kind.count).\(row % 10)"
        let color = row % 17 == 0 ? "" : ["red", "grün", "blue"][(row + kind.count) % 3]
        let day = "2024-0\(1 + row % 9)-1\(row % 10)"
        let text = row % 7 == 0 ? "\"two\nlines, \"\"quoted\"\"\"" : "plain"
        let label = kind.contains(",") ? "\"rare, \"\"odd\"\"\"" : kind
        return "\(age),\(day),\(color),c\(row * (row % 5 + 1) % 23),\(text),\(label)\n"
      }.joined()
  }

  private func run(
    _ arguments: [String], ranks: Int? = nil, in folder: TemporaryFolder, exitStatus: Int32 = 0
  ) async throws -> Program.Outcome {
    let outcome = try await Program.trainer.run(arguments, ranks: ranks, in: folder)
    #expect(outcome.exitStatus == exitStatus, "\(arguments): \(outcome.error)")
    return outcome
  }

  private func train(_ arguments: [String], in folder: TemporaryFolder) async throws {
    _ = try await run(
      arguments + ["--run-dir", "run", "--quiet", "--epochs", "3", "--learning-rate", "0.02"], in: folder)
  }

  private static let trainedTable = ["data.csv", "--drop", "note", "--max-one-hot", "8"]

  private func trainTable(_ more: [String] = [], in folder: TemporaryFolder) async throws {
    try folder.write(table(rows: 0..<400), to: "data.csv")
    try await train(Self.trainedTable + more, in: folder)
  }

  /// As it is kept where disk is dear, or brought to where it is used.
  @Test func `a run that has ended needs no checkpoints to be used`() async throws {
    let folder = try TemporaryFolder()
    try await trainTable(in: folder)
    _ = try await run(["predict", "run", "data.csv", "--output", "whole.csv"], in: folder)
    #expect(
      try await runScript(
        "cp -r run kept; rm -r kept/checkpoints; mkdir bare; cp run/config.yaml run/model.safetensors bare", in: folder)
        == 0)
    for copy in ["kept", "bare"] {
      _ = try await run(["predict", copy, "data.csv", "--output", "\(copy).csv"], in: folder)
      #expect(try folder.data("\(copy).csv") == folder.data("whole.csv"))
      _ = try await run(["export", copy, "\(copy).onnx"], in: folder)
    }
    _ = try await run(["inspect", "kept"], in: folder)
    _ = try await run(["evaluate", "bare", "data.csv"], ranks: 2, in: folder)
  }

  private func write(_ source: Source, in folder: TemporaryFolder) async throws {
    switch source {
    case .table, .bins, .manyBins, .ranks: try folder.write(table(rows: 0..<400), to: "data.csv")
    case .sparse:
      let lines = (0..<300).map { row in
        "\(row % 3) \(row % 40 + 1):\(row % 9).5 \(50 + row % 3 * 7 + row % 2):1 \(90 + row % 10):0.25 # note\n"
      }
      try folder.write(lines.joined(), to: "data.svm")
    case .npy, .idx:
      let script = """
        python3 - <<'PY'
        import random, struct
        random.seed(5)
        rows = [[random.randrange(256) for _ in range(12)] for _ in range(500)]
        labels = [(r[0] + r[1]) // 180 for r in rows]
        with open('x.npy', 'wb') as f:
            head = "{'descr': '|u1', 'fortran_order': False, 'shape': (500, 13), }"
            f.write(b'\\x93NUMPY\\x01\\x00' + struct.pack('<H', 118) + head.encode().ljust(117) + b'\\n')
            for r, y in zip(rows, labels): f.write(bytes(r + [y]))
        with open('x-images-idx3-ubyte', 'wb') as f:
            f.write(bytes([0, 0, 8, 3]) + struct.pack('>III', 500, 3, 4) + b''.join(map(bytes, rows)))
        with open('x-labels-idx1-ubyte', 'wb') as f:
            f.write(bytes([0, 0, 8, 1]) + struct.pack('>I', 500) + bytes(labels))
        PY
        """
      #expect(try await runScript(script, in: folder) == 0)
    case .synthetic: break
    }
  }

  enum Source: String, CaseIterable {
    case table, sparse, npy, idx, synthetic, bins, manyBins, ranks

    /// Of `train`.
    var arguments: [String] {
      switch self {
      case .table: PredictTests.trainedTable + ["--hidden", "6", "--class-weights", "sqrt-inverse"]
      case .bins: PredictTests.trainedTable + ["--numeric-encoding", "piecewise", "--bins", "9", "--hidden", "6"]
      // A first layer that adds up runs of bins.
      case .manyBins:
        [
          "data.csv", "--drop", "note,color,code,when", "--numeric-encoding", "piecewise", "--bins", "40", "--hidden",
          "180",
        ]
      case .ranks: PredictTests.trainedTable + ["--numeric-encoding", "quantile"]
      case .sparse: ["data.svm", "--class-weights", "per-batch"]
      case .npy: ["x.npy", "--hidden", "5,4", "--label-smoothing", "0.1"]
      case .idx: ["x-images-idx3-ubyte", "--loss-normalization", "count"]
      case .synthetic: ["synthetic:samples=9000,classes=4", "--ignore-index", "2"]
      }
    }
  }

  @Test(arguments: Source.allCases)
  func `what train says at its end is what evaluate says, with the same bits at any number of ranks`(
    source: Source
  ) async throws {
    let folder = try TemporaryFolder()
    try await write(source, in: folder)
    try await train(source.arguments, in: folder)
    let summary = try object(folder.data("run/summary.json"))["train"] as? [String: Any] ?? [:]
    let data = source.arguments[0]
    let alone = try await run(["evaluate", "run", data, "--json"], in: folder).output
    let found = try object(Data(alone.utf8))
    #expect(summary.count > 8)
    for (name, value) in summary {
      let (expected, number) = (value as? Double ?? .nan, found[name] as? Double ?? .nan)
      // Weights that follow the batch are rounded to Float32 where there is a batch.
      let tolerance = source == .sparse && name == "loss" ? 1e-7 : 1e-12
      #expect(abs(expected - number) <= tolerance * abs(expected), "\(name): \(expected), \(number)")
    }
    let matrix = try folder.text("run/confusion_matrix.csv").split(separator: "\n").dropFirst()
    let rows = matrix.map { $0.split(separator: ",").suffix(matrix.count).compactMap { Int($0) } }
    #expect(found["confusion_matrix"] as? [[Int]] == rows)

    let predictions = try await run(["predict", "run/model.safetensors", data], in: folder).output
    #expect(predictions.split(separator: "\n").count == 1 + (found["rows"] as? Int ?? -1))
    for ranks in [1, 2, 3, 8] {
      let other = try await run(["evaluate", "run", data, "--json"], ranks: ranks, in: folder).output
      #expect(other == alone, "\(ranks) ranks")
      _ = try await run(
        ["predict", "run", data, "--output", "p.csv", "--overwrite", "--quiet"], ranks: ranks, in: folder)
      #expect(try folder.text("p.csv") == predictions, "\(ranks) ranks")
    }
  }

  private func object(_ data: Data) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  @Test func `columns are found by name, and labels are not needed`() async throws {
    let folder = try TemporaryFolder()
    try await trainTable(in: folder)
    let expected = try await run(["predict", "run", "data.csv"], in: folder).output
    #expect(expected.hasPrefix("prediction,\"probability:rare, \"\"odd\"\"\",probability:some,probability:usual\n"))
    // In another order, without the label, with one more, and by another delimiter.
    let script = """
      python3 - <<'PY'
      import csv
      rows = list(csv.DictReader(open('data.csv', newline='')))
      with open('other.tsv', 'w', newline='') as f:
          w = csv.writer(f, delimiter='\\t')
          w.writerow(['id', 'code', 'age', 'color', 'when'])
          for i, r in enumerate(rows): w.writerow([f'r{i}', r['code'], r['age'], r['color'], r['when']])
      with open('without.csv', 'w', newline='') as f:
          w = csv.writer(f)
          for r in rows: w.writerow([r['age'], r['when'], r['color'], r['code'], r['note']])
      with open('lacking.csv', 'w', newline='') as f:
          w = csv.writer(f)
          w.writerow(['age', 'when', 'color'])
          for r in rows: w.writerow([r['age'], r['when'], r['color']])
      PY
      gzip -k data.csv
      """
    #expect(try await runScript(script, in: folder) == 0)
    let other = try await run(["predict", "run", "other.tsv"], ranks: 2, in: folder)
    #expect(other.output == expected)
    #expect(other.error.contains("are ignored: id\n"))
    // Without names, where one column less is that of the labels.
    #expect(try await run(["predict", "run", "without.csv", "--header", "no"], in: folder).output == expected)
    #expect(try await run(["predict", "run", "data.csv.gz"], ranks: 3, in: folder).output == expected)
    let piped = try await Program.trainer.run(
      ["predict", "run", "-"], in: folder, wrapper: "cat data.csv | \"$@\"")
    #expect(piped.output == expected)
    let lacking = try await run(["predict", "run", "lacking.csv"], ranks: 2, in: folder, exitStatus: 65)
    #expect(lacking.error.contains("lacks a column of the training data: code"))
    #expect(lacking.output == "")
  }

  @Test func `what stands in a column that had nothing to say in training changes nothing`() async throws {
    let folder = try TemporaryFolder()
    // Where a value is missing tells the classes apart, however equal the others are.
    let rows = (0..<60).map { "\($0 * 7 % 11),,\($0 % 7),3,\($0 % 2 == 0 ? "" : "1"),k\($0 % 2)\n" }.joined()
    try folder.write("a,empty,b,same,tells,y\n" + rows, to: "data.csv")
    _ = try await run(
      ["data.csv", "--recipe", "plain", "--epochs", "30", "--learning-rate", "0.1", "--run-dir", "run"], in: folder)
    let values = ["5,,2,3", "5,t,2,3", "5,2026-11-29,2,inf", "5,7 %,2,", "5,1e30,2,9", "5,,2,3"]
    for tells in ["", "1"] {
      try folder.write("a,empty,b,same,tells\n" + values.map { "\($0),\(tells)\n" }.joined(), to: "new.csv")
      let lines = try await run(["predict", "run", "new.csv"], ranks: 2, in: folder).output.split(separator: "\n")
      #expect(lines.count == 7 && Set(lines.dropFirst()).count == 1, "\(lines)")
      #expect(lines[1].hasPrefix(tells.isEmpty ? "k0" : "k1"))
    }
    try folder.write("a,empty,b,same,tells\nt,,2,3,1\n", to: "bad.csv")
    #expect(try await run(["predict", "run", "bad.csv"], in: folder, exitStatus: 65).error.contains("is not a number"))
  }

  @Test func `rows that cannot be read have empty predictions`() async throws {
    let folder = try TemporaryFolder()
    try await trainTable(in: folder)
    let whole = try await run(["predict", "run", "data.csv"], in: folder).output.split(separator: "\n")
    var lines = table(rows: 0..<400).replacing("two\nlines", with: "one line").split(separator: "\n").map(String.init)
    for bad in [1, 2, 200, 400] { lines[bad] = "x" + lines[bad] }
    lines[7] = "1,2"
    lines[300] = lines[300].replacing(",c", with: ",\"c\" ")
    try folder.write(lines.joined(separator: "\n"), to: "bad.csv")
    let refused = try await run(["predict", "run", "bad.csv"], ranks: 2, in: folder, exitStatus: 65)
    #expect(refused.error.contains("bad.csv, line 2, column 1 (age)"))
    for ranks in [1, 3] {
      let found = try await run(
        ["predict", "run", "bad.csv", "--on-bad-row", "skip"], ranks: ranks, in: folder)
      #expect(found.error.contains("6 rows of bad.csv could not be read"))
      let rows = found.output.split(separator: "\n")
      #expect(rows.count == whole.count)
      for row in rows.indices {
        #expect(rows[row] == ([1, 2, 7, 200, 300, 400].contains(row) ? ",,," : whole[row]), "row \(row)")
      }
    }
    let judged = try await run(["evaluate", "run", "bad.csv", "--on-bad-row", "skip", "--json"], in: folder)
    #expect(try object(Data(judged.output.utf8))["lost_rows"] as? Int == 6)
    #expect(try object(Data(judged.output.utf8))["samples"] as? Int == 394)
  }

  @Test func `an array of probabilities, and what is never overwritten unasked`() async throws {
    let folder = try TemporaryFolder()
    try await trainTable(["--class-weights", "3,1,0.5"], in: folder)
    let csv = try await run(["predict", "run", "data.csv"], in: folder)
    #expect(csv.error.contains("--probabilities prior gives those"))
    _ = try await run(["predict", "run", "data.csv", "--output", "p.npy"], ranks: 2, in: folder)
    let bytes = [UInt8](try folder.data("p.npy"))
    let head = String(decoding: bytes[..<128], as: UTF8.self)
    #expect(head.contains("'descr': '<f4'") && head.contains("'shape': (400, 3)") && bytes.count == 128 + 400 * 12)
    let numbers = stride(from: 128, to: bytes.count, by: 4).map { place in
      Float(bitPattern: bytes[place..<(place + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
    let raw = csv.output.split(separator: "\n").dropFirst().flatMap { line in
      line.split(separator: ",").suffix(3).compactMap { Float($0) }
    }
    #expect(numbers == raw)
    // Without the weighting: p ∝ q/w.
    let prior = try await run(["predict", "run", "data.csv", "--probabilities", "prior"], in: folder).output
      .split(separator: "\n").dropFirst().flatMap { $0.split(separator: ",").suffix(3).compactMap { Double($0) } }
    for row in 0..<400 {
      let shares = (0..<3).map { Double(raw[3 * row + $0]) / [3, 1, 0.5][$0] }
      for index in 0..<3 { #expect(abs(prior[3 * row + index] - shares[index] / shares.reduce(0, +)) < 1e-6) }
    }
    for output in ["p.npy", "data.csv"] {
      let refused = try await run(["predict", "run", "data.csv", "--output", output], in: folder, exitStatus: 73)
      #expect(refused.error.contains("--overwrite"))
    }
    #expect([UInt8](try folder.data("p.npy")) == bytes)
    let odd = try await run(["predict", "run", "data.csv", "--output", "p.pdf"], in: folder, exitStatus: 64)
    #expect(odd.error.contains(".npy"))
    // Who reads two lines only has no error.
    let cut = try await Program.trainer.run(
      ["predict", "run", "data.csv", "--quiet"], in: folder, wrapper: "\"$@\" | head -2; exit ${PIPESTATUS[0]}")
    #expect(cut.exitStatus == 0 && cut.error == "")
  }

  @Test func `labels that are no class of the model`() async throws {
    let folder = try TemporaryFolder()
    try await trainTable(in: folder)
    let text = table(rows: 0..<50).replacing("some\n", with: "unheard\n").replacing("usual\n", with: "new\n")
    try folder.write(text, to: "other.csv")
    let refused = try await run(["evaluate", "run", "other.csv"], ranks: 2, in: folder, exitStatus: 65)
    #expect(refused.error.contains("new, unheard") && refused.error.contains("--unknown-labels skip"))
    let skipped = try await run(
      ["evaluate", "run", "other.csv", "--unknown-labels", "skip"], ranks: 2, in: folder)
    #expect(skipped.output.contains("6 rows judged, 44 of unknown labels"))
    try folder.write(table(rows: 0..<50).replacing("two\nlines", with: "two lines"), to: "notes.csv")
    let wrong = try await run(["evaluate", "run", "notes.csv", "--label", "note"], in: folder, exitStatus: 65)
    #expect(wrong.error.contains("has no class for: plain, two lines"))
    let feature = try await run(["evaluate", "run", "data.csv", "--label", "code"], in: folder, exitStatus: 78)
    #expect(feature.error.contains("\"code\" of data.csv is a feature of the model"))
  }

  @Test func `what is no model and no data`() async throws {
    let folder = try TemporaryFolder()
    try await trainTable(in: folder)
    let model = try folder.data("run/model.safetensors")
    try folder.write(model.prefix(300), to: "cut.safetensors")
    try folder.write(Data(), to: "empty.safetensors")
    try folder.write("", to: "empty.csv")
    try folder.write("age,when,color,code\n", to: "names.csv")
    try folder.write("1 1:2\n", to: "rows.svm")
    // One that is of another version and whole has no checksum here, but as many blanks.
    let script = #"""
      mkdir folder; export LC_ALL=C
      sed 's/"format_version":"1"/"format_version":"9"/' run/model.safetensors > damaged.safetensors
      sed 's/"checksum":"........",/                      /' damaged.safetensors > other.safetensors
      """#
    #expect(try await runScript(script, in: folder) == 0)
    for (model, status, words) in [
      ("cut.safetensors", 65, "cut.safetensors"), ("empty.safetensors", 65, "empty.safetensors"),
      ("folder", 65, "none of a run"), ("nothing", 66, "there is no nothing"),
      ("other.safetensors", 65, "format \"9\""),
      ("damaged.safetensors", 65, "damaged.safetensors is damaged: its checksum is "),
    ] as [(String, Int32, String)] {
      for (command, ranks) in [("predict", Int?.none), ("evaluate", 2)] {
        let outcome = try await run([command, model, "data.csv"], ranks: ranks, in: folder, exitStatus: status)
        #expect(outcome.error.contains(words), "\(outcome.error)")
      }
    }
    for (data, status, words) in [
      ("empty.csv", 65, "empty.csv"), ("names.csv", 65, "names.csv"), ("folder", 66, "folder"),
      ("nothing.csv", 66, "nothing.csv"), ("rows.svm", 65, "columns with names"),
      ("run/model.safetensors", 65, "binary"),
      ("synthetic:", 65, "\"color\" is of categories"),
    ] as [(String, Int32, String)] {
      for (command, ranks) in [("predict", 2), ("evaluate", Int?.none)] {
        let outcome = try await run([command, "run", data], ranks: ranks, in: folder, exitStatus: status)
        #expect(outcome.error.contains(words) && outcome.output == "", "\(outcome.error)")
      }
    }
  }

  @Test func `a table without names for a model of an array has as many columns, and perhaps a label`() async throws {
    let folder = try TemporaryFolder()
    // A model of numbers without names.
    let training = ["synthetic:samples=50,features=3", "--epochs", "1", "--run-dir", "run", "--quiet"]
    _ = try await run(training, in: folder)
    for (name, row) in [
      ("two", "1.5,-2"), ("three", "1.5,-2,3"), ("four", "1.5,-2,3,0"), ("first", "0,1.5,-2,3"),
      ("five", "1.5,-2,3,4,0"),
    ] {
      try folder.write(row + "\n" + row + "\n", to: "\(name).csv")
    }
    let three = try await run(["predict", "run", "three.csv"], in: folder)
    let four = try await run(["predict", "run", "four.csv"], in: folder)
    #expect(three.output == four.output && three.output.split(separator: "\n").count == 3)
    #expect(three.error.contains("by their places") && !three.error.contains("a label"), "\(three.error)")
    #expect(four.error.contains("one of them for a label"), "\(four.error)")
    let last = try await run(["evaluate", "run", "four.csv", "--json"], in: folder)
    let first = try await run(["evaluate", "run", "first.csv", "--label", "0", "--json"], in: folder)
    #expect(last.output == first.output.replacing("first.csv", with: "four.csv"), "\(first.output)")
    for (command, file, words) in [
      ("predict", "two", "has 2 columns, the file of the training data 3"),
      ("predict", "five", "has 5 columns, the file of the training data 3"),
      ("evaluate", "three", "has 3 columns, the file of the training data 4"),
    ] {
      let outcome = try await run([command, "run", "\(file).csv"], in: folder, exitStatus: 65)
      #expect(outcome.error.contains(words), "\(outcome.error)")
    }
  }

  @Test func `an option of another format is refused as in training`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("1 1:2 2:3\n0 1:1 2:1\n1 1:3 2:3\n", to: "x.svm")
    let training = ["x.svm", "--format", "svmlight", "--shards", "1", "--epochs", "1", "--run-dir", "run", "--quiet"]
    _ = try await run(training, in: folder)
    for option in [["--delimiter", "tab"], ["--missing", "9"], ["--header", "no"]] {
      for command in ["predict", "evaluate"] {
        let outcome = try await run([command, "run", "x.svm"] + option, in: folder, exitStatus: 78)
        #expect(outcome.error.contains("\(option[0]) is of use for CSV files only"), "\(outcome.error)")
      }
    }
    let label = try await run(["evaluate", "run", "x.svm", "--label", "2"], in: folder, exitStatus: 78)
    #expect(label.error.contains("--label is of use for CSV files and .npy arrays only"), "\(label.error)")
  }
}
