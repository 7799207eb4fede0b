import Collectives
import Configuration
import Datasets
import Foundation
import RandomStreams
import TestSupport
import Testing

/// What is written as text is read back, whatever the shards and the ranks.
@Suite struct RoundTripTests {
  /// A row: a number, a category, another number, each of which may be missing; and a label.
  private struct Row: Equatable {
    var number: Float?
    var category: String?
    var other: Float?
    var label: String
  }

  private func rows(_ count: Int, _ random: inout RandomStream) -> [Row] {
    let categories = ["red", "a,b", "two\nlines", "say \"no\"", "été", " \r\n", ";"]
    return (0..<count).map { row in
      func maybe<Value>(_ value: Value) -> Value? { random.index(below: 6) == 0 ? nil : value }
      return Row(
        number: maybe(Float(random.normal())), category: maybe(categories[Int(random.index(below: 5))] + "x"),
        other: maybe(Float(Int(random.index(below: 100_000))) * 1e-3), label: ["p", "q", "r,\"s\""][row % 3])
    }
  }

  private func csv(_ rows: [Row], _ random: inout RandomStream) -> String {
    func field(_ text: String) -> String {
      let mustQuote = text.contains { "\",\n\r;".contains($0) || $0.isNewline }
      guard mustQuote || random.index(below: 4) == 0 else { return text }
      return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
    func missing() -> String { ["", "?", "NA", "NaN", "null"][Int(random.index(below: 5))] }
    return rows.map { row in
      let comment = random.index(below: 5) == 0 ? ["#\n", "# by \"hand\", twice\r\n"][Int(random.index(below: 2))] : ""
      return comment
        + [
          row.number.map { field("\($0)") } ?? missing(), row.category.map { field($0) } ?? missing(),
          row.other.map { field("\($0)") } ?? missing(), field(row.label),
        ].joined(separator: ",") + (random.index(below: 3) == 0 ? "\r\n" : "\n")
    }.joined()
  }

  /// The rows of a table as one rank has them.
  private func rows(of raw: RawDataset) -> [Row] {
    raw.shards.flatMap { shard in
      let features = shard.features.dense
      return (0..<features.rows).map { row in
        func number(_ column: Int) -> Float? { features[row, column].isNaN ? nil : features[row, column] }
        return Row(
          number: number(0), category: number(1).map { raw.columns[1].levels[Int($0)] }, other: number(2),
          label: raw.labelTexts[Int(shard.labels[row])])
      }
    }
  }

  @Test func `tables with quotes, newlines, comments and missing values`() throws {
    var random = RandomStream(seed: 31, purpose: .syntheticFeatures)
    let folder = try TemporaryFolder()
    for table in 0..<3 {
      let expected = rows([1, 17, 90][table] + 3, &random)
      let path = try folder.write("n,c,o,y\n" + csv(expected, &random), to: "t\(table).csv")
      var options = CSVOptions()
      options.categorical = [.name("c")]
      options.comment = UInt8(ascii: "#")
      for shards in 1...40 {
        for ranks in 1...min(5, shards) {
          let found = try onThreads(ranks: ranks) { [options] communicator in
            rows(
              of: try CSVReader(path: path, options: options)
                .read(layout: ShardLayout(shardCount: shards, rankCount: ranks), over: communicator))
          }
          #expect(Array(found.joined()) == expected, "\(shards) shards, \(ranks) ranks")
        }
      }
    }
  }

  @Test func `sparse rows`() throws {
    var random = RandomStream(seed: 32, purpose: .syntheticFeatures)
    let expected: [[Float]] = (0..<50).map { row in
      (0..<80).map { random.uniform() < 0.05 || (row == 7 && $0 == 79) ? Float(random.normal()) : 0 }
    }
    let text = expected.enumerated().map { row, values in
      let pairs = values.enumerated().filter { $1 != 0 }.map { " \($0 + 1):\($1)" }.joined()
      return "\(row % 3)\(pairs)" + (random.index(below: 3) == 0 ? " # \"\n" : "\n")
    }.joined()
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "t.svm")
    for shards in 1...40 {
      for ranks in 1...min(5, shards) {
        let found = try onThreads(ranks: ranks) { communicator in
          let raw = try SVMLightReader(path: path, training: nil, skipsBadRows: false)
            .read(layout: ShardLayout(shardCount: shards, rankCount: ranks), over: communicator)
          #expect(raw.isSparse)
          return raw.shards.flatMap { shard in
            let matrix = shard.features.dense
            return (0..<matrix.rows).map { matrix.row($0).array }
          }
        }
        #expect(Array(found.joined()) == expected, "\(shards) shards, \(ranks) ranks")
      }
    }
  }
}
