import Collectives
import Datasets
import Testing

private let alone = SingleProcessCommunicator()

@Suite struct ClassTests {
  @Test func `integers are ordered by number and texts by bytes`() throws {
    #expect(try SmallTable.table(["10", "9", "-1", "9"]).classNames == ["-1", "9", "10"])
    #expect(try SmallTable.table(["b", "a", "10", "9"]).classNames == ["10", "9", "a", "b"])
  }

  @Test func `the same integer written in several ways is one class`() throws {
    let data = try SmallTable.table(["1", "2.0", "1.0", "2e0", "2"])
    #expect(data.classNames == ["1", "2"])
    #expect(try data.classCounts(over: alone) == [2, 3])
    // But a leading zero, or another base, is a name.
    #expect(try SmallTable.table(["1", "01", "0x1"]).classNames == ["01", "0x1", "1"])
  }

  @Test func `a label that training does not know is refused in validation`() throws {
    func counts(_ validation: [String]) throws -> [Int] {
      try Table(
        SmallTable.raw(validation), withClassesOf: SmallTable.table(["0", "1"], ignoring: -1), ignoring: -1, over: alone
      )
      .classCounts(over: alone)
    }
    #expect(try counts(["1", "1.0", "-1"]) == [0, 2])
    let failure = #expect(throws: AgreedFailure.self) { try counts(["1", "2"]) }
    #expect(failure?.message.contains("\"2\"") == true)
  }

  @Test func `more classes than can be are refused whichever rank holds them`() throws {
    let few = try SmallTable.raw(["0", "1"])
    let many = RawDataset(
      name: "many", columns: few.columns, labelTexts: (0..<5000).map(String.init), shards: few.shards)
    let failure = #expect(throws: AgreedFailure.self) {
      _ = try Table(many, ignoring: nil, layout: ShardLayout(shardCount: 3, rankCount: 1), over: alone)
    }
    #expect(failure?.message.contains("5000 different labels") == true)
  }

  @Test func `ignored labels are no class and are counted nowhere`() throws {
    let data = try SmallTable.table(["0", "1", "-100", "1", "-100"], ignoring: -100)
    #expect(data.classNames == ["0", "1"])
    #expect(try data.classCounts(over: alone) == [1, 2])
    #expect(data.sampleCount == 5)
  }

  @Test(arguments: [["1", "1.5", "2"], ["7", "7"], ["0.1", "0.2"]])
  func `labels that are no classes are refused`(labels: [String]) {
    #expect(throws: AgreedFailure.self) { _ = try SmallTable.table(labels) }
  }
}
