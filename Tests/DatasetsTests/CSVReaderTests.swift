import Collectives
import Configuration
import Datasets
import Foundation
import RandomStreams
import TestSupport
import Testing

/// Reads a whole file as one process, and returns its rows in order.
private func read(
  _ path: String, shards: Int = 8, label: ColumnReference = .index(-1), header: Bool? = nil, delimiter: UInt8? = nil
) throws -> (names: [String], rows: [[Float]], labels: [String], counts: [Int]) {
  let layout = try ShardLayout(shardCount: shards, rankCount: 1)
  var options = CSVOptions()
  options.label = label
  options.hasHeader = header
  options.delimiter = delimiter
  let raw = try CSVReader(path: path, options: options).read(layout: layout, over: SingleProcessCommunicator())
  var rows: [[Float]] = []
  var labels: [String] = []
  for shard in raw.shards {
    for row in 0..<shard.features.rows {
      rows.append(shard.features.dense.row(row).array)
      labels.append(raw.labelTexts[Int(shard.labels[row])])
    }
  }
  return (raw.columns.map(\.name), rows, labels, raw.shards.map(\.labels.count))
}

@Suite struct CSVReaderTests {
  @Test func `a header, a label by name, and names of features`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a,kind,b\n1,x,2\n3.5,y,-4e2\n", to: "t.csv")
    for label in [ColumnReference.name("kind"), .index(1), .index(-2)] {
      let table = try read(path, label: label)
      #expect(table.names == ["a", "b"])
      #expect(table.rows == [[1, 2], [3.5, -400]])
      #expect(table.labels == ["x", "y"])
    }
  }

  @Test(arguments: [
    ("1,2,0\n3,4,1\n", 2), ("a,b,c\n3,4,1\n", 1), ("1;2;0\r\n3;4;1\r\n", 2), ("1\t2\t0\n\n\n3\t4\t1", 2),
    ("\u{FEFF}a,b,c\n1,2,0\n3,4,1\n", 2), (" 1 , 2 , 0 \n 3,4 ,1", 2), ("\"1\",\"2\",\"0\"\n\"3\",\"4\",\"1\"\n", 2),
    ("1|2|zero\n3|4|one\n", 2), ("0.1,+2,0\n.5,4.,1\n", 2),
  ])
  func `dialects`(text: String, rows: Int) throws {
    let folder = try TemporaryFolder()
    let table = try read(try folder.write(text, to: "t.csv"))
    #expect(table.rows.count == rows)
    #expect(table.rows.allSatisfy { $0.count == 2 })
  }

  @Test func `comments stand before the header and between rows, and never swallow any`() throws {
    let folder = try TemporaryFolder()
    var options = CSVOptions()
    options.comment = UInt8(ascii: "#")
    let alone = SingleProcessCommunicator()
    let layout = try ShardLayout(shardCount: 3, rankCount: 1)
    let good = try folder.write("# of 2026\n#\na,b,y\n# \"x\"\n1,2,0\n3,#4,1\n# end", to: "good.csv")
    let raw = try CSVReader(path: good, options: options).read(layout: layout, over: alone)
    #expect(raw.columns.map(\.name) == ["a", "b"])
    #expect(raw.shards.reduce(0) { $0 + $1.labels.count } == 2)
    // Quotes in comments open nothing.
    let odd = try folder.write("a,b,y\n1,2,0\n# 5\" long, \"\n3,4,1\n# 6\" long\n5,6,0\n", to: "odd.csv")
    for shards in 1...30 {
      let raw = try CSVReader(path: odd, options: options)
        .read(layout: ShardLayout(shardCount: shards, rankCount: 1), over: alone)
      #expect(raw.shards.reduce(0) { $0 + $1.labels.count } == 3)
    }
    #expect { try CSVReader(path: good, options: CSVOptions()).read(layout: layout, over: alone) } throws: {
      "\($0)".contains("--comment") || "\($0)".contains("one column")
    }
  }

  @Test func `shards hold the records that begin in their bytes`() throws {
    let folder = try TemporaryFolder()
    let text = (0..<57).map { "\($0),\(String(repeating: "1", count: $0 % 7 + 1)),\($0 % 3)\n" }.joined()
    let path = try folder.write(text, to: "t.csv")
    let bytes = Array(text.utf8)
    let begins = [0] + bytes.indices.filter { bytes[$0] == 10 && $0 + 1 < bytes.count }.map { $0 + 1 }
    for shards in 1...40 {
      let table = try read(path, shards: shards, header: false)
      #expect(table.rows.map { $0[0] } == (0..<57).map(Float.init))
      for shard in 0..<shards {
        let range = (shard * bytes.count / shards)..<((shard + 1) * bytes.count / shards)
        #expect(table.counts[shard] == begins.count { range.contains($0) })
      }
    }
  }

  @Test func `newlines, delimiters and quotes inside quotes, at every number of shards`() throws {
    let folder = try TemporaryFolder()
    var random = RandomStream(seed: 1, purpose: .syntheticFeatures)
    let pieces = ["a", "\n", "\"\"", ",", "ß", "\r\n", " "]
    var expected: [String] = []
    var text = ""
    for row in 0..<60 {
      // A control character within a label is refused, so newlines stand in a quoted number's padding.
      let label =
        (0..<Int(random.index(below: 5))).map { _ in
          let piece = pieces[Int(random.index(below: 7))]
          return piece.contains("\n") ? "" : piece
        }.joined() + "z"
      let padding = (0..<Int(random.index(below: 4))).map { _ in "\n" }.joined()
      text += "\"\(padding)\(row)\(padding)\",\"\(label)\"\n"
      expected.append(label.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\""))
    }
    let path = try folder.write(text, to: "t.csv")
    for shards in 1...40 {
      let table = try read(path, shards: shards, header: false, delimiter: UInt8(ascii: ","))
      #expect(table.rows.map { $0[0] } == (0..<60).map(Float.init))
      #expect(table.labels == expected)
    }
  }

  @Test func `random numbers of every length are rounded as Swift rounds them`() throws {
    let folder = try TemporaryFolder()
    var random = RandomStream(seed: 2, purpose: .syntheticFeatures)
    var texts: [String] = []
    for _ in 0..<20_000 {
      let digits = (0..<(1 + Int(random.index(below: 24)))).map { _ in String(random.index(below: 10)) }.joined()
      let point = Int(random.index(below: UInt32(digits.count + 1)))
      var text =
        String(digits.prefix(point))
        + (random.index(below: 2) == 0 ? "." + digits.dropFirst(point) : digits.dropFirst(point))
      if text == "." { text = "0" }
      if random.index(below: 3) == 0 { text += "e\(Int(random.index(below: 38)) - 30)" }
      texts.append((random.index(below: 2) == 0 ? "-" : "") + text)
    }
    // In the middle between two floats, just beside it, and at the ends of their range.
    texts += [
      "16777217", "16777219", "16777217.000000001", "8388608.5", "8388609.5", "1.00000005960464477", "-0",
      "0.0000000000",
      "1.000000059604644775390625", "3.4028234e38", "1.1754944e-38", "1.17549429e-38", "1e-45", "7e-46", "123e-20",
      "9007199254740993", "0.000000000000000000000012", "1E5", "1e+05", "12345678", "1.12345678", "1.1234567890123456",
      "64.00000381469727",
      "64.00001144409179", "64.00001144409180",
    ]
    let path = try folder.write(texts.map { "\($0),0\n" }.joined() + "1,1\n", to: "t.csv")
    let table = try read(path, header: false)
    #expect(table.rows.count == texts.count + 1)
    for (text, row) in zip(texts, table.rows) {
      let expected = try #require(Float(text.hasSuffix(".") ? text + "0" : text), "\(text)")
      #expect(row[0].bitPattern == expected.bitPattern, "\(text)")
    }
  }

  @Test(arguments: [
    ("", "no rows"), ("a,b\n", "no rows"), ("1\n2\n", "one column"),
    ("1,2,0\n3,4,\n", "label is missing"), ("1,2,0\n3,4\n", "line 2: 2 fields where 3"),
    ("1,2,0\n5,6,1\n3,4,5,6\n", "4 fields where 3"), ("1,2,0\ninf,4,1\n", "line 2, column 1"),
    ("1,2,0\n3,NaN,\n", "label is missing"), ("1,2,0\n3,1e99,1\n", "32-bit"),
    ("1,2,0\n3,-inf,1\n", "not a finite"), ("1,2,\"0\n3,4,1\n", "never closed"),
    ("1,\"2\"x,0\n3,4,1\n", "misplaced quotes"),
    ("1,2,x\n3,4,a\u{1}b\n", "control character"), ("\u{1F}\u{0}1,2\n", "binary"),
  ])
  func `bad files are refused with the place`(text: String, part: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "t.csv")
    for shards in [1, 8] {
      let failure = #expect(throws: AgreedFailure.self) { try read(path, shards: shards) }
      #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
      #expect(failure?.exitStatus.rawValue == 65)
    }
  }

  @Test func `a numeric name of a feature does not hide a header`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("0,1,label\n3,4,7\n5,6,8\n", to: "t.csv")
    for label in [ColumnReference.index(-1), .name("label")] {
      let table = try read(path, label: label)
      #expect(table.names == ["0", "1"] && table.labels == ["7", "8"])
    }
  }

  @Test func `labels that are no UTF-8 are refused, and names that stand twice`() throws {
    let folder = try TemporaryFolder()
    let latin1 = try folder.write(Data("1,caf".utf8) + Data([0xE9]) + Data("\n2,x\n".utf8), to: "t.csv")
    let failure = #expect(throws: AgreedFailure.self) { try read(latin1) }
    #expect(
      failure?.message.contains("line 1, column 2 (x1): the text is not UTF-8") == true, "\(failure?.message ?? "")")
    let twice = try folder.write("a,k,k\n1,2,3\n", to: "u.csv")
    #expect(throws: AgreedFailure.self) { try read(twice, label: .name("k")) }
  }

  @Test func `a missing column is refused with the names there are`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a,b\n1,2\n", to: "t.csv")
    let failure = #expect(throws: AgreedFailure.self) { try read(path, label: .name("c")) }
    #expect(failure?.message.contains("a, b") == true)
    #expect(throws: AgreedFailure.self) { try read(path, label: .index(2)) }
    #expect(throws: AgreedFailure.self) { try read(path, label: .index(-3)) }
  }

  @Test func `a missing file and a folder are refused`() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path("none.csv"), folder.path] {
      let failure = #expect(throws: AgreedFailure.self) { try read(path) }
      #expect(failure?.exitStatus.rawValue == 66)
    }
  }
}

/// Columns that are not all numbers.
@Suite struct ColumnTests {
  private let alone = SingleProcessCommunicator()

  private func raw(_ text: String, shards: Int = 4, _ change: (inout CSVOptions) -> Void = { _ in }) throws
    -> RawDataset
  {
    let folder = try TemporaryFolder()
    var options = CSVOptions()
    change(&options)
    return try CSVReader(path: try folder.write(text, to: "t.csv"), options: options)
      .read(layout: ShardLayout(shardCount: shards, rankCount: 1), over: alone)
  }

  /// The values of column `index`: numbers, levels, or nil where they are missing.
  private func values(_ raw: RawDataset, _ index: Int) -> [String?] {
    let levels = raw.columns[index].levels
    return raw.shards.flatMap { shard in
      (0..<shard.features.rows).map { row -> String? in
        let value = shard.features.dense[row, index]
        guard !value.isNaN else { return nil }
        return levels.isEmpty ? "\(value)" : value < 0 ? "unknown" : levels[Int(value)]
      }
    }
  }

  @Test func `numbers, categories and missing values`() throws {
    let text = "n,c,m,y\n1,red,2,a\n?,\"gr,een\",more,b\nNA,red,2,a\n4,,3,b\n"
    for shards in 1...6 {
      let raw = try raw(text, shards: shards)
      #expect(raw.columns.map(\.name) == ["n", "c", "m"])
      #expect(raw.columns.map(\.levels) == [[], ["gr,een", "red"], ["2", "3", "more"]])
      #expect(values(raw, 0) == ["1.0", nil, nil, "4.0"])
      #expect(values(raw, 1) == ["red", "gr,een", "red", nil])
      #expect(values(raw, 2) == ["2", "more", "2", "3"])
    }
  }

  @Test func `what the options say`() throws {
    let text = "a,b,c,y\n1,2,x,p\n2,-9.0,y,q\n1,4,x,p\n"
    let raw = try raw(text) {
      $0.categorical = [.name("a")]
      $0.dropped = [.index(2)]
      $0.missing = ["-9"]
    }
    #expect(raw.columns.map(\.levels) == [["1", "2"], []])
    #expect(values(raw, 0) == ["1", "2", "1"])
    #expect(values(raw, 1) == ["2.0", nil, "4.0"])
  }

  @Test(arguments: [
    // One field in forty is no number: nobody's category.
    (
      (0..<40).map { "\($0 == 22 ? "12a" : "\($0)"),\($0 % 2)\n" }.joined(),
      "line 23, column 1 (x0): \"12a\" is not a number"
    ),
    // More levels than a category that has numbers among them has.
    ((0..<100).map { "\($0 % 4 == 3 ? "n.a." : "\($0)"),\($0 % 2)\n" }.joined(), "line 4, column 1 (x0): \"n.a.\""),
  ])
  func `nearly numbers are refused with the place`(text: String, message: String) throws {
    for shards in [1, 3, 8] {
      let failure = #expect(throws: AgreedFailure.self) { try raw(text, shards: shards) }
      #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
      #expect(failure?.message.contains("--missing") == true)
    }
  }

  @Test func `rows that are left out leave nothing behind`() throws {
    // Their labels are no classes, and what is missing in them makes no category of a column of numbers.
    let good = (0..<40).map { "\($0),\($0 == 7 ? "oops" : "2"),\($0 % 2)\n" }
    let bad = (0..<90).map { "?,\(String($0))\n" } + ["1,2,3.5,0\n", "1,2,x,y,z\n"]
    let text = "a,b,y\n" + (good[0..<20] + bad + good[20...]).joined()
    for shards in [1, 3, 8] {
      let raw = try raw(text, shards: shards) { $0.skipsBadRows = true }
      #expect(raw.columns.allSatisfy { $0.kind == .numeric })
      #expect(raw.labelTexts.sorted() == ["0", "1"])
      #expect(raw.skippedRows == 93)
      #expect(raw.shards.reduce(0) { $0 + $1.labels.count } == 39)
      #expect(raw.firstSkipped?.contains(", line ") == true)
    }
  }

  @Test func `a label that stands for a missing one is none`() throws {
    let failure = #expect(throws: AgreedFailure.self) { try raw("1,2,a\n3,4,NA\n5,6,b\n") }
    #expect(failure?.message.contains("line 2, column 3 (x2): the label is missing") == true)
    let numbers = try raw("1,2,0\n3,4,1\n") { $0.missing.insert("0") }
    #expect(numbers.labelTexts.sorted() == ["0", "1"])
  }

  @Test func `a file that goes with another may be full of unknown categories`() throws {
    let unknown = (0...FeatureColumn.mostLevels).map { "u\($0),1,p\n" }.joined()
    let raw = try raw("a,b,y\n" + unknown + "w,1,q\n") {
      $0.training = TrainingTable(columns: [
        FeatureColumn(name: "a", kind: .categorical(levels: ["v", "w"])), FeatureColumn(name: "b"),
      ])
    }
    #expect(Set(values(raw, 0)) == ["unknown", "w"])
  }

  @Test func `demanded numbers, and columns that contradict each other`() throws {
    let text = "a,b,y\n1,u,p\n2,v,q\n"
    for (change, message) in [
      ({ $0.numeric = [.name("b")] }, "line 2, column 2 (b): \"u\" is not a number"),
      (
        {
          $0.numeric = [.index(0)]; $0.categorical = [.name("a")]
        }, "named by --numeric and by --categorical"
      ),
      ({ $0.dropped = [.name("z")] }, "--drop z: "),
      ({ $0.dropped = [.index(0), .index(1)] }, "no feature is left of its 3 columns"),
    ] as [((inout CSVOptions) -> Void, String)] {
      let failure = #expect(throws: AgreedFailure.self) { try raw(text, change) }
      #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    }
  }

  @Test func `bad rows are left out and counted where that is wanted`() throws {
    // Line 3 has a field too few, line 5 no label, line 7 an infinite number; line 9 a text among numbers,
    // and a text in a row that is too long.
    var lines = (0..<60).map { "\($0),k\($0 % 2),\($0 % 3 == 0 ? "p" : "q")" }
    lines[2] = "2,k0"
    lines[4] = "4,k0,"
    lines[6] = "inf,k0,p"
    lines[8] = "eight,k0,p"
    lines[10] = "ten,k0,p,q"
    let text = lines.map { $0 + "\n" }.joined()
    let kept = lines.indices.filter { ![2, 4, 6, 8, 10].contains($0) }
    for shards in [1, 2, 5, 9] {
      let raw = try raw(text, shards: shards) { $0.skipsBadRows = true }
      #expect(raw.skippedRows == 5)
      #expect(raw.firstSkipped?.contains("line 3: 2 fields where 3") == true)
      #expect(values(raw, 0) == kept.map { "\(Float($0))" })
      #expect(values(raw, 1) == kept.map { "k\($0 % 2)" })
      #expect(
        raw.shards.flatMap { $0.labels.map { raw.labelTexts[Int($0)] } } == kept.map { $0 % 3 == 0 ? "p" : "q" })
    }
    #expect(throws: AgreedFailure.self) { try self.raw(text) }
  }

  @Test func `another file by the columns of the first`() throws {
    let first = try raw("a,b,y\n1,u,p\n2,v,q\n")
    let second = try raw("b,y,a\nv,q,7\nw,p,8\n") {
      $0.training = TrainingTable(columns: first.columns, reading: first.reading)
    }
    #expect(second.columns == first.columns)
    #expect(values(second, 0) == ["7.0", "8.0"])
    #expect(values(second, 1) == ["v", "unknown"])
    let failure = #expect(throws: AgreedFailure.self) {
      try raw("b,c,y\nv,1,q\n") {
        $0.training = TrainingTable(columns: first.columns, reading: first.reading)
      }
    }
    #expect(failure?.message.contains("lacks a column of the training data: a. It has b, c, y.") == true)
  }

  private func pack(_ path: String) throws -> String {
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
    gzip.arguments = ["--keep", path]
    try gzip.run()
    gzip.waitUntilExit()
    return path + ".gz"
  }

  @Test func `any table, quoted or packed, is read back at every number of shards`() throws {
    var random = RandomStream(seed: 12, purpose: .syntheticFeatures)
    let folder = try TemporaryFolder()
    let words = ["red", "two words", "with,comma", "with\nnewline", "with \"quotes\"", "ünïcode", "\r\nx", "a;b", "'"]
    for table in 0..<6 {
      let columns = 1 + Int(random.index(below: 4))
      let isText = (0..<columns).map { _ in random.index(below: 2) == 0 }
      var (rows, text): ([[String?]], String) = ([], (0..<columns).map { "c\($0)," }.joined() + "y\n")
      for row in 0..<(20 + Int(random.index(below: 30))) {
        let fields = (0..<columns).map { column -> String? in
          if random.index(below: 6) == 0 { return nil }
          return isText[column]
            ? words[Int(random.index(below: UInt32(words.count)))] : "\(Float(random.index(below: 1000)) / 8)"
        }
        rows.append(fields)
        let written = fields.map { field -> String in
          guard let field else { return ["", "?", "NA", "\"NA\""][Int(random.index(below: 4))] }
          let mustQuote = field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
          return mustQuote || random.index(below: 3) == 0
            ? "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : field
        }
        text += (written + ["\(row % 3)"]).joined(separator: ",") + (row % 5 == 4 ? "\r\n" : "\n")
      }
      let path = try folder.write(text, to: "t\(table).csv")
      let packed = try pack(path)
      for shards in [1, 2, 3, 7, 19, 40] {
        for path in [path, packed] {
          let raw = try CSVReader(path: path, options: CSVOptions())
            .read(layout: ShardLayout(shardCount: shards, rankCount: 1), over: alone)
          for column in 0..<columns where isText[column] || rows.contains(where: { $0[column] != nil }) {
            #expect(values(raw, column) == rows.map { $0[column] }, "table \(table), \(shards) shards, \(path)")
          }
        }
      }
    }
  }

  @Test func `a packed file that is cut short or damaged is refused`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write((0..<2000).map { "\($0),\($0 % 7),\($0 % 3)\n" }.joined(), to: "t.csv")
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try pack(path))))
    for (name, bytes) in [
      ("cut", Array(whole.prefix(whole.count / 2))),
      ("flipped", whole.enumerated().map { $0 == whole.count / 2 ? $1 ^ 0x55 : $1 }),
    ] {
      let damaged = path + ".\(name).gz"
      try Data(bytes).write(to: URL(fileURLWithPath: damaged))
      let failure = #expect(throws: AgreedFailure.self) {
        try CSVReader(path: damaged, options: CSVOptions())
          .read(layout: ShardLayout(shardCount: 3, rankCount: 1), over: alone)
      }
      #expect(failure?.message.contains("cannot be unpacked") == true, "\(failure?.message ?? "")")
    }
  }
}
