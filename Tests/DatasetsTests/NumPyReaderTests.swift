import Collectives
import Configuration
import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

private let alone = SingleProcessCommunicator()

@Suite struct NumPyReaderTests {
  private func npy(_ descr: String, _ shape: String, _ data: Data, order: String = "False", version: UInt8 = 1) -> Data
  {
    // A list of fields stands without quotes.
    let type = descr.hasPrefix("[") ? descr : "'\(descr)'"
    var header = "{'descr': \(type), 'fortran_order': \(order), 'shape': \(shape), }"
    header += String(repeating: " ", count: 63 - header.count % 64) + "\n"
    var file = Data([0x93]) + Data("NUMPY".utf8) + Data([version, 0])
    file +=
      version == 1
      ? withUnsafeBytes(of: UInt16(header.utf8.count)) { Data($0) }
      : withUnsafeBytes(of: UInt32(header.utf8.count)) { Data($0) }
    return file + Data(header.utf8) + data
  }

  private func bytes<T>(_ values: [T]) -> Data { values.withUnsafeBytes { Data($0) } }

  private func read(_ folder: TemporaryFolder, labels: Bool = true, column: ColumnReference = .index(-1)) throws
    -> RawDataset
  {
    try NumPyReader(
      path: folder.path("x.npy"), labelsPath: labels ? folder.path("y.npy") : nil, labelColumn: column
    ).read(layout: ShardLayout(shardCount: 2, rankCount: 1), over: alone)
  }

  @Test func `features and labels of several types`() throws {
    let folder = try TemporaryFolder()
    for (descr, data, order) in [
      ("<f4", bytes([1, 2, 3, 4, 5, 6] as [Float]), "False"), ("<f8", bytes([1, 2, 3, 4, 5, 6] as [Double]), "False"),
      ("<i2", bytes([1, 2, 3, 4, 5, 6] as [Int16]), "False"), ("|u1", bytes([1, 2, 3, 4, 5, 6] as [UInt8]), "False"),
      ("<f2", bytes([1, 2, 3, 4, 5, 6] as [Float16]), "False"),
      (">i2", bytes([1, 2, 3, 4, 5, 6].map { Int16($0).bigEndian }), "False"),
      (">f8", bytes([1, 3, 5, 2, 4, 6].map { Double($0).bitPattern.bigEndian }), "True"),
      ("<f4", bytes([1, 3, 5, 2, 4, 6] as [Float]), "True"),
    ] {
      for version in [1, 2, 3] as [UInt8] {
        try folder.write(npy(descr, "(3, 2)", data, order: order, version: version), to: "x.npy")
        try folder.write(npy("<i8", "(3,)", bytes([5, -1, 5] as [Int64])), to: "y.npy")
        let raw = try read(folder)
        #expect(
          raw.shards.flatMap { shard in (0..<shard.features.rows).map { shard.features.dense.row($0).array } } == [
            [1, 2], [3, 4], [5, 6],
          ])
        #expect(raw.shards.flatMap { $0.labels.map { raw.labelTexts[Int($0)] } } == ["5", "-1", "5"])
      }
    }
    let inColumn = try read(folder, labels: false, column: .index(0))
    #expect(inColumn.columns.map(\.name) == ["x1"])
    #expect(Set(inColumn.labelTexts) == ["1", "3", "5"])
  }

  @Test func `bad arrays are refused`() throws {
    let folder = try TemporaryFolder()
    let good = npy("<f4", "(3, 2)", bytes([1, 2, 3, 4, 5, 6] as [Float]))
    let labels = npy("<i8", "(3,)", bytes([5, -1, 5] as [Int64]))
    for (x, y, part) in [
      (good.dropLast(), labels, "cut short"), (good + Data([0]), labels, "do not fit"),
      (Data("hello".utf8), labels, "begin"),
      (npy("<f4", "(6,)", good.suffix(24)), labels, "matrix"), (npy("<c8", "(3, 1)", good.suffix(24)), labels, "type"),
      (
        npy("[('a', '<f4'), ('b', '<f4')]", "(3,)", good.suffix(24)), labels,
        "rows of named fields (a structured array, [('a', '<f4'), ('b', '<f4')])"
      ),
      (npy("<f4", "(3, 2)", good.suffix(24), order: "Perhaps"), labels, "fortran_order"),
      (npy("<f4", "(9223372036854775807, 8)", good.suffix(24)), labels, "do not fit"),
      (npy("<f4", "(3, 2)", bytes([1, 2, 3, .nan, 5, 6] as [Float])), labels, "row 1, column 1"),
      (good, npy("<i8", "(2,)", bytes([5, -1] as [Int64])), "2 labels for 3 rows"),
      (good, npy("<f4", "(3,)", bytes([0, 1.5, 2] as [Float])), "not an integer class"),
      (good, npy("<i8", "(3,)", bytes([0, .min, 2] as [Int64])), "2^53 and more"),
    ] {
      try folder.write(x, to: "x.npy")
      try folder.write(y, to: "y.npy")
      let failure = #expect(throws: AgreedFailure.self) { try read(folder) }
      #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
    }
  }
}
