internal import CZlib

/// A zip archive, as NumPy writes .npz files: its members are stored as they are, or deflated. It may be
/// larger than 4 GiB.
///
/// Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3.
public struct ZipArchive {
  /// A file of the archive.
  public struct Member: Equatable, Sendable {
    public let name: String
    fileprivate let method: Int
    fileprivate let crc: Int
    fileprivate let packedSize: Int
    fileprivate let size: Int
    /// Where the header that stands before its bytes begins.
    fileprivate let offset: Int
  }

  public let path: String
  public let members: [Member]
  private let file: MappedFile

  /// - Throws: `FileError`; `.damaged` where the file is no zip archive.
  public init(path: String) throws(FileError) {
    self.path = path
    file = try MappedFile(path: path)
    guard let members = file.withBytes({ Self.members($0) }) else {
      throw .damaged(path: path, reason: "it is no whole zip archive")
    }
    self.members = members
  }

  /// A member's bytes: where they lie in the file, or unpacked.
  ///
  /// - Throws: `FileError.damaged`
  public func bytes(of member: Member) throws(FileError) -> FileBytes {
    func damaged(_ reason: String) -> FileError {
      .damaged(path: path, reason: "its member \(member.name) \(reason)")
    }
    let fileSize = file.count
    let start = file.withBytes { bytes -> Int? in
      guard Self.field(bytes, member.offset, 4) == 0x0403_4B50,
        let nameSize = Self.field(bytes, member.offset + 26, 2),
        let extraSize = Self.field(bytes, member.offset + 28, 2)
      else { return nil }
      return member.offset + 30 + nameSize + extraSize
    }
    guard let start, start <= fileSize, member.packedSize <= fileSize - start else { throw damaged("is cut short") }
    let range = start..<(start + member.packedSize)
    switch member.method {
    case 0:
      guard member.packedSize == member.size else { throw damaged("has two sizes") }
      var checksum = CRC32()
      file.withBytes { checksum.add($0.extracting(range)) }
      guard checksum.number == member.crc else { throw damaged("is not what was stored: its checksum is wrong") }
      return FileBytes(file, range)
    case 8:
      // Deflate packs at most 1,032 bytes into one.
      guard member.size / 1_040 <= member.packedSize else { throw damaged("cannot be as large as it says") }
      var unpacked = [UInt8](repeating: 0, count: member.size)
      let isWhole = file.withBytes { bytes in
        unsafe bytes.extracting(range).withUnsafeBufferPointer { source in
          unsafe unpacked.withUnsafeMutableBufferPointer { target in
            unsafe czlib_inflate(source.baseAddress, source.count, target.baseAddress, target.count, UInt(member.crc))
          }
        }
      }
      guard isWhole != 0 else { throw damaged("does not unpack to what was packed") }
      return FileBytes(path: path, unpacked)
    default:
      throw damaged("is packed by method \(member.method), not by deflate")
    }
  }

  /// Nil where the directory cannot be read.
  private static func members(_ bytes: Span<UInt8>) -> [Member]? {
    guard var (count, place) = directory(bytes) else { return nil }
    var members: [Member] = []
    while count > 0 {
      guard field(bytes, place, 4) == 0x0201_4B50, let method = field(bytes, place + 10, 2),
        let crc = field(bytes, place + 16, 4), let packedSize = field(bytes, place + 20, 4),
        let size = field(bytes, place + 24, 4), let nameSize = field(bytes, place + 28, 2),
        let extraSize = field(bytes, place + 30, 2), let commentSize = field(bytes, place + 32, 2),
        let offset = field(bytes, place + 42, 4), place + 46 + nameSize + extraSize + commentSize <= bytes.count
      else { return nil }
      let name = (place + 46)..<(place + 46 + nameSize)
      // What does not fit into 32 bits stands in a field of its own, in this order.
      var wide = wideFields(bytes, name.upperBound..<(name.upperBound + extraSize))[...]
      let sizes = [size, packedSize, offset].map { $0 == 0xFFFF_FFFF ? wide.popFirst() ?? $0 : $0 }
      members.append(
        Member(
          name: text(bytes, name), method: method, crc: crc, packedSize: sizes[1], size: sizes[0], offset: sizes[2]))
      place = name.upperBound + extraSize + commentSize
      count -= 1
    }
    return members
  }

  /// How many members there are, and where the directory of them begins.
  private static func directory(_ bytes: Span<UInt8>) -> (count: Int, place: Int)? {
    // The end record is followed by a comment of at most 65,535 bytes.
    let last = bytes.count - 22
    guard last >= 0,
      let end = stride(from: last, through: max(last - 65_535, 0), by: -1).first(where: {
        field(bytes, $0, 4) == 0x0605_4B50
      }), let count = field(bytes, end + 10, 2), let place = field(bytes, end + 16, 4)
    else { return nil }
    guard count == 0xFFFF || place == 0xFFFF_FFFF else { return (count, place) }
    guard field(bytes, end - 20, 4) == 0x0706_4B50, let record = field(bytes, end - 12, 8),
      field(bytes, record, 4) == 0x0606_4B50, let wideCount = field(bytes, record + 32, 8),
      let widePlace = field(bytes, record + 48, 8)
    else { return nil }
    return (wideCount, widePlace)
  }

  /// The 64-bit fields among the extra ones.
  private static func wideFields(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [Int] {
    var place = range.lowerBound
    while place + 4 <= range.upperBound, let kind = field(bytes, place, 2), let size = field(bytes, place + 2, 2) {
      if kind == 1 { return stride(from: 0, to: size / 8 * 8, by: 8).compactMap { field(bytes, place + 4 + $0, 8) } }
      place += 4 + size
    }
    return []
  }

  /// The little-endian number of `size` bytes at `place`; nil where it does not lie within the file, or is
  /// larger than any file.
  private static func field(_ bytes: Span<UInt8>, _ place: Int, _ size: Int) -> Int? {
    guard place >= 0, place <= bytes.count - size else { return nil }
    var value: UInt64 = 0
    for index in 0..<size { value |= UInt64(bytes[place + index]) << UInt64(8 * index) }
    return value < 1 << 62 ? Int(value) : nil
  }

  private static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    String(decoding: range.map { bytes[$0] }, as: UTF8.self)
  }
}
