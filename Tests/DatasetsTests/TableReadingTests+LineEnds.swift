import Collectives
import Datasets
import TestSupport
import Testing

/// Lines that end in a delimiter, as spreadsheets and other programs write them.
extension TableReadingTests {
  /// Behind all rows and not the names, behind all lines, behind the names alone.
  @Test(arguments: [("", ","), (",", ","), (",", "")])
  func `a delimiter at the end of lines begins no column`(head: String, tail: String) throws {
    let names = "id,kind,rooms,price" + head
    // What stands first tells the rows apart, as what R and pandas write without a name.
    let text = table(names) { "\($0 * 3),k\($0 % 3),\($0 % 5),\($0 % 2)\(tail)" }
    for shards in [1, 3, 8, 40] {
      let raw = try read(text, shards: shards)
      #expect(raw.columns.map(\.name) == ["id", "kind", "rooms"])
      #expect(numbers(raw, 0) == (0..<40).map { Double($0 * 3) } && numbers(raw, 2) == (0..<40).map { Double($0 % 5) })
      #expect(raw.shards.flatMap { $0.labels.map { raw.labelTexts[Int($0)] } } == (0..<40).map { "\($0 % 2)" })
      #expect(raw.reading?.endsInDelimiter == true)
      #expect(raw.reading?.lines(raw.columns).contains { $0.text.contains("nothing behind it") } == true)
    }
    guard !tail.isEmpty else { return }
    // Beyond the sample: one that is no end of a line; one that lacks a field; and lines that quotes would swallow.
    for (odd, message) in [
      ("9,k1,2,1,9", "5 fields where 4 are expected"), ("9,k1,2,", "the label is missing"),
      ("9,k1,", "2 fields where 4 are expected"),
      ("9,\"k,2,1,\n9,k1,2,1,\n9,k1,2,1,\n9,k\",2,1,", "lines that look like rows"),
    ] {
      let failure = #expect(throws: AgreedFailure.self) {
        try read(table(names, rows: 700) { $0 == 650 ? odd : "\($0 * 3),k\($0 % 3),\($0 % 5),\($0 % 2)\(tail)" })
      }
      #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    }
    if !head.isEmpty {
      let failure = #expect(throws: AgreedFailure.self) { try read(text + "9,k1,2,\n") { $0.label = .name("kind") } }
      #expect(failure?.message.contains("3 fields where 4 are expected") == true, "\(failure?.message ?? "")")
    }
    // The last delimiter alone may be missing.
    #expect(rowCount(try read(text + "9,k1,2,1\n")) == 41)
  }

  @Test
  func `names one short above a last field that is always empty are asked for where the first column tells rows apart`()
    throws
  {
    let text = table("kind,rooms,price") { "\($0 * 3),k\($0 % 3),\($0 % 5)," }
    let failure = #expect(throws: AgreedFailure.self) { try read(text) { $0.label = .name("kind") } }
    #expect(failure?.message.contains("take that away") == true, "\(failure?.message ?? "")")
    // Labels that are all missing are nobody's, and what repeats tells no rows apart.
    #expect(try read(text).columns.map(\.name) == ["kind", "rooms"])
    let repeating = table("kind,rooms,price") { "k\($0 % 3),\($0 % 5),\($0 % 2)," }
    #expect(try read(repeating) { $0.label = .name("kind") }.columns.map(\.name) == ["rooms", "price"])
    // Without names nothing tells that the last column is none.
    let nameless = try read(table("") { "k\($0 % 3),\($0 % 5),0.5," }) { $0.label = .index(0) }
    #expect(nameless.columns.map(\.name) == ["x1", "x2", "x3"])
  }

  @Test func `a semicolon behind the names alone is one, also beside decimal commas`() throws {
    let raw = try read(table("a;b;k;") { "\($0),5;\($0 * 2),5;k\($0 % 2)" })
    #expect(raw.columns.map(\.name) == ["a", "b"] && numbers(raw, 1) == (0..<40).map { Double($0 * 2) + 0.5 })
  }

  @Test func `the column of R's row names stays one where the last column has values`() throws {
    let raw = try read(table("kind,rooms,price") { "\($0 + 1),k\($0 % 2),\($0 % 5),\($0 % 7 == 0 ? "" : "\($0)")" }) {
      $0.label = .name("kind")
    }
    #expect(raw.columns.map(\.name) == ["rooms", "price"] && raw.reading?.endsInDelimiter == false)
  }
}
