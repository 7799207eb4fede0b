import Collectives
import Configuration
import Datasets
import TestSupport
import Testing

/// First lines that are names of an unusual kind, or none.
extension TableReadingTests {
  /// Of a spectrum: a number between 0 and 1 for each wavelength, rising or falling.
  private func spectra(_ wavelengths: [Double], label: String = "class", _ mark: String = ".") -> String {
    let delimiter = mark == "," ? ";" : ","
    func written(_ value: Double) -> String { "\(value)".replacing(".", with: mark) }
    let head = wavelengths.map(written) + [label]
    return table(head.joined(separator: delimiter)) { row in
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
    // Few of them may be a row whose class occurs once; and so may numbers as they occur below.
    for (text, isAsked) in [
      (spectra([1_100.5, 1_101], mark), true), (spectra((0..<8).map { 0.26 + Double($0) / 64 }, mark), true),
      (spectra([0.75, 0.25, 0.5], mark), false), (spectra([0.75, 0.8], mark), false),
      (spectra(wavelengths, label: "k1", mark), false),
    ] {
      guard isAsked else {
        #expect(rowCount(try read(text)) == 41)
        continue
      }
      let failure = #expect(throws: AgreedFailure.self) { try read(text) }
      #expect(failure?.message.contains("is names or a row is not clear") == true, "\(failure?.message ?? "")")
      #expect(rowCount(try read(text) { $0.hasHeader = true }) == 40)
      #expect(rowCount(try read(text) { $0.hasHeader = false }) == 41)
    }
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
    let points = try read(late(["\"1,234.5\"", "\"1,234,567\"", "1'234", "-12 345"]))
    #expect(numbers(points, 1).suffix(4) == [1_234.5, 1_234_567, 1_234, -12_345])
    let commas = try read(late(["1.234,5", "1.234.567"], delimiter: ";", first: "0,5"))
    #expect(numbers(commas, 1).suffix(2) == [1_234.5, 1_234_567])
  }

  /// - Parameters:
  ///   - advice: The option that the message names, and what the number then is.
  @Test(arguments: [
    ("1,5", "0", "--decimal comma", DecimalMark.comma, 1.5), ("\"1,234\"", "0", "--decimal comma", .comma, 1.234),
    ("\"1,234\"", "0", "separates thousands", .point, 1_234), ("1.234", "0,5", "separates thousands", .comma, 1_234),
  ])
  func `a number that could be another is asked for, and the advice works`(
    number: String, first: String, advice: String, mark: DecimalMark, value: Double
  ) throws {
    let text = late(Array(repeating: number, count: 20), delimiter: ";", first: first)
    let failure = #expect(throws: AgreedFailure.self) { try read(text) }
    #expect(failure?.message.contains(advice) == true, "\(failure?.message ?? "")")
    let raw = try read(text) { $0.decimal = mark }
    #expect(numbers(raw, 1).last == Double(Float(value)))
  }

  @Test func `the advice on a text names what can be typed`() throws {
    let failure = #expect(throws: AgreedFailure.self) {
      try read(table("a,b,y", rows: 99) { $0 == 50 ? "-,3,0" : "\($0),\($0 % 5),\($0 % 2)" })
    }
    #expect(failure?.message.contains("--missing=\"-\"") == true, "\(failure?.message ?? "")")
    #expect(failure?.message.contains("--header") == false)
    let drawn = #expect(throws: AgreedFailure.self) {
      try read(table("a|b|y", rows: 99) { $0 == 0 ? "---|---|---" : "\($0)|\($0 % 5)|\($0 % 2)" })
    }
    #expect(drawn?.message.contains("--on-bad-row skip") == true, "\(drawn?.message ?? "")")
  }

  @Test func `brackets that make numbers negative are told of`() throws {
    let raw = try read(table("a,b,y") { "\($0 % 3 == 0 ? "(\($0).5)" : "\($0).5"),\($0 % 5),\($0 % 2)" })
    #expect(numbers(raw, 0).prefix(4) == [-0.5, 1.5, 2.5, -3.5])
    #expect(raw.reading?.lines(raw.columns).contains { $0.text.contains("a: (1) for -1") } == true)
  }
}
