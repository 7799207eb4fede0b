internal import Foundation

/// An option's value in JSON, as text.
struct RecordedValue: Decodable {
  /// Nil for null and for an empty list.
  let text: String?

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      text = nil
    } else if let list = try? value.decode([RecordedValue].self) {
      text = list.isEmpty ? nil : list.compactMap(\.text).joined(separator: ",")
    } else if let string = try? value.decode(String.self) {
      text = string
    } else if let integer = try? value.decode(Int.self) {
      text = String(integer)
    } else if let integer = try? value.decode(UInt64.self) {
      text = String(integer)
    } else {
      text = String(try value.decode(Double.self))
    }
  }
}

extension OptionEntry {
  /// The value as text; nil for an empty list.
  var text: String? {
    do {
      return try JSONDecoder().decode(RecordedValue.self, from: JSONEncoder().encode(value)).text
    } catch {
      // Options are texts, numbers, and lists of them; those that are no number in JSON are refused by their checks.
      return "\(value)"
    }
  }
}
