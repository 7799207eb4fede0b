internal import Metrics
internal import TensorBoard

/// A confusion matrix as a picture: rows are the true classes, columns the predictions, and the darker a cell, the larger
/// its share of its row. Rows and columns have the numbers of the classes, from 1, where there is room for them, and cells
/// their share in percent.
enum ConfusionPicture {
  /// Of more classes a cell would be less than a dot.
  private static let mostClasses = 500
  /// Of the cells together, about; in dots.
  private static let side = 340
  private static let largestCell = 56

  // Places of the palette: shares first.
  private static let shades = 200
  private static let background = UInt8(shades)
  private static let ink = UInt8(shades + 1)
  private static let empty = UInt8(shades + 2)

  /// From white to a dark blue, which is as clear without sight of colours.
  private static let palette: [Picture.Colour] =
    (0..<shades).map { place in
      let share = Double(place) / Double(shades - 1)
      func mix(_ from: Double, _ to: Double) -> UInt8 { UInt8((from + (to - from) * share).rounded()) }
      return Picture.Colour(red: mix(240, 8), green: mix(244, 48), blue: mix(250, 107))
    } + [
      Picture.Colour(red: 255, green: 255, blue: 255), Picture.Colour(red: 30, green: 30, blue: 30),
      Picture.Colour(red: 205, green: 205, blue: 205),
    ]

  /// Nil where there are too many classes for one.
  static func of(_ confusion: ConfusionMatrix) -> Picture? {
    let count = confusion.classCount
    guard (1...mostClasses).contains(count) else { return nil }
    let cell = min(max(side / count, 1), largestCell)
    let gap = cell >= 8 ? 1 : 0
    let hasPercents = cell >= DigitFont.width(of: "100") + 4
    let numberWidth = DigitFont.width(of: "\(count)")
    // Every class has its number, or every second, fifth, …, as there is room.
    let distance = [1, 2, 5, 10, 20, 50, 100].first { $0 * cell >= numberWidth + 2 } ?? 200
    let margin = max(numberWidth, DigitFont.height) + 6
    let size = margin + count * cell
    var picture = Picture(width: size, height: size, palette: palette)
    picture.fill(x: 0..<size, y: 0..<size, background)
    for row in 0..<count {
      let start = margin + row * cell
      if (row + 1).isMultiple(of: distance) {
        picture.write("\(row + 1)", aroundX: margin / 2, y: start + cell / 2, ink)
        picture.write("\(row + 1)", aroundX: start + cell / 2, y: margin / 2, ink)
      }
      let support = confusion.support(of: row)
      for column in 0..<count {
        let left = margin + column * cell
        let share = support == 0 ? 0 : Double(confusion[row, column]) / Double(support)
        let shade = UInt8((share * Double(shades - 1)).rounded())
        picture.fill(
          x: left..<left + cell - gap, y: start..<start + cell - gap, support == 0 ? empty : shade)
        if hasPercents, support > 0, confusion[row, column] > 0 {
          picture.write(
            "\(Int((share * 100).rounded()))", aroundX: left + cell / 2, y: start + cell / 2,
            share > 0.5 ? background : ink)
        }
      }
    }
    return picture
  }
}

/// Digits of 3 by 5 dots, drawn twice as large.
private enum DigitFont {
  static let scale = 2
  static let height = 5 * scale

  /// Each five rows of three dots, the leftmost the highest bit.
  private static let digits: [[UInt8]] = [
    [7, 5, 5, 5, 7], [2, 6, 2, 2, 7], [7, 1, 7, 4, 7], [7, 1, 7, 1, 7], [5, 5, 7, 1, 1], [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7], [7, 1, 1, 1, 1], [7, 5, 7, 5, 7], [7, 5, 7, 1, 7],
  ]

  static func width(of text: String) -> Int { (text.utf8.count * 4 - 1) * scale }

  /// The dots of a text of digits, from its upper left corner.
  static func dots(of text: String) -> [(x: Int, y: Int)] {
    var dots: [(x: Int, y: Int)] = []
    for (place, character) in text.utf8.enumerated() {
      for (row, bits) in digits[Int(character) - 48].enumerated() {
        for column in 0..<3 where bits >> (2 - column) & 1 == 1 {
          dots.append((x: (place * 4 + column) * scale, y: row * scale))
        }
      }
    }
    return dots
  }
}

extension Picture {
  /// - Parameter text: Digits.
  fileprivate mutating func write(_ text: String, aroundX x: Int, y: Int, _ colour: UInt8) {
    let (left, top) = (x - DigitFont.width(of: text) / 2, y - DigitFont.height / 2)
    for dot in DigitFont.dots(of: text) {
      fill(
        x: left + dot.x..<left + dot.x + DigitFont.scale, y: top + dot.y..<top + dot.y + DigitFont.scale, colour)
    }
  }
}
