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

  @Test(arguments: [false, true]) func `tables in pieces of any size, on any ranks`(isPacked: Bool) async throws {
    var random = RandomStream(seed: 33, purpose: .syntheticFeatures)
    let folder = try TemporaryFolder()
    let expected = rows(80, &random)
    try folder.write("n,c,o,y\n" + csv(expected, &random), to: "t.csv")
    if isPacked { #expect(try await runScript("gzip t.csv", in: folder) == 0) }
    let path = folder.path(isPacked ? "t.csv.gz" : "t.csv")
    for labels in [ModelInput.LabelUse.ignored, .read(column: .name("y"), file: nil)] {
      for size in [1, 2, 3, 7, 20, 60, 200, 1_000, 1 << 20] {
        for ranks in [1, 2, 3, 5] {
          let rounds = try onThreads(ranks: ranks) { communicator in
            var input = ModelInput(
              columns: [
                EncodedColumn(name: "c", kind: .oneHot(levels: ["any"])),
                EncodedColumn(name: "o", kind: .numeric(mean: 0, scale: 1, fill: 0)),
              ], featureNames: ["c=any", "o"], schema: nil,
              file: try FileOptions.parse(["--comment", "#", "--header", "yes"]), missing: nil, labels: labels)
            input.pieceSize = size
            var pieces = try input.pieces(of: path, over: communicator)
            var rounds: [[Row]] = []
            while let piece = try pieces.next(over: communicator) { rounds.append(rows(of: piece)) }
            return rounds
          }
          let found = rounds[0].indices.flatMap { round in rounds.flatMap { $0[round] } }
          let wanted = expected.map { row in
            var row = row
            row.number = nil
            if case .ignored = labels { row.label = "" }
            return row
          }
          #expect(found == wanted, "pieces of \(size) bytes, \(ranks) ranks")
        }
      }
    }
  }

  private func rows(of piece: RowPiece) -> [Row] {
    let features = piece.features.dense
    return (0..<piece.rowCount).map { row in
      Row(
        number: nil,
        category: features[row, 0].isNaN ? nil : piece.columns[0].levels[Int(features[row, 0])],
        other: features[row, 1].isNaN ? nil : features[row, 1],
        label: piece.labels[row] < 0 ? "" : piece.labelTexts[Int(piece.labels[row])])
    }
  }
}
