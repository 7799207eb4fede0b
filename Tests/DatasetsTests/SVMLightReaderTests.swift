import Collectives
import Configuration
import Datasets
import Foundation
import RandomStreams
import Tensors
import TestSupport
import Testing

@Suite struct SVMLightReaderTests {
  private func read(
    _ text: String, shards: Int = 3, training: RawDataset? = nil, firstFeature: Int? = nil, skipping: Bool = false
  ) throws -> RawDataset {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "t.svm")
    return try SVMLightReader(path: path, training: training, firstFeature: firstFeature, skipsBadRows: skipping)
      .read(layout: ShardLayout(shardCount: shards, rankCount: 1), over: SingleProcessCommunicator())
  }

  private func rows(_ data: RawDataset) -> [[Float]] {
    data.shards.flatMap { shard in
      let matrix = shard.features.dense
      return (0..<matrix.rows).map { matrix.row($0).array }
    }
  }

  private func labels(_ data: RawDataset) -> [String] {
    data.shards.flatMap { $0.labels.map { data.labelTexts[Int($0)] } }
  }

  @Test func `labels, pairs, comments, qid, blank lines, CRLF, quotes and a last line without end`() throws {
    let text = """
      # a "comment\r
      +1 qid:3 1:0.5 3:-2e1 # "so\r
      \r
      -1\t2:1 \r
      +1 #3:4
        1 3:.25   4:0
      -1
      """
    for shards in 1...9 {
      let data = try read(text, shards: shards)
      #expect(rows(data) == [[0.5, 0, -20], [0, 1, 0], [0, 0, 0], [0, 0, 0.25], [0, 0, 0]])
      #expect(labels(data) == ["1", "-1", "1", "1", "-1"])
      #expect(data.columns.map(\.name) == ["1", "2", "3"])
    }
  }

  @Test func `features count from 0 where one is 0`() throws {
    let data = try read("0 1:5\n1 0:4 2:1\n")
    #expect(rows(data) == [[0, 5, 0], [4, 0, 1]])
    #expect(data.columns.map(\.name) == ["0", "1", "2"])
    // It need not be anything but 0 anywhere.
    #expect(rows(try read("0 1:5\n1 0:0 2:1\n")) == [[0, 5, 0], [0, 0, 1]])
  }

  @Test func `what features count from may be said`() throws {
    let data = try read("0 1:5\n1 2:1\n", firstFeature: 0)
    #expect(rows(data) == [[0, 5, 0], [0, 0, 1]] && data.columns.map(\.name) == ["0", "1", "2"])
    #expect(rows(try read("1 0:3 1:4\n", training: data)) == [[3, 4, 0]])
    #expect(rows(try read("0 1:5\n1 2:1\n", firstFeature: 1)) == [[5, 0], [0, 1]])
    for (firstFeature, message) in [(1, "by --first-feature 1"), (nil, "say so when training: --first-feature 0")] {
      let error = #expect(throws: (any Error).self) {
        let training = firstFeature == nil ? try self.read("0 1:5\n1 2:1\n") : nil
        return try self.read("1 1:1\n0 0:3\n", training: training, firstFeature: firstFeature)
      }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.contains("line 2: feature 0, but") && text.contains(message), "\(text)")
    }
  }

  @Test func `rows stay sparse under a tenth, and validation data follows the training data`() throws {
    let sparse = try read("0 1:1\n1 40:1\n")
    #expect(sparse.isSparse && rows(sparse)[1] == Array(repeating: 0, count: 39) + [1])
    let dense = try read("0 1:1 2:1\n1 4:1\n")
    #expect(!dense.isSparse)
    let validation = try read("1 1:2 3:3 40:5 41:6 50:7\n", training: sparse)
    #expect(validation.isSparse && validation.columns == sparse.columns)
    #expect(validation.unknownFeatures == 10)
    #expect(rows(validation)[0][39] == 5)
    #expect(try !read("1 4:1\n", training: dense).isSparse)
  }

  @Test(arguments: [
    ("1:2 2:3\n", "line 1: \"1:2\" stands where the label is expected"),
    ("1,2 1:3\n", "several labels"),
    ("1 1:2\nnan 1:3\n", "line 2: the label is missing (\"nan\")"),
    ("? 1:3\n", "the label is missing"),
    ("1 1:2\n1 2:3 2:4\n", "line 2: feature 2 stands after feature 2"),
    ("1 2:2 1:3\n", "must ascend"),
    ("1 1:2 x:3\n", "\"x:3\" is no pair"),
    ("1 1:2 7\n", "\"7\" is no pair"),
    ("1 1:abc\n", "\"abc\" is not a number"),
    ("1 1:\n", "\"\" is not a number"),
    ("1 1:nan\n", "not a finite number"),
    ("1 1:1e39\n", "not a finite number"),
    ("1 99999999999999999999:1\n", "has a larger number"),
    ("1\n2\n", "no feature that is not 0"),
    ("# nothing\n", "has no samples"),
    ("\u{1F}\u{8}1 1:1\n", "not printable"),
  ])
  func `what is wrong is named with its line`(_ text: String, _ message: String) throws {
    let error = #expect(throws: (any Error).self) { try read(text) }
    #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
  }

  @Test func `values that are rounded by 1 or more are counted`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a 1:16777216 2:1700000001\nb 1:16777217.0 2:-1700000003 3:0.1\n", to: "t.svm")
    let raw = try DataOptions.parse([]).read(
      path, labels: nil, layout: ShardLayout(shardCount: 2, rankCount: 1), over: SingleProcessCommunicator())
    #expect(
      raw.warnings.count == 1 && raw.warnings.first?.contains("3 values are so large") == true, "\(raw.warnings)")
  }

  @Test func `feature 0 is none of training data that counts from 1`() throws {
    let training = try read("0 1:1 2:1\n1 1:2\n")
    let error = #expect(throws: (any Error).self) { try read("0 0:1\n", training: training) }
    #expect("\(try #require(error))".contains("features count from 1"))
  }

  @Test func `bad lines can be left out`() throws {
    let data = try read("1 1:2\n2 2:1 1:7\n? x\n2 2:3\n", shards: 2, skipping: true)
    #expect(rows(data) == [[2, 0], [0, 3]])
    #expect(labels(data) == ["1", "2"])
    #expect(data.skippedRows == 2)
    #expect(data.firstSkipped?.contains("line 2: feature 1 stands after feature 2") == true)
  }

  @Test func `any rows come back at any number of shards`() throws {
    var random = RandomStream(seed: 12, purpose: .syntheticFeatures)
    var expected: [[Float]] = []
    var text = ""
    for row in 0..<60 {
      var values = [Float](repeating: 0, count: 12)
      text += "\(row % 3)"
      for feature in 0..<12 where random.uniform() < 0.3 || (row == 0 && feature == 11) {
        values[feature] = Float(random.normal()) * (row % 5 == 0 ? 1e-20 : 100)
        text += (random.uniform() < 0.2 ? "  " : " ") + "\(feature + 1):\(values[feature])"
      }
      expected.append(values)
      text += random.uniform() < 0.3 ? " # \"\(row)\r\n" : "\n"
    }
    for shards in 1...40 {
      let data = try read(text, shards: shards)
      #expect(rows(data) == expected, "\(shards) shards")
      #expect(labels(data) == (0..<60).map { String($0 % 3) })
    }
  }
}
