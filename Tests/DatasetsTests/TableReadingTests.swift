import Collectives
import Configuration
import Datasets
import Foundation
import RandomStreams
import TestSupport
import Testing

/// Promise 4: nothing is guessed in silence. What a table is follows from the file, or the options are asked for.
@Suite struct TableReadingTests {
  let alone = SingleProcessCommunicator()

  func read(
    _ text: String, shards: Int = 4, _ change: (inout CSVOptions) -> Void = { _ in }
  ) throws -> RawDataset {
    let folder = try TemporaryFolder()
    var options = CSVOptions()
    change(&options)
    return try CSVReader(path: try folder.write(text, to: "t.csv"), options: options)
      .read(layout: ShardLayout(shardCount: shards, rankCount: 1), over: alone)
  }

  /// Some rows under `head`, with labels a and b, again and again.
  func table(_ head: String, rows: Int = 40, _ row: (Int) -> String) -> String {
    (head.isEmpty ? "" : head + "\n") + (0..<rows).map { row($0) + "\n" }.joined()
  }

  func rowCount(_ raw: RawDataset) -> Int { raw.shards.reduce(0) { $0 + $1.labels.count } }

  func numbers(_ raw: RawDataset, _ column: Int) -> [Double] {
    raw.shards.flatMap { shard in
      (0..<shard.features.rows).map { Double(shard.features.dense[$0, column]) + raw.columns[column].offset }
    }
  }

  // MARK: quotes

  @Test func `a quote within a field is a character, in columns that are dropped, too`() throws {
    let text = table("size,what,kind") { row in
      [7, 29].contains(row) ? "10,10\" pipe,\(row % 2)" : "\(row),rod \(row % 3),\(row % 2)"
    }
    for shards in [1, 3, 8, 40] {
      for drop in [[], [ColumnReference.index(1)]] {
        for skips in [false, true] {
          let raw = try read(text, shards: shards) {
            $0.dropped = drop
            $0.skipsBadRows = skips
          }
          #expect(rowCount(raw) == 40 && raw.skippedRows == 0)
        }
      }
      let raw = try read(text.replacingOccurrences(of: ",", with: "\t"), shards: shards)
      #expect(rowCount(raw) == 40 && raw.columns[1].levels == ["10\" pipe", "rod 0", "rod 1", "rod 2"])
    }
  }

  @Test func `what a bad record swallows is counted by its rows, and refused where its lines are rows`() throws {
    // A quote that opens a field, and another twenty rows on that closes it.
    let text = table("size,what,kind") { row in
      row == 5 ? "1,\"pipe,0" : row == 25 ? "1,pipe\",0" : "\(row),rod \(row % 3),\(row % 2)"
    }
    for shards in [1, 3, 8] {
      for drop in [[], [ColumnReference.index(1)]] {
        let failure = #expect(throws: AgreedFailure.self) { try read(text, shards: shards) { $0.dropped = drop } }
        #expect(failure?.message.contains("line 7, column 2 (what)") == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("over 21 lines that look like rows") == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("--quotes no") == true)
        let skipped = try read(text, shards: shards) {
          $0.dropped = drop
          $0.skipsBadRows = true
        }
        #expect(rowCount(skipped) == 19 && skipped.skippedRows == 21)
      }
      #expect(rowCount(try read(text, shards: shards) { $0.hasQuotes = false }) == 40)
      #expect(rowCount(try read(text, shards: shards) { $0.hasQuotes = true }) == 20)
    }
  }

  /// Records with every kind of quotes, comments and newlines, cut at every place: what one shard reads, many do.
  @Test func `records are the same at every number of shards and ranks, whatever their quotes`() throws {
    var random = RandomStream(seed: 77, purpose: .syntheticFeatures)
    let pieces = [
      "1", "\"2\"", "\"a,b\"", "\"x\ny\"", "5\" pipe", "\"b\"\"c\"", " \"d\" ", "\"bad\"x", "e\"", "", "#\"", "\"\"",
      "\"\"\"\"",
      "\"\n\"", "\"#\n#\"", "f\"\"g", "\" , \"", "\"b\"\"\nc\"", "\"\"\"\n\"", "\"\n\"\"\"",
    ]
    let folder = try TemporaryFolder()
    var readable = 0
    for table in 0..<60 {
      var text = "one,two,three\n"
      for row in 0..<Int(random.index(below: 12) + 1) {
        if random.index(below: 4) == 0 { text += "# \(pieces[Int(random.index(below: 5))])\n" }
        text += (0..<2).map { _ in pieces[Int(random.index(below: UInt32(pieces.count)))] }.joined(separator: ",")
        text += ",k\(row % 2)\n"
      }
      let path = try folder.write(text, to: "t\(table).csv")
      var options = CSVOptions()
      options.hasHeader = true
      options.delimiter = UInt8(ascii: ",")
      options.hasQuotes = true
      options.skipsBadRows = true
      options.comment = UInt8(ascii: "#")
      options.categorical = [.index(0), .index(1)]
      func read(_ shards: Int, ranks: Int) throws -> [[String]] {
        let parts = try onThreads(ranks: ranks) { [options] communicator in
          let raw = try CSVReader(path: path, options: options)
            .read(layout: ShardLayout(shardCount: shards, rankCount: ranks), over: communicator)
          return raw.shards.flatMap { shard in
            (0..<shard.labels.count).map { row in
              (0..<2).map { column in
                let value = shard.features.dense[row, column]
                return value.isNaN ? "missing" : raw.columns[column].levels[Int(value)]
              } + [raw.labelTexts[Int(shard.labels[row])]]
            }
          }
        }
        return Array(parts.joined())
      }
      // A comment may swallow the beginning of quotes: then nobody reads it.
      let whole = try? read(1, ranks: 1)
      readable += whole == nil ? 0 : 1
      for shards in 2...min(40, text.utf8.count) {
        for ranks in [1, 3] where ranks <= shards {
          #expect(
            (try? read(shards, ranks: ranks)) == whole, "\(text.debugDescription), \(shards) shards, \(ranks) ranks")
        }
      }
    }
    #expect(readable > 40)
  }

  // MARK: names

  @Test(arguments: [
    // Words above texts that never occur again.
    ("color,shape,kind", "red,round,a|blue,long,b|red,long,a", true),
    // As pandas writes columns without names, with and without its index.
    ("0,1,2,3", "0.5,1.5,2.5,a|1.5,0.5,0.25,b", true), (",0,1,2,3", "#,1.5,2.5,3.5,a|#,0.5,1.5,2.5,b", true),
    ("2019,2020,kind", "0.5,1.5,a|1.5,0.25,b", true), ("\"0\",\"1\",\"kind\"", "1,2,\"a\"|3,5,\"b\"", true),
    ("0,1,y", "1,2,7|3,5,8", true),
    // Rows.
    (",,x", "1,2,x|3,5,y", false), ("?,?,male,yes", "1,2,male,yes|3,5,female,no", false),
    ("5.1,3.5,new", "4.9,3.0,a|4.7,3.2,b", false), ("1,2,0", "3,4,1|5,6,0", false),
  ])
  func `names are told from rows`(first: String, rows: String, hasNames: Bool) throws {
    let rows = rows.split(separator: "|").map(String.init)
    let text = table(first) { rows[$0 % rows.count].replacingOccurrences(of: "#", with: "\($0)") }
    let raw = try read(text)
    #expect(raw.reading?.hasNames == hasNames)
    #expect(rowCount(raw) == (hasNames ? 40 : 41))
  }

  @Test func `names that stand in a file once more are told from numbers`() throws {
    let failure = #expect(throws: AgreedFailure.self) {
      try read(table("a,b,kind") { $0 == 20 ? "a,b,kind" : "\($0),\($0 * 3),k\($0 % 2)" }) { $0.hasHeader = true }
    }
    #expect(failure?.message.contains("line 22, column 1 (a): the name of the column stands there once more") == true)
  }

  @Test func `numbers that are no integers are classes where that is said`() throws {
    let text = table("size,y") { "\($0),\(["0.5", "1.5", "2"][$0 % 3])" }
    let layout = try ShardLayout(shardCount: 4, rankCount: 1)
    let failure = #expect(throws: AgreedFailure.self) {
      _ = try Table(try read(text), ignoring: nil, layout: layout, over: alone)
    }
    #expect(failure?.message.contains("--categorical \"y\"") == true, "\(failure?.message ?? "")")
    let raw = try read(text) { $0.categorical = [.name("y")] }
    #expect(try Table(raw, ignoring: nil, layout: layout, over: alone).classNames == ["0.5", "1.5", "2"])
  }

  @Test(arguments: [
    // A first row, or names of columns.
    ("0,1,2,3", "7,5,4,1|8,6,9,0"), ("5,3,new", "4,7,a|1,2,b"), ("unknown,5,3,a", "1,2,3,a|2,4,6,b"),
    ("red,shape,kind", "red,round,a|blue,long,b"),
  ])
  func `what may be either is asked for`(first: String, rows: String) throws {
    let rows = rows.split(separator: "|").map(String.init)
    let text = table(first) { rows[$0 % rows.count] }
    let failure = #expect(throws: AgreedFailure.self) { try read(text) }
    #expect(failure?.exitStatus.rawValue == 65)
    #expect(failure?.message.contains("--header yes") == true && failure?.message.contains("--header no") == true)
    #expect(rowCount(try read(text) { $0.hasHeader = true }) == 40)
    #expect(
      rowCount(
        try read(text) {
          $0.hasHeader = false; $0.skipsBadRows = true
        }) + 0 >= 40)
  }

  @Test func `a name that an option gives settles it`() throws {
    let text = table("5,3,new") { ["4,7,a", "1,2,b"][$0 % 2] }
    #expect(try read(text) { $0.label = .name("new") }.reading?.hasNames == true)
    #expect(
      try read("color,shape,kind\nred,round,a\nblue,long,b\n") { $0.label = .name("kind") }.columns.map(\.name) == [
        "color", "shape",
      ])
  }

  @Test func `the index of pandas and R is no feature, and names are made different`() throws {
    let raw = try read(table(",a,a,y") { "\(99 - $0),\($0),\($0 % 7),\($0 % 2)" })
    #expect(raw.columns.map(\.name) == ["a", "a.1"])
    #expect(raw.reading?.leftOut.map(\.column) == [0])
    #expect(raw.reading?.renamed == ["a.1"])
    // R's write.table has no field above the names of the rows.
    let fromR = try read(table("\"a\" \"y\"") { "\"\($0 + 1)\" \($0).5 \"k\($0 % 2)\"" })
    #expect(fromR.columns.map(\.name) == ["a"] && rowCount(fromR) == 40)
    let kept = try read(table(",a,y") { "\($0),\($0 % 7),\($0 % 2)" }) { $0.numeric = [.index(0)] }
    #expect(kept.columns.count == 2)
  }

  // MARK: numbers

  @Test func `a text that is no date among dates is told with its line`() throws {
    func text(_ odd: String) -> String {
      table("when,price,kind") { "\($0 == 7 ? odd : "2024-01-\(10 + $0 % 18)"),\($0),k\($0 % 2)" }
    }
    for odd in ["2024-02-30", "1704412800", "soon"] {
      let failure = #expect(throws: AgreedFailure.self) { try read(text(odd)) }
      #expect(
        failure?.message.contains(
          "line 9, column 1 (when): \"\(odd)\" is not a date, but nearly all of this column are") == true,
        "\(failure?.message ?? "")")
    }
    #expect(try read(text("2024-01-30")).columns[0].isTime)
    #expect(try read(text("2024-02-30")) { $0.missing.insert("2024-02-30") }.columns[0].isTime)
  }

  @Test func `only columns of numbers are said to be written with a comma`() throws {
    let raw = try read(table("size;city;kind") { "\($0),5;c\($0 % 3);k\($0 % 2)" })
    #expect(raw.reading?.forms == ["size: decimal comma"])
  }

  @Test(arguments: [
    ("5,1;3,5;a|2,25;1,5;b", [5.1, 2.25], 2), ("1.234,50;7;a|2.345,25;8;b", [1234.5, 2345.25], 2),
    ("\"1,234\",7,a|\"2,345,678\",8,b", [1234, 2_345_678], 2), ("$5.00,7,a|-$1.50,8,b", [5, -1.5], 2),
    ("12%,7,a|7.5%,8,b", [12, 7.5], 2), ("1 234,7,a|17,8,b", [1234, 17], 2), ("'0.5',7,a|'1.5',8,b", [0.5, 1.5], 2),
    ("CHF 2’527.08,7,a|CHF 12.00,8,b", [2527.08, 12], 2), ("($5.00),7,a|$7.25,8,b", [-5, 7.25], 2),
    ("2026-11-24,7,a|1970-01-02,8,b", [1_795_478_400, 86_400], 2),
    ("2026-11-24T10:00:00.5Z,7,a|2026-11-24 10:00:00+01:00,8,b", [1_795_514_400.5, 1_795_510_800], 2),
    ("10:30,7,a|00:00:59,8,b", [37_800, 59], 2),
  ])
  func `numbers and times in the ways in which people write them`(rows: String, first: [Double], features: Int) throws {
    let rows = rows.split(separator: "|").map(String.init)
    let raw = try read(
      table("x\(rows[0].contains(";") ? ";" : ",")n\(rows[0].contains(";") ? ";" : ",")kind") { rows[$0 % 2] })
    #expect(raw.columns.count == features && raw.columns.allSatisfy { $0.kind == .numeric })
    let found = numbers(raw, 0)
    for (index, value) in first.enumerated() {
      #expect(abs(found[index] - value) <= 1e-6 * max(1, abs(first[0] - first[1])), "\(found.prefix(2))")
    }
  }

  @Test(arguments: [
    ("\"1,234\",7,a|\"2,345\",8,b", "1234.0", "1.234"), ("1.234;7;a|2.345;8;b", "1.234", "1234.0"),
  ])
  func `a mark that may be of thousands or of decimals is asked for`(rows: String, point: String, comma: String) throws
  {
    let rows = rows.split(separator: "|").map(String.init)
    let separator = rows[0].contains(";") ? ";" : ","
    let text = table("x\(separator)n\(separator)kind") { rows[$0 % 2] }
    let failure = #expect(throws: AgreedFailure.self) { try read(text) }
    #expect(
      failure?.message.contains("--decimal point (\(point)), or --decimal comma (\(comma))") == true,
      "\(failure?.message ?? "")")
    #expect(abs(numbers(try read(text) { $0.decimal = .point }, 0)[0] - (Double(point) ?? 0)) < 1e-4)
    #expect(abs(numbers(try read(text) { $0.decimal = .comma }, 0)[0] - (Double(comma) ?? 0)) < 1e-4)
  }

  @Test func `points and commas in one file are refused`() throws {
    let failure = #expect(throws: AgreedFailure.self) {
      try read(table("x;z;kind") { "1,\($0 + 10);2.\($0 + 10);\($0 % 2)" })
    }
    #expect(
      failure?.message.contains("decimal point (2.10) and others with a decimal comma (1,10)") == true,
      "\(failure?.message ?? "")")
  }

  @Test func `measurements with other fields among them are no categories`() throws {
    // A twentieth and more are no numbers; the column has few different fields.
    let text = table("x,n,kind") { "\($0 % 10 == 3 ? "<0.01" : "0.\($0 % 10 + 1)"),\($0),\($0 % 2)" }
    let failure = #expect(throws: AgreedFailure.self) { try read(text) }
    #expect(failure?.message.contains("36 are numbers and 4 are not") == true, "\(failure?.message ?? "")")
    #expect(failure?.message.contains("--missing \"<0.01\"") == true)
    #expect(try read(text) { $0.missing.insert("<0.01") }.columns[0].kind == .numeric)
    let doors = try read(table("doors,n,kind") { "\(["2", "3", "4", "5more"][$0 % 4]),\($0),\($0 % 2)" })
    #expect(doors.columns[0].levels == ["2", "3", "4", "5more"])
    // Codes of places are no numbers.
    let codes = try read(table("zip,n,kind") { "\(["00501", "90210", "10001"][$0 % 3]),\($0),\($0 % 2)" })
    #expect(codes.columns[0].levels == ["00501", "10001", "90210"])
  }

  @Test func `numbers that lie close together keep their digits`() throws {
    for start in [1_700_000_000.0, 16_777_216, 1e12] {
      let raw = try read(table("when,kind") { "\(Int(start) + $0 * 3),\($0 % 2)" })
      #expect(numbers(raw, 0) == (0..<40).map { start + Double($0 * 3) })
      let encoding = try FeatureEncoding(
        learningFrom: try Table(
          raw, ignoring: nil, layout: ShardLayout(shardCount: 4, rankCount: 1), over: alone),
        standardizing: true, mostOneHot: 64, over: alone)
      guard case .numeric(let mean, let scale, _, _) = encoding.columns[0].kind else {
        Issue.record("no number")
        return
      }
      #expect(abs(mean - (start + 58.5)) < 1e-3 && abs(scale - 3 * 11.543396380615) < 1e-6)
      #expect(encoding.constantColumns.isEmpty)
    }
  }

  @Test func `levels that are the same number are one`() throws {
    let raw = try read(table("c,kind") { "\(["1", "1.0", "2.50", "2.5", "01"][$0 % 5]),\($0 % 2)" }) {
      $0.categorical = [.index(0)]
    }
    #expect(raw.columns[0].levels == ["01", "1", "2.5", "2.50"])
    let other = try read(table("c,kind") { "\(["1.0", "3"][$0 % 2]),\($0 % 2)" }) {
      $0.training = TrainingTable(columns: raw.columns, reading: raw.reading)
    }
    let table = try Table(other, ignoring: nil, layout: ShardLayout(shardCount: 4, rankCount: 1), over: alone)
    #expect(try table.unseenLevels(over: alone).first?.contains("20 of 40 values do not occur") == true)
  }

  @Test(arguments: [
    // What was tried by strangers, and read wrongly or with words that helped nobody.
    ("unknown,unknown,sick|1,2,a|3,4,b", "is names or a row is not clear"),
    (
      "ID1,red,big,alpha|ID2,blue,small,beta|ID3,blue,small,beta|ID4,green,large,gamma|ID5,green,large,gamma",
      "not clear"
    ),
    ("1 3:0.5 7:1|-1 3:1 9:1", "svmlight text by its look"),
    ("a,b,c|3,0.12,2,M|3,0.15,4,F", "line 1 has 3 fields, the lines below 4"),
    ("age,kind|20,a|refused,b|35,a|41,b|22,a|unknown,b|57,a|33,b|28,a|39,b|60,a|44,b|-,a|50,b", "are numbers and"),
    ("@relation x|@data|1,2,a", "ARFF"), ("a,k|1,None|2,NA|3,x", "if \"None\" is a class, say by --missing"),
  ])
  func `strangers' tables are refused with words`(lines: String, message: String) throws {
    let lines = lines.split(separator: "|").map(String.init)
    let text = lines[0] + "\n" + (0..<3).flatMap { _ in lines.dropFirst() }.map { $0 + "\n" }.joined()
    let failure = #expect(throws: AgreedFailure.self) { try read(text) }
    #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    #expect(failure?.exitStatus.rawValue == 65)
  }

  @Test func `quotes that swallow blank and ragged lines, or names, are refused, too`() throws {
    for (opened, between, closed) in [(9, "", 19), (9, "1,2", 19), (9, "5,6,7,8,9", 12)] {
      let text = table("a,b,kind") { row in
        row == opened
          ? "9,\"t,u"
          : row == closed ? "19,t\",v" : row == opened + 2 ? between : "\(row),t\(row % 3),\(["u", "v"][row % 2])"
      }
      let failure = #expect(throws: AgreedFailure.self) { try read(text) }
      #expect(failure?.message.contains("lines that look like rows") == true, "\(failure?.message ?? "")")
    }
    let names = table("a,c,\"in,y") { $0 == 5 ? "5,t1,o\",v" : "\($0),t\($0 % 3),o,v\($0 % 2)" }
    #expect(throws: AgreedFailure.self) { try read(names) }
  }

  @Test func `numbers that contradict an option or the training data are refused`() throws {
    for (mark, text) in [(DecimalMark.comma, "0.58,1,a\n"), (.point, "0,58;1;a\n")] {
      let failure = #expect(throws: AgreedFailure.self) {
        try read(String(repeating: text, count: 9)) {
          $0.decimal = mark
          $0.hasHeader = false
        }
      }
      #expect(
        failure?.message.contains("is no number with a decimal \(mark.rawValue)") == true, "\(failure?.message ?? "")")
    }
    for (first, second) in [("12.3%", "0.123"), ("10:00", "2026-11-01"), ("2026-11-01", "5.5")] {
      let training = try read(table("x,n,kind") { "\(first),\($0),\($0 % 2)" })
      let failure = #expect(throws: AgreedFailure.self) {
        try read(table("x,n,kind") { "\(second),\($0),\($0 % 2)" }) {
          $0.training = TrainingTable(columns: training.columns, reading: training.reading)
        }
      }
      #expect(failure?.message.contains("column \"x\" holds") == true, "\(failure?.message ?? "")")
    }
  }

  @Test func `columns whose names are numbers are not confused with places`() throws {
    let raw = try read(table("x,-1,-2,kind") { "\($0),\($0 % 3),\($0 % 5),\($0 % 2)" }) { $0.hasHeader = true }
    #expect(raw.columns.map(\.name) == ["x", "-1", "-2"])
    let failure = #expect(throws: AgreedFailure.self) {
      try read(table("x,3,b,kind") { "\($0),\($0 % 3),\($0 % 5),\($0 % 2)" }) { $0.dropped = [.index(3)] }
    }
    #expect(failure?.message.contains("a column of that name, which is number 1, and another that is number 3") == true)
    let excel = try read("sep=;\na;b;kind\n1,5;2;x\n2,25;3;y\n3,5;4;x\n")
    #expect(excel.columns.map(\.name) == ["a", "b"] && excel.reading?.decimal == .comma)
  }

  @Test(arguments: [
    (";", "1.234", "--decimal point (1.234), or --decimal comma (1234)"), ("\t", "1.234", "--decimal point (1.234)"),
    (",", "00501", "begins with zeros"), (",", "007", "begins with zeros"),
  ])
  func `what comes behind the sample is asked for, too`(delimiter: String, late: String, message: String) throws {
    let text = table("a,b,kind", rows: 2_000) { row in
      "\(row > 1_500 ? late : "\(90_210 % 997 + row % 7)"),\(row % 9),\(row % 2)"
    }.replacingOccurrences(of: ",", with: delimiter)
    for shards in [1, 5] {
      let failure = #expect(throws: AgreedFailure.self) { try read(text, shards: shards) }
      #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    }
    // A number that has but one reading settles it.
    let settled = try read(text + "0.5,1,1\n".replacingOccurrences(of: ",", with: delimiter)) {
      $0.numeric = late.hasPrefix("0") ? [.index(0)] : []
    }
    #expect(settled.columns[0].kind == .numeric && rowCount(settled) == 2_001)
  }

  // MARK: another table

  @Test func `columns of another file are found by their names`() throws {
    let first = try read(table("id,a,b,kind") { "\($0),\($0 % 5),\(["u", "v"][$0 % 2]),\($0 % 2)" }) {
      $0.dropped = [.name("id")]
    }
    let training = TrainingTable(columns: first.columns, reading: first.reading)
    // Without the dropped column, with others, in another order, the label not the last.
    let second = try read(table("kind,b,new,a") { "\($0 % 2),\(["u", "v"][$0 % 2]),x,\($0 % 5)" }) {
      $0.training = training
    }
    #expect(second.columns == first.columns && second.unknownColumns == ["new"])
    #expect(numbers(second, 0) == numbers(first, 0) && Set(second.labelTexts) == ["0", "1"])
    let failure = #expect(throws: AgreedFailure.self) {
      try read(table("a,c,kind") { "\($0),\($0),\($0 % 2)" }) { $0.training = training }
    }
    #expect(failure?.message.contains("lacks a column of the training data: b. It has a, c, kind.") == true)
    let bare = #expect(throws: AgreedFailure.self) {
      try read(table("") { "\($0).5,\($0),\($0 % 2)" }) { $0.training = training }
    }
    #expect(bare?.message.contains("has 3 columns, the file of the training data 4") == true, "\(bare?.message ?? "")")
    let byPlace = try read(table("") { "\($0).5,\($0 % 5),\(["u", "v"][$0 % 2]),\($0 % 2)" }) { $0.training = training }
    #expect(numbers(byPlace, 0) == numbers(first, 0))
  }

  @Test func `options that contradict each other are refused`() throws {
    let text = table("a,b,kind") { "\($0),\($0 % 3),\($0 % 2)" }
    for (message, change) in [
      ("--label (the last column, where it is not given) and by --drop", { $0.dropped = [.name("kind")] }),
      (
        "--label and by --numeric",
        {
          $0.label = .name("kind"); $0.numeric = [.index(2)]
        }
      ),
      (
        "--drop and by --categorical",
        {
          $0.dropped = [.index(0)]; $0.categorical = [.name("a")]
        }
      ),
    ] as [(String, (inout CSVOptions) -> Void)] {
      let failure = #expect(throws: AgreedFailure.self) { try read(text, change) }
      #expect(failure?.message.contains("named by \(message)") == true, "\(failure?.message ?? "")")
      #expect(failure?.exitStatus.rawValue == 78)
    }
  }

  @Test(arguments: [
    ("{\"a\": 1}\n", "JSON"), ("[{\"a\": 1}]\n", "JSON"), ("<html>\n", "HTML"),
    ("a,b\r1,2\r3,4\r", "carriage returns alone"),
    ("PK\u{3}\u{4}xx", "zip archive"),
    (
      "Report of 2026\n\na,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n",
      "line 1: 1 field where 3 are expected; if that is a title"
    ),
  ])
  func `files of other kinds are named`(text: String, message: String) throws {
    let failure = #expect(throws: AgreedFailure.self) { try read(text) }
    #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
  }
}
