import Foundation
import Reports
import Testing

/// What can be read and told apart, in both themes and on paper.
@Suite struct ColourTests {
  /// Red, green and blue in linear light, 0 ... 1.
  typealias Light = [Double]

  /// The colours of each theme, by their names in the stylesheet.
  private func themes() throws -> [[String: Light]] {
    let html = try ReportPage(SomeReport.content(classes: 2)).html
    let style = try #require(html.components(separatedBy: "<style>").last?.components(separatedBy: "</style>").first)
    return style.components(separatedBy: ":root {").dropFirst().map { block in
      var colours: [String: Light] = [:]
      for declaration in block.prefix(while: { $0 != "}" }).split(separator: ";") {
        let parts = declaration.split(separator: ":").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        guard parts.count == 2, parts[1].hasPrefix("#"), let value = Int(parts[1].dropFirst(), radix: 16) else {
          continue
        }
        colours[parts[0]] = [value >> 16, value >> 8 & 255, value & 255].map { part in
          let share = Double(part) / 255
          return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
      }
      return colours
    }
  }

  /// WCAG 2.2.
  private func contrast(_ one: Light, _ other: Light) -> Double {
    func luminance(_ light: Light) -> Double { 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] }
    let (a, b) = (luminance(one), luminance(other))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  @Test func `text stands out 4.5 : 1, lines and bars 3 : 1`() throws {
    let themes = try themes()
    #expect(themes.count == 3)
    for (number, theme) in themes.enumerated() {
      func check(_ one: String, _ other: String, _ least: Double) throws {
        let ratio = contrast(try #require(theme[one]), try #require(theme[other]))
        #expect(ratio >= least, "theme \(number): \(one) on \(other) \(ratio)")
      }
      for ground in ["--page", "--panel"] {
        try check("--text", ground, 4.5)
        try check("--soft", ground, 4.5)
      }
      // Links to unfold are of this colour.
      try check("--c0", "--page", 4.5)
      for line in 0...4 { try check("--c\(line)", "--page", 3) }
      for level in 0...7 {
        for kind in ["h", "m"] { try check(level >= 5 ? "--on" : "--off", "--\(kind)\(level)", 4.5) }
      }
    }
  }

  /// As people without red or without green cones see it, in linear light: Viénot, Brettel, Mollon, "Digital video
  /// colourmaps for checking the legibility of displays by dichromats" (1999).
  private func seen(_ light: Light, by kind: String) -> Light {
    let (r, g, b) = (light[0], light[1], light[2])
    return kind == "protanope"
      ? [0.11238 * r + 0.88762 * g, 0.11238 * r + 0.88762 * g, 0.00401 * r - 0.00401 * g + b]
      : [0.29275 * r + 0.70725 * g, 0.29275 * r + 0.70725 * g, -0.02234 * r + 0.02234 * g + b]
  }

  /// The distance in CIELAB.
  private func distance(_ one: Light, _ other: Light) -> Double {
    func lab(_ light: Light) -> [Double] {
      let (r, g, b) = (light[0], light[1], light[2])
      let xyz = [
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, 0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
      ].map { $0 > 0.008856 ? cbrt($0) : 7.787 * $0 + 16.0 / 116 }
      return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])]
    }
    return zip(lab(one), lab(other)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  @Test(arguments: ["protanope", "deuteranope"])
  func `right and wrong are told apart by people who don't tell red from green`(kind: String) throws {
    for (number, theme) in try themes().enumerated() {
      var pairs = (2...7).map { ("--h\($0)", "--m\($0)") }
      // The bars of recall and precision, and the lines of the two parts.
      pairs.append(("--c0", "--c1"))
      for (one, other) in pairs {
        let gap = distance(
          seen(try #require(theme[one]), by: kind), seen(try #require(theme[other]), by: kind))
        #expect(gap > 12, "theme \(number): \(one) and \(other), \(gap)")
      }
    }
  }
}
