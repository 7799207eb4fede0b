internal import Configuration
internal import Files

/// What a user can do about a field that is not what its column holds, as parts of messages.
enum FieldAdvice {
  /// Of a text that is a number, but not written as the others of its column are; nothing for other texts.
  ///
  /// - Parameter isMarkProven: Whether other numbers tell the decimal mark of the file.
  static func onNumber(_ text: String, _ reading: ColumnReading, isMarkProven: Bool) -> String {
    if isDrawn(text) { return "If the line is drawn between others, --on-bad-row skip leaves it out. " }
    guard case .number(let form) = reading, let number = NumberText(text) else { return "" }
    let (asPoint, asComma) = (number.digits(.point) != nil, number.digits(.comma) != nil)
    guard asPoint || asComma else { return "" }
    guard number.prefix == form.prefix, number.suffix == form.suffix, text.contains(where: { ",.".contains($0) }) else {
      return "Write it as the other numbers of the column are written. "
    }
    let (mark, other): (String, DecimalMark) = text.contains(",") ? ("comma", .point) : ("point", .comma)
    guard asPoint, asComma else {
      return isMarkProven
        ? "It has another decimal mark than other numbers of the file: write it as those. "
        : "If its \(mark) is a decimal mark, say --decimal \(mark). "
    }
    return isMarkProven
      ? "If its \(mark) separates thousands, say --decimal \(other.rawValue). "
      : "If its \(mark) separates thousands, say --decimal \(other.rawValue); if it is a decimal mark, --decimal \(mark). "
  }

  /// Of a text that may stand for a missing value.
  static func onMissing(_ text: String) -> String {
    // A comma would make several texts of it.
    guard !text.contains(",") else { return "If it stands for a missing value, empty the field" }
    let word = text.contains(where: { "\"$`\\!".contains($0) }) ? text.asShellWord : "\"\(text)\""
    return """
      If it stands for a missing value, say --missing\(text.hasPrefix("-") ? "=" : " ")\(word) (with all others that do, \
      NA and the like, too, separated by commas)
      """
  }

  /// Whether a text is a line between lines, as programs draw tables.
  static func isDrawn(_ text: String) -> Bool { text.utf8.count >= 3 && text.utf8.allSatisfy(isDrawn) }

  static func isDrawn(_ byte: UInt8) -> Bool { "-=+:| ".utf8.contains(byte) }
}
