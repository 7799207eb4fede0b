import Collectives
import Configuration
import Datasets
import Foundation
import TestSupport
import Testing

/// First lines that are names of an unusual kind, or none.
extension TableReadingTests {
  /// Of a spectrum: a number between 0 and 1 for each wavelength, rising or falling.
  private func spectra(
    _ wavelengths: [Double], label: String = "class", _ mark: String = ".", rows: Int = 40
  ) -> String {
    let delimiter = mark == "," ? ";" : ","
    func written(_ value: Double) -> String { "\(value)".replacing(".", with: mark) }
    let head = wavelengths.map(written) + [label]
    return table(head.joined(separator: delimiter), rows: rows) { row in
      (wavelengths.indices.map { written(0.25 + Double((row * 7 + $0 * 3) % 8) / 16) } + ["k\(row % 2)"])
        .joined(separator: delimiter)
    }
  }

  @Test(arguments: [".", ","])
  func `wavelengths with fractions are names`(mark: String) throws {
    let wavelengths = (0..<8).map { 1_100.5 + Double($0) / 2 }
    for scale in [wavelengths, wavelengths.reversed()] {
      let raw = try read(spectra(scale, mark))
      #expect(rowCount(raw) == 40 && raw.labelTexts.sorted() == ["k0", "k1"])
      #expect(raw.columns.map(\.name) == scale.map { "\($0)".replacing(".", with: mark) })
    }
    // Few of them, or few rows, may be a row whose class occurs once; and numbers as they occur below are one.
    for (text, isAsked) in [
      (spectra([1_100.5, 1_101], mark), true), (spectra((0..<8).map { 0.26 + Double($0) / 64 }, mark), true),
      (spectra(wavelengths.map { $0 / 1_000 }, mark), true), (spectra(wavelengths, mark, rows: 19), true),
      (spectra([0.75, 0.25, 0.5], mark), false), (spectra([0.75, 0.8], mark), false),
      (spectra([0.3, 0.4, 0.6], mark), false), (spectra(wavelengths, label: "k1", mark), false),
    ] {
      let rows = text.contains("k1") ? text.split(separator: "\n").count - 1 : 0
      guard isAsked else {
        #expect(rowCount(try read(text)) == rows + 1)
        continue
      }
      let failure = #expect(throws: AgreedFailure.self) { try read(text) }
      #expect(failure?.message.contains("is names or a row is not clear") == true, "\(failure?.message ?? "")")
      #expect(rowCount(try read(text) { $0.hasHeader = true }) == rows)
      #expect(rowCount(try read(text) { $0.hasHeader = false }) == rows + 1)
    }
  }

  @Test func `data for a model without names has no names either, whatever its first line`() throws {
    func rows(_ first: String, count: Int) -> String {
      let others = (0..<count).map { row in (0..<6).map { "\(row + $0).5," }.joined() + "k\(row % 2)\n" }
      return first + "\n" + others.joined()
    }
    let training = try read(rows("7.5,3.5,1.5,2.5,4.5,9.5,k1", count: 40))
    let scale = rows("9100.5,9101.5,9102.5,9103.5,9104.5,9105.5,k3", count: 40)
    // By itself it has names; beside this table it is a row.
    #expect(try rowCount(read(scale)) == 40)
    #expect(
      try rowCount(read(scale) { $0.training = TrainingTable(columns: training.columns, reading: training.reading) })
        == 41)
  }

  @Test(arguments: ["Report of 2026;;;", "\"Report; of 2026\";;;", ";;;"])
  func `a title that a spreadsheet has filled up is no line of names`(title: String) throws {
    let text = table("size;weight;colour;kind") { "\($0),5;0,25;c\($0 % 3);k\($0 % 2)" }
    let failure = #expect(throws: AgreedFailure.self) { try read(title + "\n" + text) }
    #expect(
      failure?.message.contains("line 1: of its 4 fields \(title == ";;;" ? "none" : "the first alone") has a text")
        == true,
      "\(failure?.message ?? "")")
    #expect(try read(text).columns.map(\.name) == ["size", "weight", "colour"])
    // A row of which the first value alone is known, and occurs again.
    let row = try read("spam;;;\n" + table("") { "\(["spam", "ham"][$0 % 2]);1;\($0);\($0 % 3)" }) {
      $0.label = .index(0)
    }
    #expect(rowCount(row) == 41)
    // Above the names of rows there is nothing.
    #expect(try read(table(";size;kind") { "r\($0);\($0),5;k\($0 % 2)" }).columns.map(\.name).contains("size"))
  }

  @Test func `comments above ARFF hide nothing`() throws {
    for text in ["% Title\n%\n\n@relation x\n", "@RELATION x\n"] {
      let failure = #expect(throws: AgreedFailure.self) { try read(text + "@attribute a numeric\n@data\n1,2\n") }
      #expect(failure?.message.contains("is ARFF") == true, "\(failure?.message ?? "")")
    }
    let commented = try read("% @relation x\n" + table("a,y") { "\($0),\($0 % 2)" }) { $0.comment = UInt8(ascii: "%") }
    #expect(rowCount(commented) == 40)
    // A name is none of its words.
    let ratio = try read("% c\n" + table("@ratio,y") { "\($0),\($0 % 2)" }) { $0.comment = UInt8(ascii: "%") }
    #expect(ratio.columns.map(\.name) == ["@ratio"])
  }
}

/// Numbers that are written otherwise than those of the beginning of the file.
extension TableReadingTests {
  private func late(_ numbers: [String], delimiter: String = ",", first: String = "0.5") -> String {
    table(["a", "b", "y"].joined(separator: delimiter), rows: 700 + numbers.count) { row in
      ["\(row)", row < 700 ? first : numbers[row - 700], "\(row % 2)"].joined(separator: delimiter)
    }
  }

  @Test func `thousands that appear late are read where they can be nothing else`() throws {
    #expect(
      numbers(try read(late(["\"1,234.5\"", "\"1,234,567.25\"", "1'234.5"])), 1).suffix(3) == [
        1_234.5, 1_234_567.25, 1_234.5,
      ])
    #expect(numbers(try read(late(["1.234,5"], delimiter: ";", first: "0,5")), 1).last == 1_234.5)
    // Two numbers in one field, or a list of them.
    for other in ["101 102", "\"101,102,103\"", "1'234"] {
      #expect(throws: AgreedFailure.self) { try read(late([other], first: "101")) }
    }
  }

  /// - Parameters:
  ///   - advice: The option that the message names, and what the number then is.
  @Test(arguments: [
    ("1,5", "0", "--decimal comma", DecimalMark.comma, 1.5), ("1,234", "0", "--decimal comma", .comma, 1.234),
    ("1,234", "0", "say --decimal point;", .point, 1_234), ("1.234", "0,5", "say --decimal comma.", .comma, 1_234),
    ("1,5", "0.5", "write it as those", nil, 0),
  ])
  func `a number that could be another is asked for, and the advice works`(
    number: String, first: String, advice: String, mark: DecimalMark?, value: Double
  ) throws {
    for count in [1, 200] {
      let text = late(Array(repeating: number, count: count), delimiter: ";", first: first)
      let failure = #expect(throws: AgreedFailure.self) { try read(text) }
      #expect(failure?.message.contains(advice) == true, "\(failure?.message ?? "")")
      guard let mark else { continue }
      let raw = try read(text) { $0.decimal = mark }
      #expect(numbers(raw, 1).last == Double(Float(value)))
    }
  }

  @Test func `the advice on a text names what can be typed`() throws {
    let failure = #expect(throws: AgreedFailure.self) {
      try read(table("a,b,y", rows: 99) { $0 == 50 ? "-,3,0" : "\($0),\($0 % 5),\($0 % 2)" })
    }
    #expect(failure?.message.contains("--missing=\"-\"") == true, "\(failure?.message ?? "")")
    #expect(failure?.message.contains("--header") == false)
    for line in ["---|---|---", "---------", "===|==="] {
      let text = table("a|b|y", rows: 99) { $0 == 0 ? line : "\($0)|\($0 % 5)|\($0 % 2)" }
      let drawn = #expect(throws: AgreedFailure.self) { try read(text) }
      #expect(drawn?.message.contains("--on-bad-row skip") == true, "\(drawn?.message ?? "")")
      #expect(rowCount(try read(text) { $0.skipsBadRows = true }) == 98)
    }
    // Others that begin so may hold numbers.
    let short = #expect(throws: AgreedFailure.self) {
      try read(table("a,b,y") { $0 == 9 ? "-5,0" : "\($0),\($0 % 5),\($0 % 2)" })
    }
    #expect(short?.message.contains("2 fields") == true && short?.message.contains("--on-bad-row") == false)
    let list = #expect(throws: AgreedFailure.self) { try read(late(["\"1,2,3\""])) }
    #expect(list?.message.contains("--missing") == false && list?.message.contains("empty the field") == true)
  }

  @Test func `the minus sign of typesetters is told of`() throws {
    let raw = try read(table("a,b,kind") { "\($0 == 9 ? "\u{2212}1.5" : "\($0)"),\u{2212}3 €,\($0 % 2)" })
    #expect(numbers(raw, 0)[9] == -1.5 && numbers(raw, 1).allSatisfy { $0 == -3 })
    let written = raw.reading?.lines(raw.columns).first { $0.title == "written" }?.text
    #expect(written == "a: \u{2212}1 (U+2212) for -1; b: €, \u{2212}1 (U+2212) for -1")
    let form = try #require(raw.reading?.numberForms["a"])
    let again = try JSONDecoder().decode(NumberForm.self, from: JSONEncoder().encode(form))
    #expect(again.hasMinusSigns && again == form)
  }

  @Test func `texts that read as numbers too large are texts among texts`() throws {
    let names = ["FRA", "NAN", "INF", "Nan", "14777e96", "SYD"]
    let text = table("port,n,kind") { "\(names[$0 % 6]),\($0),\($0 % 2)" }
    for skips in [false, true] {
      for shards in [1, 7] {
        let raw = try read(text, shards: shards) { $0.skipsBadRows = skips }
        #expect(raw.columns[0].levels == names.sorted() && rowCount(raw) == 40 && raw.skippedRows == 0)
      }
    }
    // Beside numbers they are what nobody means, however many they are; a few rows of them can be left out.
    for (row, rows) in [("inf", 4), ("1e99", 40)] {
      let mixed = table("v,n,kind", rows: 400) { "\($0 % (400 / rows) == 0 ? row : "1"),\($0),\($0 % 2)" }
      let failure = #expect(throws: AgreedFailure.self) { try read(mixed) }
      #expect(
        failure?.message.contains("\(row) is not a finite number") == true
          && failure?.message.contains("--categorical \"v\"") == true,
        "\(failure?.message ?? "")")
      let raw = rows == 4 ? try read(mixed) { $0.skipsBadRows = true } : nil
      #expect(raw?.skippedRows ?? 4 == 4 && raw.map(rowCount) ?? 396 == 396)
    }
  }

  @Test func `numbers that a float takes for zero are counted`() throws {
    let text = table("p,q,r,kind") { "\($0 % 4 + 1)e-\($0 % 2 == 0 ? 5 : 60),0,0.000\($0 % 3 == 0 ? 1 : 0),\($0 % 2)" }
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "t.csv")
    let raw = try DataOptions.parse([]).read(
      path, labels: nil, layout: ShardLayout(shardCount: 3, rankCount: 1), over: alone)
    #expect(raw.warnings.count == 1, "\(raw.warnings)")
    #expect(raw.warnings.first?.contains("column \"p\" has 20 numbers that are too small") == true)
  }

  @Test func `brackets that make numbers negative are told of`() throws {
    let raw = try read(table("a,b,y") { "\($0 % 3 == 0 ? "(\($0).5)" : "\($0).5"),\($0 % 5),\($0 % 2)" })
    #expect(numbers(raw, 0).prefix(4) == [-0.5, 1.5, 2.5, -3.5])
    #expect(raw.reading?.lines(raw.columns).contains { $0.text.contains("a: (1) for -1") } == true)
    // They hide nothing of what the rows beyond the sample show.
    for late in ["1.100", "007"] {
      let text = table("a;b;y", rows: 720) {
        "\($0 > 690 ? late : $0 % 3 == 0 ? "(\($0))" : "\($0)");\($0 % 5);\($0 % 2)"
      }
      #expect(throws: AgreedFailure.self) { try read(text) }
    }
  }
}

/// Columns that spaces align.
extension TableReadingTests {
  @Test(arguments: ["\n", "\r\n"])
  func `several spaces are one, and those at either end of a line are none`(newline: String) throws {
    let rows = (0..<40).map { ["\($0 * 37)", "\($0 % 7).5", "\"two words  \($0 % 3)\"", "k\($0 % 2)"] }
    let head = ["size", "weight", "what", "kind"]
    let expected = try read(([head] + rows).map { $0.joined(separator: ",") + "\n" }.joined())
    // To the right, with spaces behind the last or without, and to the left.
    for (isRight, end) in [(true, ""), (true, " "), (true, "   "), (false, "")] {
      let lines = ([head] + rows).map { row in
        row.map { field in
          let filling = String(repeating: " ", count: max(1, 20 - field.count))
          return isRight ? filling + field : field + filling
        }.joined() + end
      }
      for shards in [1, 3, 8, 40] {
        let raw = try read(lines.map { $0 + newline }.joined(), shards: shards)
        #expect(raw.columns.map(\.name) == ["size", "weight", "what"])
        #expect(numbers(raw, 0) == numbers(expected, 0) && numbers(raw, 1) == numbers(expected, 1))
        #expect(raw.columns[2].levels == ["two words  0", "two words  1", "two words  2"])
        #expect(numbers(raw, 2) == numbers(expected, 2))
        #expect(raw.shards.flatMap { $0.labels.map { raw.labelTexts[Int($0)] } } == rows.map { $0[3] })
      }
    }
    // A line with a field too few is no row with a missing value, whether the line ends in spaces or not.
    for odd in ["9 8.5 k", "9 8.5", "9  8.5   ", "9 8.5 ", "9 8.5 w k1 1", "  "] {
      let text =
        "a b c y" + newline
        + (0..<700).map { ($0 == 650 ? odd : "\($0)  \($0 % 5).5 w\($0 % 3)  k\($0 % 2)") + newline }.joined()
      guard odd != "  " else {
        #expect(rowCount(try read(text)) == 699)
        continue
      }
      let failure = #expect(throws: AgreedFailure.self) { try read(text) }
      #expect(failure?.message.contains("where 4 are expected") == true, "\(odd): \(failure?.message ?? "")")
    }
    #expect(
      rowCount(try read("a b y" + newline + (0..<9).map { "\($0) \($0 * 2)  \($0 % 2)" + newline }.joined())) == 9)
  }
}
