internal import Foundation

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
  static func count(_ value: Int, _ noun: String) -> String {
    "\(grouped(value))\(space)\(noun)\(value == 1 ? "" : "s")"
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

/// How sure a share is that was counted in a sample.
package struct WilsonInterval: Equatable {
  package let lower: Double
  package let upper: Double

  /// The interval that holds the true share with a confidence of 95 %.
  ///
  /// (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n) with z = 1.96: Wilson, "Probable Inference, the Law of Succession,
  /// and Statistical Inference" (1927). It takes the samples as drawn one by one from the population that is meant.
  ///
  /// - Parameters:
  ///   - count: 0 ... n
  ///   - total: n > 0
  package init(_ count: Int, of total: Int) {
    precondition(total > 0 && (0...total).contains(count), "\(count) of \(total)")
    let (n, z) = (Double(total), 1.959963984540054)
    let share = Double(count) / n
    let middle = share + z * z / (2 * n)
    let reach = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    // At the ends the formula has 0 and 1, but for rounding.
    lower = count == 0 ? 0 : (middle - reach) / (1 + z * z / n)
    upper = count == total ? 1 : (middle + reach) / (1 + z * z / n)
  }
}
