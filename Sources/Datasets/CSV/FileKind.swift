/// What a file is that begins as no table of text does.
enum FileKind {
  /// In words, with what to do; nil where nothing speaks against text.
  static func notText(_ bytes: Span<UInt8>) -> String? {
    func begins(_ signature: [UInt8]) -> Bool {
      bytes.count >= signature.count && signature.indices.allSatisfy { bytes[$0] == signature[$0] }
    }
    if begins([0xFF, 0xFE]) || begins([0xFE, 0xFF]) {
      return "text in UTF-16; convert it to UTF-8 (iconv -f utf-16 -t utf-8)"
    }
    if begins(Array("PK\u{3}\u{4}".utf8)) { return "a zip archive (perhaps of a spreadsheet); save the table as CSV" }
    if begins(Array("PAR1".utf8)) { return "a Parquet file; convert it to CSV or .npy" }
    if begins([0x93] + Array("NUMPY".utf8)) { return "a NumPy array; say --format npy" }
    if begins([0x89] + Array("HDF".utf8)) { return "an HDF5 file; say --format hdf5" }
    for index in 0..<min(bytes.count, 1024) where bytes[index] == 0 {
      return "binary, or text in UTF-16; convert it to UTF-8"
    }
    return nil
  }

  /// The same of text that is no table of records.
  static func notTable(_ bytes: Span<UInt8>) -> String? {
    if let kind = notText(bytes) { return kind }
    let head = 0..<min(bytes.count, 1 << 16)
    let hasNewline = CSVScanner.firstIndex(of: CSVScanner.newline, in: bytes, head) != nil
    if !hasNewline, CSVScanner.firstIndex(of: UInt8(ascii: "\r"), in: bytes, head) != nil {
      return "text whose lines end with carriage returns alone; convert it (tr '\\r' '\\n')"
    }
    let start = CSVScanner.trimmed(bytes, head).prefix(2)
    guard let first = start.first else { return nil }
    let second = start.count > 1 ? bytes[first + 1] : 0
    switch bytes[first] {
    case UInt8(ascii: "{") where ["\"", "}", "\n", " ", "\r"].contains(character(second)):
      return "JSON; convert it to CSV"
    case UInt8(ascii: "[") where ["{", "[", "\n"].contains(character(second)): return "JSON; convert it to CSV"
    case UInt8(ascii: "<") where ["!", "?", "h", "H", "t", "T"].contains(character(second)):
      return "HTML or XML; convert it to CSV"
    default: return nil
    }
  }

  private static func character(_ byte: UInt8) -> Character { Character(UnicodeScalar(byte)) }
}
