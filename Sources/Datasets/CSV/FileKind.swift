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
    let packed: [(name: String, signature: [UInt8])] = [
      ("bzip2", Array("BZh".utf8)), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD]),
      ("gzip", [0x1F, 0x8B]), ("7z", [0x37, 0x7A, 0xBC, 0xAF]),
    ]
    if let (name, _) = packed.first(where: { begins($0.signature) }) {
      return name == "gzip"
        ? "packed by gzip, which is unpacked of a file that was packed once, and not of standard input; unpack it (gunzip)"
        : "packed by \(name); unpack it, or pack it by gzip"
    }
    if begins(Array("PAR1".utf8)) { return "a Parquet file; convert it to CSV or .npy" }
    if begins([0x93] + Array("NUMPY".utf8)) { return "a NumPy array; give it as a file, and say --format npy" }
    if begins([0x89] + Array("HDF".utf8)) { return "an HDF5 file; give it as a file, and say --format hdf5" }
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
    if isSVMLight(bytes, head) {
      return "svmlight text by its look (a label, and pairs feature:value); say --format svmlight"
    }
    let text = CSVScanner.trimmed(bytes, head)
    if isARFF(bytes, text) { return "ARFF; convert it to CSV" }
    guard let first = text.first else { return nil }
    let second = text.count > 1 ? bytes[first + 1] : 0
    switch bytes[first] {
    case UInt8(ascii: "{") where ["\"", "}", "\n", " ", "\r"].contains(character(second)):
      return "JSON; convert it to CSV"
    case UInt8(ascii: "[") where ["{", "[", "\n"].contains(character(second)): return "JSON; convert it to CSV"
    case UInt8(ascii: "<") where ["!", "?", "h", "H", "t", "T"].contains(character(second)):
      return "HTML or XML; convert it to CSV"
    default: return nil
    }
  }

  /// Whether the first line below comments says so.
  private static func isARFF(_ bytes: Span<UInt8>, _ text: Range<Int>) -> Bool {
    var text = text
    while let first = text.first, bytes[first] == UInt8(ascii: "%") {
      text = CSVScanner.trimmed(
        bytes, CSVScanner.lineEnd(in: bytes, from: first, limit: text.upperBound)..<text.upperBound)
    }
    let word = Array("@relation".utf8)
    guard text.count > word.count, word.indices.allSatisfy({ bytes[text.lowerBound + $0] | 0x20 == word[$0] | 0x20 })
    else {
      return false
    }
    return [UInt8(ascii: " "), UInt8(ascii: "\t")].contains(bytes[text.lowerBound + word.count])
  }

  /// Whether the first line is a label and pairs of a whole number and a number, in ascending order.
  private static func isSVMLight(_ bytes: Span<UInt8>, _ head: Range<Int>) -> Bool {
    let line = CSVScanner.trimmed(
      bytes, head.lowerBound..<CSVScanner.lineEnd(in: bytes, from: 0, limit: head.upperBound))
    var text: [UInt8] = []
    for index in line { text.append(bytes[index]) }
    let words = String(decoding: text, as: UTF8.self).prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
    guard words.count >= 2, Double(words[0]) != nil else { return false }
    var last = -1
    for word in words.dropFirst() {
      let pair = word.split(separator: ":", omittingEmptySubsequences: false)
      if pair.count == 2, pair[0] == "qid" { continue }
      guard pair.count == 2, let feature = Int(pair[0]), feature > last, Double(pair[1]) != nil else { return false }
      last = feature
    }
    return true
  }

  private static func character(_ byte: UInt8) -> Character { Character(UnicodeScalar(byte)) }
}
