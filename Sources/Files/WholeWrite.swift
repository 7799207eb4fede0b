internal import Foundation

/// Writing to what is open: a file, a pipe, a terminal.
public enum WholeWrite {
  /// Writes all bytes, however little is taken at a time, and waits where somebody who shares a terminal or a pipe wants
  /// nobody to.
  ///
  /// - Returns: Why they could not be written as a whole, as the system's errno; nil where they were.
  public static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    unsafe bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = unsafe Foundation.write(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        if count < 0, errno == EAGAIN {
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          unsafe poll(&wait, 1, 1_000)
          continue
        }
        guard count > 0 || errno == EINTR else { return count < 0 ? errno : EIO }
        written += max(count, 0)
      }
      return nil
    }
  }
}
