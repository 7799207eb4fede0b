internal import Foundation

/// What one rank writes for all: results to standard output, warnings and errors to standard error.
/// Each text goes out by one call of the system, so that lines of several ranks never mix.
public enum Console {
  public static func output(_ text: String) {
    write(text + "\n", to: STDOUT_FILENO)
  }

  public static func warning(_ text: String) {
    write("cw-dist-train: warning: \(text)\n", to: STDERR_FILENO)
  }

  public static func error(_ text: String) {
    write("cw-dist-train: error: \(text)\n", to: STDERR_FILENO)
  }

  /// What is neither result nor trouble: how far something is.
  public static func note(_ text: String) {
    write("cw-dist-train: \(text)\n", to: STDERR_FILENO)
  }

  /// Writes over the line of the terminal.
  ///
  /// - Parameter length: Of what stands there.
  static func overwrite(_ text: String, covering length: Int) {
    let rest = String(repeating: " ", count: max(length - text.count, 0))
    write("\r\(text)\(rest)\r\(text)", to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    unsafe bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = unsafe Foundation.write(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        // Nobody is listening any more; the work goes on.
        guard count > 0 || errno == EINTR else { return }
        written += max(count, 0)
      }
    }
  }
}
