internal import Foundation

/// Bytes that come one after another and can't be asked for again: a file packed by gzip, or standard input.
public struct SequentialSource {
  /// For messages: the path, or "standard input".
  public let name: String
  private let content: Content

  private enum Content {
    case packed(GzipFile)
    case standardInput
  }

  private static let pieceSize = 1 << 18

  /// - Throws: `FileError`
  public init(gzip path: String) throws(FileError) {
    name = path
    content = .packed(try GzipFile(path: path))
  }

  private init(_ name: String, _ content: Content) {
    self.name = name
    self.content = content
  }

  public static var standardInput: SequentialSource { SequentialSource("standard input", .standardInput) }

  /// The next bytes; none at the end.
  ///
  /// - Throws: `FileError`
  public func next() throws(FileError) -> ArraySlice<UInt8> {
    switch content {
    case .packed(let file): return try file.next()
    case .standardInput:
      var bytes = [UInt8](repeating: 0, count: Self.pieceSize)
      var count: Int
      repeat {
        count = unsafe bytes.withUnsafeMutableBytes { buffer in
          unsafe Foundation.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
        }
      } while count < 0 && errno == EINTR
      guard count >= 0 else { throw .cannotRead(path: name, code: errno) }
      return bytes[0..<count]
    }
  }
}
