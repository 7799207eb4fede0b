import Collectives
import Configuration
import Datasets
import Failures
import Foundation
import TestSupport
import Testing

@Suite struct NumPyArchiveTests {
  /// Written by NumPy: Reference/make_archives.py.
  private func archive(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Reference/\(name).npz").path
  }

  private func read(_ path: String, labels: String? = nil) throws -> (rows: [[Float]], labels: [String]) {
    let raw = try NumPyReader(path: path, labelsPath: labels, labelColumn: .index(-1))
      .read(layout: ShardLayout(shardCount: 2, rankCount: 1), over: SingleProcessCommunicator())
    return (
      raw.shards.flatMap { shard in (0..<shard.features.rows).map { shard.features.dense.row($0).array } },
      raw.shards.flatMap { $0.labels.map { raw.labelTexts[Int($0)] } }
    )
  }

  @Test(arguments: ["stored", "deflated", "wide"])
  func `the matrix and the vector of an archive are features and labels`(_ name: String) throws {
    let path = archive(name)
    for labels in [nil, path + ":y"] {
      let data = try read(path, labels: labels)
      #expect(data.rows == [[1, -2.5], [3, 4], [0.25, 7]])
      #expect(data.labels == ["2", "0", "2"])
    }
  }

  @Test func `members are named where there are more, and images become rows`() throws {
    let path = archive("images")
    let data = try read(path + ":x_train", labels: path + ":y_train")
    #expect(data.rows == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]])
    for (path, part) in [(path, "x_train, x_test, y_train: which"), (path + ":z", "has no array \"z\"")] {
      let failure = #expect(throws: AgreedFailure.self) { try read(path) }
      #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
    }
  }

  /// Written by the script beside it: numbers and texts; features, labels and an object; SciPy's save_npz.
  @Test(arguments: [
    ("texts", "numpy.unique(labels, return_inverse=True)"), ("objects", "holds x, y, meta: which"),
    ("scipy", "a sparse matrix of SciPy's save_npz"),
  ])
  func `what cannot be read in an archive is told of as far as it matters`(name: String, part: String) throws {
    let failure = #expect(throws: AgreedFailure.self) { try read(archive(name)) }
    #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
    if name == "objects" { #expect(try read(archive(name) + ":x", labels: archive(name) + ":y").labels == ["1", "0"]) }
  }

  @Test(arguments: ["stored", "deflated", "wide"])
  func `a damaged archive is refused, or read as it stands`(_ name: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: archive(name)))
    var refused = 0
    func tryToRead(_ data: Data) throws {
      let path = try folder.write(data, to: "x.npz")
      do {
        let data = try read(path)
        #expect(data.rows.count == data.labels.count)
      } catch let failure as AgreedFailure {
        #expect(failure.message.contains("x.npz"))
        refused += 1
      }
    }
    for length in 0..<bytes.count { try tryToRead(bytes.prefix(length)) }
    #expect(refused == bytes.count, "a part of an archive is none")
    for place in bytes.indices {
      for bit in [0x01, 0x80, 0xFF] as [UInt8] {
        var damaged = bytes
        damaged[place] ^= bit
        try tryToRead(damaged)
      }
    }
    #expect(refused > 2 * bytes.count)
  }
}
