internal import CZlib
internal import Foundation

/// A gzip file, read from its beginning in pieces. It cannot be entered in the middle: who needs a later
/// part unpacks all before it.
///
/// It may have several members, one after the other, and zeros behind the last, as tapes have them. Anything else there
/// is damage. (zlib's own reader, and gzip -d, take it for the end: a member whose first bytes are damaged would be lost
/// without a word, with all behind it.) Source: RFC 1952, section 2.2.
@safe public final class GzipFile {
  public let path: String
  private let descriptor: Int32
  /// At one address from beginning to end: zlib's state points back to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var packed: [UInt8]
  /// What of `packed` has been read and not yet taken.
  private var waiting = 0..<0
  private var isAtEndOfFile = false
  /// Between two members, or before the first.
  private var isBetweenMembers = true
  private var isFirst = true
  private var buffer: [UInt8]

  private static let pieceSize = 1 << 18

  /// - Throws: `FileError`
  public init(path: String) throws(FileError) {
    self.path = path
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notAFile(path: path)
    }
    self.descriptor = descriptor
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    packed = Array(repeating: 0, count: Self.pieceSize)
    buffer = Array(repeating: 0, count: Self.pieceSize)
    // 16: with the header and the trailer of gzip, whose checksum and length are then checked.
    let code = unsafe inflateInit2_(
      stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw .damaged(path: path, reason: "zlib cannot begin (\(code))") }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    close(descriptor)
  }

  /// The next bytes; none at the end.
  ///
  /// - Throws: `FileError.damaged` where the file is cut short, its checksum is wrong, or something else than another
  ///   member follows a member.
  public func next() throws(FileError) -> ArraySlice<UInt8> {
    var count = 0
    while count == 0 {
      if isBetweenMembers {
        guard try beginMember() else { return [] }
      }
      if waiting.isEmpty { try read() }
      guard !waiting.isEmpty else { throw damaged("it is cut short") }
      count = try inflateNext()
    }
    return buffer[0..<count]
  }

  /// Bytes of the file itself that have been taken.
  public var packedOffset: Int { Int(lseek(descriptor, 0, SEEK_CUR)) - waiting.count }

  /// - Returns: How many bytes were unpacked into `buffer`; 0 where there must be more input first.
  private func inflateNext() throws(FileError) -> Int {
    let code = unsafe packed.withUnsafeMutableBufferPointer { input in
      unsafe buffer.withUnsafeMutableBufferPointer { output in
        unsafe stream.pointee.next_in = input.baseAddress.map { unsafe $0 + waiting.lowerBound }
        unsafe stream.pointee.avail_in = UInt32(waiting.count)
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(output.count)
        return unsafe inflate(stream, Z_NO_FLUSH)
      }
    }
    waiting = (waiting.upperBound - Int(unsafe stream.pointee.avail_in))..<waiting.upperBound
    switch code {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: isBetweenMembers = true
    default:
      let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib says \(code)"
      throw damaged(message)
    }
    return buffer.count - Int(unsafe stream.pointee.avail_out)
  }

  /// Looks at what follows a member.
  ///
  /// - Returns: False at the end.
  private func beginMember() throws(FileError) -> Bool {
    try fill(2)
    let next = packed[waiting]
    if !isFirst {
      guard !next.isEmpty else { return false }
      if next.first == 0 { return try skipPadding() }
    }
    guard next.starts(with: [0x1F, 0x8B]) else {
      throw damaged(
        "at byte \(packedOffset) something follows that is not gzip; it is damaged there, or was appended to")
    }
    if !isFirst { unsafe inflateReset(stream) }
    isFirst = false
    isBetweenMembers = false
    return true
  }

  /// - Returns: False: there is nothing but zeros to the end.
  private func skipPadding() throws(FileError) -> Bool {
    while true {
      if let place = packed[waiting].firstIndex(where: { $0 != 0 }) {
        waiting = place..<waiting.upperBound
        throw damaged("at byte \(packedOffset) something follows behind zeros; it is damaged there, or was appended to")
      }
      waiting = 0..<0
      try read()
      if waiting.isEmpty { return false }
    }
  }

  /// Reads until `count` bytes are waiting, or all that there are.
  private func fill(_ count: Int) throws(FileError) {
    while waiting.count < count, !isAtEndOfFile {
      let rest = Array(packed[waiting])
      packed.replaceSubrange(0..<rest.count, with: rest)
      waiting = 0..<rest.count
      try read()
    }
  }

  /// Reads behind what is waiting, which is at the beginning of `packed`, or nothing.
  private func read() throws(FileError) {
    let start = waiting.count
    var count: Int
    repeat {
      count = unsafe packed.withUnsafeMutableBytes { bytes in
        unsafe Foundation.read(descriptor, bytes.baseAddress?.advanced(by: start), bytes.count - start)
      }
    } while count < 0 && errno == EINTR
    guard count >= 0 else { throw .cannotRead(path: path, code: errno) }
    isAtEndOfFile = count == 0
    waiting = 0..<(start + count)
  }

  private func damaged(_ reason: String) -> FileError { .damaged(path: path, reason: reason) }
}
