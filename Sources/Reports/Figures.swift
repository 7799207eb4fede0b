internal import Foundation
internal import Metrics

/// Numbers as a report has them, the same in every locale.
enum Figures {
  /// No line breaks there.
  private static let space = "\u{A0}"

  /// "1,234,567"
  static func grouped(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (value < 0 ? "-" : "") + String(digits)
  }

  /// "1 sample", "7 samples"
  static func count(_ value: Int, _ noun: String, plural: String? = nil) -> String {
    "\(grouped(value))\(space)\(value == 1 ? noun : plural ?? noun + "s")"
  }

  /// "81 %", and where that would hide something "0.3 %", "99.6 %", "less than 0.1 %", "more than 99.9 %".
  static func percent(_ share: Double) -> String {
    switch share {
    case 0: "0\(space)%"
    case 1: "100\(space)%"
    case ..<0.001: "less than 0.1\(space)%"
    case 0.999...: "more than 99.9\(space)%"
    case ..<0.02, 0.98...: fixed(100 * share, digits: 1) + "\(space)%"
    default: fixed(100 * share, digits: 0) + "\(space)%"
    }
  }

  /// "0.812"; "–" for what is not there.
  static func fixed(_ value: Double?, digits: Int = 3) -> String {
    guard let value, value.isFinite else { return "–" }
    guard value.magnitude < 1e6 else { return significant(value) }
    return String(format: "%.\(digits)f", value)
  }

  /// "0.00137", "1.25e+06"
  static func significant(_ value: Double) -> String { String(format: "%.3g", value) }

  /// "0.0137", "71.6", "10,700"
  static func weight(_ value: Double) -> String {
    value >= 1000 && value < 1e6 ? grouped(Int(value.rounded())) : significant(value)
  }

  /// "95 %", of a confidence.
  static func confidence(_ share: Double) -> String { significant(100 * share) + "\(space)%" }

  /// "0.71–0.83"; "–" for what is not there.
  static func range(_ interval: Interval?, digits: Int = 2) -> String {
    interval.map { "\(fixed($0.lower, digits: digits))–\(fixed($0.upper, digits: digits))" } ?? "–"
  }

  /// A coordinate, to a hundredth.
  static func place(_ value: Double) -> String {
    precondition(value.isFinite, "a place of \(value)")
    let hundredths = Int((value * 100).rounded())
    let (whole, rest) = (hundredths.magnitude / 100, hundredths.magnitude % 100)
    var text = hundredths < 0 ? "-\(whole)" : "\(whole)"
    if rest > 0 { text += rest % 10 == 0 ? ".\(rest / 10)" : rest < 10 ? ".0\(rest)" : ".\(rest)" }
    return text
  }

  /// The text, or its beginning.
  static func shortened(_ text: String, to count: Int) -> String {
    text.count <= count ? text : text.prefix(count - 1) + "…"
  }
}
