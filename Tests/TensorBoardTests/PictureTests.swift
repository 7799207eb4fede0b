import Files
import Foundation
import TensorBoard
import Testing

@Suite struct PictureTests {
  private static let palette = [
    Picture.Colour(red: 1, green: 2, blue: 3), Picture.Colour(red: 250, green: 0, blue: 9),
  ]

  /// The chunks of a file, whose checksums are zlib's.
  private func chunks(_ png: [UInt8]) throws -> [(type: String, content: [UInt8])] {
    try #require(png.prefix(8) == [137, 80, 78, 71, 13, 10, 26, 10])
    func number(_ place: Int) -> Int { png[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
    var chunks: [(type: String, content: [UInt8])] = []
    var place = 8
    while place < png.count {
      let count = number(place)
      let named = Array(png[place + 4..<place + 8 + count])
      var checksum = CRC32()
      checksum.add(named)
      try #require(checksum.number == number(place + 8 + count))
      chunks.append((String(decoding: named.prefix(4), as: UTF8.self), Array(named.dropFirst(4))))
      place += 12 + count
    }
    return chunks
  }

  @Test func `a picture is a whole file of one palette`() throws {
    var picture = Picture(width: 300, height: 2, palette: Self.palette)
    picture.fill(x: 298..<400, y: -3..<1, 1)
    #expect(picture.pixels.count == 600 && picture.pixels.count { $0 == 1 } == 2 && picture.pixels[299] == 1)
    let chunks = try chunks(picture.png)
    #expect(chunks.map(\.type) == ["IHDR", "PLTE", "IDAT", "IEND"])
    #expect(chunks[0].content == [0, 0, 1, 44, 0, 0, 0, 2, 8, 3, 0, 0, 0])
    #expect(chunks[1].content == [1, 2, 3, 250, 0, 9])
    #expect(chunks[3].content.isEmpty)
    // zlib's header, and less than what is packed.
    #expect(chunks[2].content.first == 0x78 && chunks[2].content.count < 60)
  }
}
