internal import Foundation

/// Standard output as a place for bytes that are no text for people.
public enum StandardOutput {
  /// Writes all bytes.
  ///
  /// - Returns: False where nobody reads any more (`| head`).
  /// - Throws: `FileError`
  public static func write(_ bytes: [UInt8]) throws(FileError) -> Bool {
    let code: Int32 = unsafe bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = unsafe Foundation.write(
          STDOUT_FILENO, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        if count < 0, errno == EAGAIN {
          // Somebody who shares the pipe does not want to wait; this does.
          var wait = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
          unsafe poll(&wait, 1, 1_000)
          continue
        }
        guard count > 0 || errno == EINTR else { return count < 0 ? errno : EIO }
        written += max(count, 0)
      }
      return 0
    }
    guard code != 0 else { return true }
    guard code == EPIPE else { throw .cannotWrite(path: "standard output", code: code) }
    return false
  }
}
