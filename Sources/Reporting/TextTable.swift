internal import Foundation

/// A table of text in aligned columns.
public struct TextTable {
  /// Where the cells of a column stand.
  public enum Alignment: Sendable {
    case left
    case right
  }

  private var rows: [[String]]
  private let alignments: [Alignment]

  public init(_ columns: [(title: String, alignment: Alignment)]) {
    rows = [columns.map(\.title)]
    alignments = columns.map(\.alignment)
  }

  /// - Parameter row: A cell for each column.
  public mutating func append(_ row: [String]) {
    precondition(row.count == alignments.count)
    rows.append(row)
  }

  /// - Parameters:
  ///   - rows: Those that follow.
  ///   - most: Of more only the first ones stand there, and behind a mark the last two.
  /// - Returns: Whether some were left out.
  public mutating func append(_ rows: [[String]], most: Int) -> Bool {
    guard rows.count > most + 1 else {
      self.rows += rows
      return false
    }
    rows.prefix(most - 2).forEach { append($0) }
    append(["…"] + Array(repeating: "", count: alignments.count - 1))
    rows.suffix(2).forEach { append($0) }
    return true
  }

  /// Lines without a newline at the end of the last.
  public var text: String {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return alignments[column] == .left ? row[column] + space : space + row[column]
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}

/// Lines that fit a terminal of 80 columns.
enum TextLines {
  static let width = 80

  /// The text in lines that are broken where a piece ends; a piece that is longer than a line has one of its own.
  ///
  /// - Parameters:
  ///   - separator: Behind each piece but the last.
  ///   - indent: Of all lines but the first.
  ///   - width: The most characters of a line.
  static func wrapped(
    _ text: String, after separator: String = " ", indent: Int = 0, width: Int = Self.width
  ) -> String {
    let pieces = text.components(separatedBy: separator)
    var lines: [String] = []
    var line = ""
    for (place, piece) in pieces.enumerated() {
      let piece = place < pieces.count - 1 ? piece + separator : piece
      let end = line.count + (piece.last == " " ? piece.count - 1 : piece.count)
      if end > width, line.contains(where: { $0 != " " }) {
        lines.append(line)
        line = String(repeating: " ", count: indent)
      }
      line += piece
    }
    lines.append(line)
    return lines.map { line in
      String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}

/// Numbers for people, the same in every locale.
public enum NumberFormat {
  /// "0.4167"; "1.41259e+36"; "inf"; "–" for what is not there, or not a number.
  public static func fixed(_ value: Double?, digits: Int = 4) -> String {
    guard let value, !value.isNaN else { return "–" }
    // In digits it would be as wide as a table.
    guard value.magnitude < 1e9 else { return significant(value) }
    return String(format: "%.\(digits)f", value)
  }

  /// Six significant digits: "0.00137483", "1.25e-06".
  public static func significant(_ value: Double) -> String {
    String(format: "%.6g", value)
  }

  /// "1,234,567"
  public static func grouped(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (value < 0 ? "-" : "") + String(digits)
  }

  /// "1 step", "7 steps"
  public static func count(_ value: Int, _ noun: String) -> String {
    "\(grouped(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// "80.00 %"
  public static func percent(_ part: Int, of whole: Int) -> String {
    whole == 0 ? "–" : String(format: "%.2f %%", 100 * Double(part) / Double(whole))
  }
}
