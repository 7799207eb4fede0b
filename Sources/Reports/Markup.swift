/// HTML, or SVG within it. Text gets into it by literals and `init(_:)`, which escape, and in no other way but
/// `stylesheet`: a name that comes from data cannot become markup.
struct Markup: ExpressibleByStringInterpolation {
  private(set) var source: String

  init(_ text: String) { source = Self.escaped(text) }

  init(stringLiteral text: String) { self.init(text) }

  private init(source: String) { self.source = source }

  /// `<name attribute="value">content</name>`
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: [Markup]
  ) -> Markup {
    var source = "<\(name)"
    for (attribute, value) in attributes { source += " \(attribute)=\"\(escaped(value))\"" }
    source += ">"
    if emptyElements.contains(name) { return Markup(source: source) }
    for part in content { source += part.source }
    // A file of one line is no pleasure to whoever looks into it.
    return Markup(source: source + (blocks.contains(name) ? "</\(name)>\n" : "</\(name)>"))
  }

  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: Markup...
  ) -> Markup {
    element(name, attributes, content)
  }

  static func joined(_ parts: [Markup], by separator: String = "") -> Markup {
    Markup(source: parts.map(\.source).joined(separator: escaped(separator)))
  }

  static func + (one: Markup, other: Markup) -> Markup { Markup(source: one.source + other.source) }

  /// - Parameter rules: Of the program's own.
  static func stylesheet(_ rules: StaticString) -> Markup { Markup(source: "<style>\n\(rules)</style>") }

  static func document(_ content: Markup) -> String { "<!DOCTYPE html>\n" + content.source + "\n" }

  /// Elements of HTML that have no end.
  private static let emptyElements: Set = ["meta", "br", "col"]

  /// Elements that spaces around them change nothing of.
  private static let blocks: Set = [
    "head", "body", "header", "main", "section", "footer", "title", "h1", "h2", "h3", "p", "figure", "figcaption",
    "div",
    "table", "caption", "thead", "tbody", "tr", "dl", "dd", "ul", "li", "details", "summary",
  ]

  /// As text and as a value in quotes. What commands a terminal or turns the direction of writing around, and what HTML
  /// has no place for, becomes visible as an escape.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default:
        if isRefused(scalar) {
          escaped += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          escaped.unicodeScalars.append(scalar)
        }
      }
    }
    return escaped
  }

  private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A: false
    case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFDD0...0xFDEF: true
    case let value: value & 0xFFFE == 0xFFFE
    }
  }
}
