/// The names of the folders of a comparison's runs: what is tried, in a form that every file system takes.
enum RunName {
  /// Bytes of a name, of which file systems take 255, with room for what is added to those of files.
  private static let longest = 200

  /// "hidden=128-64" of an option; a value that is no plain word has a checksum, which tells it from others.
  private static func part(_ option: OptionsFile.Option) -> String {
    let plain = option.value.replacing(",", with: "-")
    guard !plain.utf8.allSatisfy(isPlain) else { return "\(option.name)=\(plain)" }
    let word = String(decoding: plain.utf8.map { isPlain($0) ? $0 : UInt8(ascii: "_") }.suffix(40), as: UTF8.self)
    return "\(option.name)=\(word)-\(checksum(option.value))"
  }

  /// "hidden=64,epochs=3,seed=0"
  static func of(_ choice: ComparisonPlan.Choice, _ others: [String]) -> String {
    joined(choice.options.map(part) + others)
  }

  private static func joined(_ parts: [String]) -> String {
    let name = parts.joined(separator: ",")
    return name.utf8.count <= longest ? name : "\(name.prefix(longest - 20))-\(checksum(name))"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"):
      true
    default: false
    }
  }

  /// FNV-1a of 64 bits, in hexadecimal digits.
  ///
  /// Source: draft-eastlake-fnv, "The FNV Non-Cryptographic Hash Algorithm".
  private static func checksum(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
