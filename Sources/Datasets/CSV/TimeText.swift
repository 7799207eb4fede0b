/// Dates and times as ISO 8601 writes them: "2026-11-24", "2026-11-24T10:00:00.5Z", "2026-11-24 10:00+01:00", "10:00".
enum TimeText {
  enum Kind: Equatable, Sendable {
    /// Seconds since the beginning of 1970, in Coordinated Universal Time where no zone is said.
    case date
    /// Seconds since midnight.
    case timeOfDay
  }

  /// Nil where `text` is neither.
  static func seconds(_ text: String) -> (value: Double, kind: Kind)? {
    var reader = Reader(Array(text.utf8))
    if let seconds = reader.timeOfDay(), reader.isAtEnd { return (seconds, .timeOfDay) }
    reader = Reader(Array(text.utf8))
    guard var seconds = reader.days().map({ Double($0) * 86_400 }) else { return nil }
    if !reader.isAtEnd {
      guard reader.take("T") || reader.take(" "), let time = reader.timeOfDay(), let zone = reader.zone() else {
        return nil
      }
      seconds += time - zone
    }
    return reader.isAtEnd ? (seconds, .date) : nil
  }

  private struct Reader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
      index += 1
      return true
    }

    /// A number of exactly `count` digits.
    private mutating func number(_ count: Int) -> Int? {
      guard index + count <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[index..<(index + count)] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
      }
      index += count
      return value
    }

    /// Since the first of January 1970.
    ///
    /// Source: Hinnant, "chrono-compatible low-level date algorithms" (days_from_civil).
    mutating func days() -> Int? {
      guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
        (1...12).contains(month), (1...Self.length(ofMonth: month, year)).contains(day)
      else { return nil }
      let shifted = month <= 2 ? year - 1 : year
      let era = shifted >= 0 ? shifted / 400 : (shifted - 399) / 400
      let yearOfEra = shifted - era * 400
      let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
      return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func length(ofMonth month: Int, _ year: Int) -> Int {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// hh:mm, hh:mm:ss, or hh:mm:ss.fraction
    mutating func timeOfDay() -> Double? {
      guard let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
      var seconds = Double(hour * 3_600 + minute * 60)
      guard take(":") else { return seconds }
      // 60 is a leap second.
      guard let second = number(2), second <= 60 else { return nil }
      seconds += Double(second)
      guard take(".") || take(",") else { return seconds }
      var (fraction, digits) = (0.0, 0)
      while digits < 15, let digit = number(1) {
        fraction = fraction * 10 + Double(digit)
        digits += 1
      }
      guard digits > 0 else { return nil }
      for _ in 0..<digits { fraction /= 10 }
      return seconds + fraction
    }

    /// Seconds by which the zone's clocks are ahead; 0 where none is said.
    mutating func zone() -> Double? {
      if isAtEnd || take("Z") { return 0 }
      _ = take(" ")
      let isAhead = take("+")
      guard isAhead || take("-"), let hours = number(2) else { return nil }
      var minutes = 0
      if !isAtEnd {
        _ = take(":")
        guard let number = number(2) else { return nil }
        minutes = number
      }
      guard hours < 24, minutes < 60 else { return nil }
      return Double((isAhead ? 1 : -1) * (hours * 3_600 + minutes * 60))
    }
  }
}
