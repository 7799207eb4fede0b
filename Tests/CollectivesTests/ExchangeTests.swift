import Collectives
import TestSupport
import Testing

@Suite struct ExchangeTests {
  /// Different for each pair and direction; nothing for some; NaNs among the bits.
  private func words(from sender: Int, to receiver: Int) -> [UInt32] {
    let count = (7 * sender + 3 * receiver) % 5 * 40
    return (0..<count).map { 0x7fa0_0000 &+ UInt32($0) &* 2_654_435_761 &+ UInt32(sender << 8 | receiver) }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 8, 13])
  func `every rank gets what each has for it`(ranks: Int) throws {
    let received = try onThreads(ranks: ranks) { rank in
      try (0..<2).map { _ in try rank.exchange { words(from: rank.rank, to: $0) } }
    }
    for rank in 0..<ranks {
      let expected = (0..<ranks).map { words(from: $0, to: rank) }
      #expect(received[rank] == [expected, expected])
    }
  }

  @Test func `a single process keeps its own`() throws {
    #expect(try SingleProcessCommunicator().exchange { [UInt32($0), 7] } == [[0, 7]])
  }

  @Test(arguments: [1, 2, 3, 8])
  func `wide sums carry`(ranks: Int) throws {
    let values: [UInt128] = [0, 1, UInt128(UInt64.max), UInt128.max / 8, 0xffff_ffff << 64]
    let sums = try onThreads(ranks: ranks) { try $0.wideSum(of: values) }
    #expect(sums == Array(repeating: values.map { $0 * UInt128(ranks) }, count: ranks))
    #expect(try onThreads(ranks: ranks) { try $0.wideSum(of: []) }.allSatisfy(\.isEmpty))
  }
}
