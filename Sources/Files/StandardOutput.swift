internal import Foundation

/// Standard output as a place for bytes that are no text for people.
public enum StandardOutput {
  /// Writes all bytes.
  ///
  /// - Returns: False where nobody reads any more (`| head`).
  /// - Throws: `FileError`
  public static func write(_ bytes: [UInt8]) throws(FileError) -> Bool {
    guard let code = WholeWrite.write(bytes, to: STDOUT_FILENO) else { return true }
    guard code == EPIPE else { throw .cannotWrite(path: "standard output", code: code) }
    return false
  }
}
