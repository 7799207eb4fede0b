internal import Files
internal import Foundation
internal import Synchronization

/// What one rank writes for all: results to standard output, warnings and errors to standard error.
/// Each text goes out by one call of the system, so that lines of several ranks never mix. Names and texts of files go
/// into messages: what would command a terminal is written as an escape.
public enum Console {
  /// Why standard output could not be written; 0 where it could.
  private static let outputErrno = Atomic<Int32>(0)

  public static func output(_ text: String) {
    guard let code = write(printable(text) + "\n", to: STDOUT_FILENO), code != EPIPE else { return }
    // The work goes on: whoever trains for hours has its files. Said once.
    if outputErrno.compareExchange(expected: 0, desired: code, ordering: .relaxed).exchanged {
      error("cannot write to standard output: \(unsafe String(cString: strerror(code)))")
    }
  }

  /// Whether something that was put out is lost, as on a disk that is full; and not because nobody wanted to read it.
  public static var hasLostOutput: Bool { outputErrno.load(ordering: .relaxed) != 0 }

  public static func warning(_ text: String) {
    write("cw-dist-train: warning: \(printable(text))\n", to: STDERR_FILENO)
  }

  public static func error(_ text: String) {
    write("cw-dist-train: error: \(printable(text))\n", to: STDERR_FILENO)
  }

  /// What is neither result nor trouble: how far something is.
  public static func note(_ text: String) {
    write("cw-dist-train: \(printable(text))\n", to: STDERR_FILENO)
  }

  /// Writes over the line of the terminal.
  ///
  /// - Parameter length: Of what stands there.
  static func overwrite(_ text: String, covering length: Int) {
    let text = printable(text)
    let rest = String(repeating: " ", count: max(length - text.count, 0))
    write("\r\(text)\(rest)\r\(text)", to: STDERR_FILENO)
  }

  /// The text with control characters as escapes of JSON, so that it can be part of that, too; lines stay lines.
  /// (Those that turn the direction of writing around can make a line look like another one.)
  static func printable(_ text: String) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0x0A: false
      case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
      default: false
      }
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var printable = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      guard isControl(scalar) else {
        printable.append(scalar)
        continue
      }
      let digits = String(scalar.value, radix: 16)
      printable.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars)
    }
    return String(printable)
  }

  /// - Returns: Why the text could not be written as a whole; nil where it was.
  @discardableResult
  private static func write(_ text: String, to descriptor: Int32) -> Int32? {
    WholeWrite.write(Array(text.utf8), to: descriptor)
  }
}
