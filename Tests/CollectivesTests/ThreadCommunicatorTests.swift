import Collectives
import Failures
import TestSupport
import Testing

@Suite struct ThreadCommunicatorTests {
  @Test(arguments: [1, 2, 5])
  func `operations are of all ranks, in order`(ranks: Int) throws {
    let found = try onThreads(ranks: ranks) { rank in
      let sums = rank.sum([Int64(rank.rank), .max / 8, -3])
      let bytes = rank.allgather([UInt8](repeating: UInt8(rank.rank), count: rank.rank))
      return (sums, bytes)
    }
    let expected = (0..<ranks).map { [UInt8](repeating: UInt8($0), count: $0) }
    for (sums, bytes) in found {
      #expect(sums == [Int64(ranks * (ranks - 1) / 2), Int64(ranks) * (.max / 8), -3 * Int64(ranks)])
      #expect(bytes == expected)
    }
  }

  @Test func `letters arrive in the order in which one rank has sent them`() throws {
    let received = try onThreads(ranks: 3) { rank -> [Letter] in
      guard rank.isRoot else {
        for number in 0..<50 { rank.post([UInt8(number)], to: 0) }
        return []
      }
      var letters: [Letter] = []
      while letters.count < 100 { letters += rank.awaitLetter { false }.map { [$0] } ?? [] }
      #expect(rank.letter() == nil)
      return letters
    }
    for sender in 1...2 {
      #expect(received[0].filter { $0.sender == sender }.map(\.bytes) == (0..<50).map { [UInt8($0)] })
    }
  }

  @Test func `who is interrupted waits no longer`() throws {
    let letters = try onThreads(ranks: 2) { rank in
      var asked = 0
      return rank.awaitLetter {
        asked += 1
        return asked > 3
      }
    }
    #expect(letters == [nil, nil])
  }

  private struct Fault: Failure {
    let description: String
    var exitStatus: Failures.ExitStatus { .badData }
  }

  @Test func `what all have agreed on is thrown, and what is left names no rank`() throws {
    let failure = #expect(throws: AgreedFailure.self) {
      try onThreads(ranks: 3) { rank in
        try rank.agree { if rank.rank > 0 { throw Fault(description: "fault \(rank.rank)") } }
      }
    }
    #expect(failure?.rank == 1 && failure?.failedRankCount == 2 && failure?.exitStatus == .badData)
    #expect(failure?.description.contains("rank 1 of 3") == true)
    #expect(failure?.ofOneProcess.description == "fault 1" && failure?.ofOneProcess.exitStatus == .badData)
  }
}
