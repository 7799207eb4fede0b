internal import Files

/// JSON with sorted keys, as lines of a file.
public enum JSONText {
  public static func line(_ value: some Encodable) throws -> String { try SortedJSON.text(value) + "\n" }

  public static func pretty(_ value: some Encodable) throws -> String {
    try SortedJSON.text(value, isPretty: true) + "\n"
  }
}
