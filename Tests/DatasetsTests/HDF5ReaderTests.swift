import Collectives
import Datasets
import Failures
import Foundation
import TestSupport
import Testing

@Suite struct HDF5ReaderTests {
  /// Written by h5py: Reference/make_hdf5.py.
  private let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Reference/table.h5").path

  private func read(_ path: String, labels: String? = nil, shards: Int = 2) throws -> (
    rows: [[Float]], labels: [String]
  ) {
    let raw = try HDF5Reader(path: path, labelsPath: labels)
      .read(layout: ShardLayout(shardCount: shards, rankCount: 1), over: SingleProcessCommunicator())
    return (
      raw.shards.flatMap { shard in (0..<shard.features.rows).map { shard.features.dense.row($0).array } },
      raw.shards.flatMap { $0.labels.map { raw.labelTexts[Int($0)] } }
    )
  }

  #if HDF5
    @Test func `datasets by name, of other byte orders, in chunks and packed`() throws {
      let table = try read(path + ":x", labels: path + ":/y")
      #expect(table.rows == [[1, -2.5], [3, 4], [0.25, 7]])
      #expect(table.labels == ["2", "0", "2"])
      let expected: [[Float]] = (0..<300).map { row in (0..<4).map { column in Float((4 * row + column) % 251) } }
      for shards in 1...7 {
        let images = try read(path + ":images/x", labels: path + ":images/y", shards: shards)
        #expect(images.rows == expected)
        #expect(images.labels == (0..<300).map { String($0 % 3) })
      }
    }

    @Test func `what cannot be used is named`() throws {
      let folder = try TemporaryFolder()
      let cut = try folder.write(try Data(contentsOf: URL(fileURLWithPath: path)).prefix(9_000), to: "cut.h5")
      for (features, labels, part) in [
        (path, nil, "holds images/x, images/y, names, x, y: which"), (path + ":z", path + ":y", "has no dataset \"z\""),
        (path + ":names", path + ":y", "holds no integers"), (path + ":x", path + ":images/y", "300 labels for 3 rows"),
        (path + ":y", path + ":y", "rows of features"), (path + ":x", path + ":x", "a vector of labels"),
        (folder.path("none.h5"), nil, "cannot open"), (cut, nil, "cannot open"),
      ] as [(String, String?, String)] {
        let failure = #expect(throws: AgreedFailure.self) { try read(features, labels: labels) }
        #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
      }
    }
  #else
    @Test func `a program without HDF5 says how to get it`() throws {
      let failure = #expect(throws: AgreedFailure.self) { try read(path) }
      #expect(failure?.message.contains("CW_DIST_TRAIN_HDF5=1 launch/run") == true)
      #expect(failure?.exitStatus.rawValue == 78)
    }
  #endif
}
