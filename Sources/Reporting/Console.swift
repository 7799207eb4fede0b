internal import Files
internal import Foundation
internal import Synchronization

/// What one rank writes for all: results to standard output, warnings and errors to standard error.
/// Each text goes out by one call of the system, so that lines of several ranks never mix. Names and texts of files go
/// into messages: what would command a terminal is written as an escape.
public enum Console {
  /// Whether a line stands on the terminal that the next text takes the place of.
  private static let hasStatus = Mutex(false)
  /// Where such a line stands. Where results come to a terminal, there: of two streams through a launcher it is not known
  /// which arrives first.
  private static let statusTerminal = Terminal.ofOutput ?? Terminal.ofErrors
  /// The beginning of the line, and nothing behind it.
  private static let emptyLine = "\r\u{1B}[K"

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
    write("cw-dist-train: \(colored("warning:", .yellow)) \(printable(text))\n", to: STDERR_FILENO)
  }

  public static func error(_ text: String) {
    write("cw-dist-train: \(colored("error:", .red)) \(printable(text))\n", to: STDERR_FILENO)
  }

  /// What is neither result nor trouble: how far something is.
  public static func note(_ text: String) {
    write("cw-dist-train: \(printable(text))\n", to: STDERR_FILENO)
  }

  /// The same of a whole sentence, in lines of 80 columns.
  static func sentence(_ text: String) {
    let name = "cw-dist-train: "
    note(String(TextLines.wrapped(name + text, indent: 2).dropFirst(name.count)))
  }

  /// Whether there is a terminal to show a status on.
  static var showsStatus: Bool { statusTerminal != nil }

  /// The most characters of a status, or of a line that takes its place.
  static var statusWidth: Int { (statusTerminal?.width ?? 80) - 1 }

  /// Characters of a line of results: as many as a wide terminal has, else 80.
  static var outputWidth: Int { max(Terminal.ofOutput?.width ?? TextLines.width, TextLines.width) }

  /// Shows a line until the next text is written, or the next status; nothing where there is no terminal.
  ///
  /// - Parameter text: Cut to the terminal's width; nil takes the line away.
  static func status(_ text: String?) {
    guard let terminal = statusTerminal else { return }
    hasStatus.withLock { hasStatus in
      guard text != nil || hasStatus else { return }
      let line = text.map { printable($0).prefix(statusWidth) } ?? ""
      _ = WholeWrite.write(Array("\(emptyLine)\(line)".utf8), to: terminal.descriptor)
      hasStatus = text != nil
    }
  }

  private enum Color: Int {
    case red = 31
    case yellow = 33
  }

  /// For standard error. See https://no-color.org.
  private static func colored(_ text: String, _ color: Color) -> String {
    usesColor ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
  }

  private static let usesColor =
    Terminal.ofErrors != nil && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty

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
    // Without the lock: a reader who pauses would hold back what another thread has to say elsewhere.
    guard let terminal = statusTerminal else { return WholeWrite.write(Array(text.utf8), to: descriptor) }
    return hasStatus.withLock { hasStatus in
      var text = text
      if hasStatus {
        hasStatus = false
        if descriptor == terminal.descriptor {
          text = emptyLine + text
        } else {
          _ = WholeWrite.write(Array(emptyLine.utf8), to: terminal.descriptor)
          // Through a launcher it may arrive before what is written above.
          if descriptor == STDERR_FILENO, Terminal.ofErrors != nil { text = emptyLine + text }
        }
      }
      return WholeWrite.write(Array(text.utf8), to: descriptor)
    }
  }
}
