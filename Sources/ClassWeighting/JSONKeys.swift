internal import Foundation

/// Keys of a JSON object as they stand in its text. A decoder keeps one of two equal ones, and does not say so.
enum JSONKeys {
  /// The first key of the outermost object that stands in it twice; nil where none does, or where the text is no object.
  static func firstRepeated(in json: String) -> String? {
    var seen: Set<String> = []
    var depth = 0
    /// Of a text that is open, its bytes with the quotes.
    var text: [UInt8]?
    /// The last text of the outermost object that was closed: a key, if a colon follows.
    var last: [UInt8]?
    var isEscaped = false
    for byte in json.utf8 {
      if text != nil {
        text?.append(byte)
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          last = text
          text = nil
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): text = [byte]
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":") where depth == 1:
        // Decoded: "a" and "\u0061" are one key.
        guard let key = last.flatMap({ try? JSONDecoder().decode(String.self, from: Data($0)) }) else { return nil }
        guard seen.insert(key).inserted else { return key }
      default: break
      }
    }
    return nil
  }
}
