internal import CZlib
internal import Foundation

/// A gzip file, read from its beginning in pieces. It cannot be entered in the middle: who needs a later
/// part unpacks all before it.
@safe public final class GzipFile {
  public let path: String
  private let file: gzFile
  private var buffer: [UInt8]

  /// - Throws: `FileError`
  public init(path: String) throws(FileError) {
    self.path = path
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .cannotOpen(path: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
    guard let file = unsafe gzopen(path, "rb") else { throw .cannotOpen(path: path, code: errno) }
    unsafe self.file = file
    unsafe gzbuffer(file, 1 << 18)
    buffer = Array(repeating: 0, count: 1 << 18)
  }

  deinit {
    unsafe gzclose_r(file)
  }

  /// The next bytes; none at the end.
  ///
  /// - Throws: `FileError.damaged` where the file is cut short or its checksum is wrong.
  public func next() throws(FileError) -> ArraySlice<UInt8> {
    let count = unsafe gzread(file, &buffer, UInt32(buffer.count))
    guard count >= 0 else { throw damaged() }
    if count == 0 {
      // A file that is cut short ends like a whole one, but for this.
      var code: Int32 = 0
      _ = unsafe gzerror(file, &code)
      guard code == Z_OK || code == Z_STREAM_END else { throw damaged() }
    }
    return buffer[0..<Int(count)]
  }

  /// Bytes of the file itself that have been read.
  public var packedOffset: Int { unsafe Int(gzoffset(file)) }

  private func damaged() -> FileError {
    var code: Int32 = 0
    let message = unsafe gzerror(file, &code).map { unsafe String(cString: $0) } ?? ""
    return .damaged(path: path, reason: message.isEmpty ? "it is cut short" : message)
  }
}
