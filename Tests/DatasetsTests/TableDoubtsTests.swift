import Collectives
import Datasets
import TestSupport
import Testing

/// What a user is told of a table that is read as it stands.
@Suite struct TableDoubtsTests {
  /// The last begins anew where a shard does.
  @Test(arguments: [(0, 1, 40, true), (7, 1, 40, true), (0, 2, 40, false), (0, 0, 40, false), (0, 1, 8, false)])
  func `a column that counts the rows is told of, whatever its name`(first: Int, step: Int, period: Int, counts: Bool)
    throws
  {
    let rows = (0..<40).map { "\(100 + first + $0 % period * step),\($0 % 7),k\($0 % 2)\n" }
    let folder = try TemporaryFolder()
    let path = try folder.write("id,price,kind\n" + rows.joined(), to: "t.csv")
    for (shards, ranks) in [(5, 1), (5, 3), (40, 2), (400, 3)] {
      let layout = try ShardLayout(shardCount: shards, rankCount: ranks)
      let told = try onThreads(ranks: ranks) { communicator in
        let raw = try CSVReader(path: path, options: CSVOptions()).read(layout: layout, over: communicator)
        return try Table(raw, ignoring: nil, layout: layout, over: communicator).countingColumns(over: communicator)
      }
      #expect(
        told.allSatisfy {
          $0.contains { $0.contains("\"id\" counts the rows") } == counts && $0.count == (counts ? 1 : 0)
        })
    }
  }
}

extension TableDoubtsTests {
  @Test func `classes and categories that differ by capitals and spaces alone are told of`() throws {
    let folder = try TemporaryFolder()
    let rows = ["1,light red,Yes", "2,Light Red,yes", "3,blue,No", "4,lightred,no ", "5,green,YES", "6,blue,maybe"]
    let path = try folder.write("n,colour,answer\n" + rows.map { $0 + "\n" }.joined(), to: "t.csv")
    let raw = try CSVReader(path: path, options: CSVOptions())
      .read(layout: ShardLayout(shardCount: 2, rankCount: 1), over: SingleProcessCommunicator())
    let table = try Table(
      raw, ignoring: nil, layout: ShardLayout(shardCount: 2, rankCount: 1), over: SingleProcessCommunicator())
    let told = table.doubtsOfSpelling
    #expect(told.count == 2)
    #expect(told[0].contains("and 2 more") && told[0].contains("are classes of their own"))
    #expect(told[1].contains("in column \"colour\"") && told[1].contains("and 1 more"))
  }
}

extension TableDoubtsTests {
  @Test func `texts that stand for missing values elsewhere are told of where they do not`() throws {
    let layout = try ShardLayout(shardCount: 2, rankCount: 1)
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "n,colour,answer\n1,red,yes\n2,NA,no\n.,blue,yes\n4,red,null\n5,red,no\n6,blue,yes\n", to: "t.csv")
    var options = CSVOptions()
    options.missing = ["", "."]
    let raw = try CSVReader(path: path, options: options).read(layout: layout, over: SingleProcessCommunicator())
    let table = try Table(raw, ignoring: nil, layout: layout, over: SingleProcessCommunicator())
    #expect(table.doubtOfMissing?.contains("in column \"colour\", \"NA\"") == true)
  }
}

extension TableDoubtsTests {
  private func doubts(_ names: String, rows: Int = 300, _ row: (Int) -> String) throws -> [String] {
    let layout = try ShardLayout(shardCount: 2, rankCount: 1)
    let folder = try TemporaryFolder()
    let path = try folder.write(names + "\n" + (0..<rows).map { row($0) + "\n" }.joined(), to: "t.csv")
    var options = CSVOptions()
    options.hasHeader = true
    let raw = try CSVReader(path: path, options: options).read(layout: layout, over: SingleProcessCommunicator())
    return try Table(raw, ignoring: nil, layout: layout, over: SingleProcessCommunicator()).doubts
  }

  @Test(arguments: [
    ("0.%d kg", "write them otherwise"), ("-%d.5m", "write them otherwise"), ("%d/7/19", "write them otherwise"),
    ("C10%d", "names the rows"), ("Mr %d x", "names the rows"),
  ])
  func `numbers with units are told from texts that name the rows`(form: String, words: String) throws {
    let told = try doubts("v,y") { "\(form.replacing("%d", with: "\(1_000 + $0)")),\($0 % 2)" }
    #expect(told.count == 1 && told[0].contains(words) && told[0].contains("by --drop \"v\""), "\(told)")
  }

  @Test(arguments: [10, 2], ["unknown", "-"])
  func `times with other texts among them are told of, and these`(every: Int, other: String) throws {
    let told = try doubts("v,y") { "\($0 % every == 0 ? other : "2020-0\(1 + $0 % 9)-1\($0 % 7)"),\($0 % 2)" }
    #expect(told.count == 1 && told[0].contains("since \"\(other)\" is not a date"), "\(told)")
    #expect(told[0].contains("--missing") && !told[0].contains("--drop"))
  }

  @Test(arguments: [(1 << 52, 0), (1 << 53, 1), (1_700_000_000_000_000_000, 1)])
  func `whole numbers of more digits than a Double has are told of`(first: Int, count: Int) throws {
    let told = try doubts("v,y") { "\(first + 3 * $0),\($0 % 2)" }
    #expect(told.count == count && told.allSatisfy { $0.contains("whole numbers beyond 2⁵³") }, "\(told)")
  }

  @Test func `dates and times of day are not the same`() throws {
    let told = try doubts("v,y") {
      "\($0 % 3 > 0 ? "2020-0\(1 + $0 % 9)-1\($0 % 7)" : "1\($0 % 10):2\($0 % 9)"),\($0 % 2)"
    }
    #expect(told.count == 1 && told[0].contains("are no dates, as its other values are"), "\(told)")
  }

  @Test func `a column whose name would be taken apart is named by its place`() throws {
    let told = try doubts("\"Name, full\",$HOME,2,y") { "\"t\($0) q, w\",z\($0) v,w \($0) x,\($0 % 2)" }
    #expect(told.count == 3, "\(told)")
    for (text, place) in zip(told, ["--drop 0", "--drop '$HOME'", "--drop 2"]) {
      #expect(text.hasSuffix(place), "\(text)")
    }
  }
}

extension TableDoubtsTests {
  private func table(_ text: String, _ options: CSVOptions = CSVOptions()) throws -> Table {
    let layout = try ShardLayout(shardCount: 2, rankCount: 1)
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "t.csv")
    let raw = try CSVReader(path: path, options: options).read(layout: layout, over: SingleProcessCommunicator())
    return try Table(raw, ignoring: nil, layout: layout, over: SingleProcessCommunicator())
  }

  @Test func `classes that differ by what nobody sees are told of`() throws {
    let told = try table("n,answer\n1,yes\n2,ye\u{200B}s\n3,no\n4,\u{FEFF}no\n").doubtsOfSpelling
    #expect(told.count == 1 && told[0].contains("and 1 more"))
  }

  @Test func `a last column that tells the rows apart is told of, be it of texts`() throws {
    let rows = (0..<40).map { "\($0 % 3),id\($0)\n" }
    #expect(try table("n,key\n" + rows.joined()).doubtAboutLabel?.contains("40 different texts in 40 rows") == true)
    let few = (0..<40).map { "\($0 % 3),id\($0 % 9)\n" }
    #expect(try table("n,key\n" + few.joined()).doubtAboutLabel == nil)
  }

  @Test func `a line of names that stands again among texts is asked about, or told of`() throws {
    let rows = (0..<30).map {
      "\(["red", "blue", "green"][$0 % 3]),\(["s", "m"][$0 % 2]),\(["yes", "no"][$0 / 2 % 2])\n"
    }
    let joined = "colour,size,answer\n" + rows.joined() + "colour,size,answer\n" + rows.joined()
    #expect { _ = try table(joined) } throws: { "\($0)".contains("the whole line stands again below it") }
    var options = CSVOptions()
    options.hasHeader = true
    #expect(try table(joined, options).doubtOfNames?.contains("\"answer\" is the name") == true)
    #expect(try table("colour,size,answer\n" + rows.joined(), options).doubtOfNames == nil)
    // A row that recurs, as any row of few texts does.
    options.hasHeader = nil
    #expect(try table(rows.joined()).classNames == ["no", "yes"])
  }
}
