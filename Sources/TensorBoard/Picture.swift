internal import Files
internal import Foundation

/// A picture of few colours, to be written as PNG.
///
/// Source: Portable Network Graphics (W3C, third edition): color type 3 of 8 bits, no filter.
public struct Picture: Equatable, Sendable {
  public struct Colour: Equatable, Sendable {
    public let red: UInt8
    public let green: UInt8
    public let blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
      self.red = red
      self.green = green
      self.blue = blue
    }
  }

  public let width: Int
  public let height: Int
  /// At most 256.
  public let palette: [Colour]
  /// [height, width], row after row: the places of the colours in the palette.
  public private(set) var pixels: [UInt8]

  /// All of the palette's first colour.
  public init(width: Int, height: Int, palette: [Colour]) {
    precondition(width > 0 && height > 0 && (1...256).contains(palette.count))
    self.width = width
    self.height = height
    self.palette = palette
    pixels = Array(repeating: 0, count: width * height)
  }

  /// Fills what of a rectangle lies in the picture.
  ///
  /// - Parameter colour: Its place in the palette.
  public mutating func fill(x: Range<Int>, y: Range<Int>, _ colour: UInt8) {
    precondition(Int(colour) < palette.count)
    let columns = x.clamped(to: 0..<width)
    for row in y.clamped(to: 0..<height) {
      for place in row * width + columns.lowerBound..<row * width + columns.upperBound { pixels[place] = colour }
    }
  }

  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The bytes of the file.
  ///
  /// - Throws: `ZlibError`
  public var png: [UInt8] {
    get throws {
      let head = Self.bigEndian(width) + Self.bigEndian(height) + [8, 3, 0, 0, 0]
      let colours = palette.flatMap { [$0.red, $0.green, $0.blue] }
      // A zero before each row: it has no filter.
      var rows: [UInt8] = []
      rows.reserveCapacity(height * (width + 1))
      for row in 0..<height {
        rows.append(0)
        rows += pixels[row * width..<(row + 1) * width]
      }
      return Self.signature + Self.chunk("IHDR", head) + Self.chunk("PLTE", colours)
        + Self.chunk("IDAT", try Zlib.deflated(rows)) + Self.chunk("IEND", [])
    }
  }

  private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let named = Array(type.utf8) + content
    var checksum = CRC32()
    checksum.add(named)
    return bigEndian(content.count) + named + bigEndian(checksum.number)
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - $0 * 8)) }
  }
}

extension [UInt8] {
  /// As messages of protobuf have bytes.
  var data: Data { Data(self) }
}
