import TensorBoard
import Testing

@Suite struct RecordTests {
  /// RFC 3720, appendix B.4.
  @Test(
    arguments: [
      (Array(repeating: 0, count: 32), 0x8A91_36AA), (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E), ((0..<32).reversed(), 0x113F_DB5C),
      (
        [
          0x01, 0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
          0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
          0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        ], 0xD996_3A56
      ),
    ] as [([UInt8], UInt32)])
  func `checksums are those of the standard`(bytes: [UInt8], checksum: UInt32) {
    #expect(CRC32C.of(bytes) == checksum)
  }

  @Test func `the checksum of nine digits is that of every description, masked and not`() {
    let digits = Array("123456789".utf8)
    #expect(CRC32C.of(digits) == 0xE306_9283)
    // ((x >> 15) | (x << 17)) + 0xa282ead8
    #expect(CRC32C.masked(digits) == (0x0001_C60D | 0x2506_0000) &+ 0xA282_EAD8)
  }

  @Test func `a record has its length, its bytes, and a checksum of each`() {
    let record = Record.framed([1, 2, 3])
    #expect(Array(record.prefix(8)) == [3, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(record[12..<15]) == [1, 2, 3] && record.count == 19)
    let length = CRC32C.masked(record.prefix(8))
    #expect(Array(record[8..<12]) == (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
  }

  @Test func `whole records are read up to the first that is cut, wherever the cut is`() {
    let records = [[], [7], Array(0..<200)].map { Record.framed($0) }
    let file = records.flatMap { $0 }
    let ends = [0, records[0].count, records[0].count + records[1].count, file.count]
    for length in 0...file.count {
      let whole = Record.contents(of: Array(file.prefix(length)))
      #expect(whole.count == ends.lastIndex { $0 <= length }, "of \(length) bytes")
    }
  }

  @Test func `a record with a changed bit is not read, nor what follows it`() {
    let records = [[1, 2], [3, 4, 5], [6]].map { Record.framed($0) }
    let file = records.flatMap { $0 }
    for place in records[0].count..<records[0].count + records[1].count {
      var damaged = file
      damaged[place] ^= 0x10
      #expect(Record.contents(of: damaged).map(Array.init) == [[1, 2]], "byte \(place)")
    }
    #expect(Record.contents(of: file).count == 3)
  }
}
