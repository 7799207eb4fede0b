import Collectives
import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

private let alone = SingleProcessCommunicator()

@Suite struct IDXReaderTests {
  /// Three rows of 2 × 2, and their labels.
  private let images = Data([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2] + (0..<12).map { UInt8($0 * 20) })
  private let labels = Data([0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 7])

  private func read(_ path: String, labels: String? = nil, shards: Int = 2) throws -> RawDataset {
    try IDXReader(path: path, labelsPath: labels)
      .read(layout: ShardLayout(shardCount: shards, rankCount: 1), over: alone)
  }

  @Test func `images and the labels beside them, plain and packed`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(images, to: "t-images-idx3-ubyte")
    let labelsPath = try folder.write(labels, to: "t-labels-idx1-ubyte")
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
    gzip.arguments = ["--keep", path, labelsPath]
    try gzip.run()
    gzip.waitUntilExit()
    for path in [path, path + ".gz"] {
      for shards in 1...4 {
        let raw = try read(path, shards: shards)
        let rows = raw.shards.flatMap { shard in (0..<shard.features.rows).map { shard.features.dense.row($0).array } }
        #expect(rows == [[0, 20, 40, 60], [80, 100, 120, 140], [160, 180, 200, 220]])
        #expect(raw.shards.flatMap { $0.labels.map { raw.labelTexts[Int($0)] } } == ["7", "0", "7"])
      }
    }
  }

  @Test func `other types`() throws {
    let folder = try TemporaryFolder()
    let header: [UInt8] = [0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1]
    let labels = try folder.write(Data([0, 0, 0x0B, 1, 0, 0, 0, 2, 0xFF, 0xFE, 1, 0]), to: "y")
    for (type, elements) in [
      (0x09, [0xFF, 0x02]), (0x0B, [0xFF, 0xFF, 0x00, 0x02]), (0x0C, [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2]),
      (0x0D, [0xBF, 0x80, 0, 0, 0x40, 0, 0, 0]), (0x0E, [0xBF, 0xF0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]),
    ] as [(UInt8, [UInt8])] {
      var bytes = header + elements
      bytes[2] = type
      let raw = try read(try folder.write(Data(bytes), to: "x.idx"), labels: labels, shards: 1)
      #expect((0..<2).map { raw.shards[0].features.dense[$0, 0] } == [-1, 2])
      #expect(Set(raw.labelTexts) == ["-2", "256"])
    }
  }

  @Test func `bad arrays are refused`() throws {
    let folder = try TemporaryFolder()
    for (x, y, part) in [
      (images.dropLast(), labels, "cut short"), (images + [0], labels, "cut short"),
      (images, labels.dropLast(), "cut short"),
      (Data("hello".utf8), labels, "no IDX"), (images.prefix(10), labels, "no IDX"),
      (labels, labels, "rows of features"),
      (images, images, "vector of labels"), (images, Data([0, 0, 8, 1, 0, 0, 0, 2, 7, 0]), "2 labels for 3 rows"),
      (images, Data([0, 0, 0x0D, 1, 0, 0, 0, 3, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "row 0 (from 0): label 0.5"),
      (Data([0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]), labels, "no IDX"),
      // Found by launch/fuzz: more elements than the file can hold.
      (Data([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0x80, 0, 0, 2]) + Data(count: 12), labels, "cut short"),
      (Data([0, 0, 8, 3, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]), labels, "no IDX"),
      (Data([0, 0, 8, 4, 0, 0, 0, 0] + Array(repeating: 255, count: 12)), labels, "no IDX"),
    ] {
      let (path, labelsPath) = (try folder.write(x, to: "x"), try folder.write(y, to: "y"))
      let failure = #expect(throws: AgreedFailure.self) { try read(path, labels: labelsPath) }
      #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
    }
    let alone = try folder.write(images, to: "u-images-idx3-ubyte")
    let failure = #expect(throws: AgreedFailure.self) { try read(alone) }
    #expect(failure?.message.contains("--labels (there is no \(folder.path("u-labels-idx1-ubyte")))") == true)
  }
}
