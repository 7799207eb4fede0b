internal import ArgumentParser

/// "512,256"; empty for none.
struct IntegerList: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let items = argument.split(separator: ",").map { Int($0) }
    let values = items.compactMap { $0 }
    guard values.count == items.count, !values.isEmpty else { return nil }
    self.values = values
  }

  var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}

/// "0.9,0.999"
struct NumberList: ExpressibleByArgument {
  let values: [Double]

  init(values: [Double]) {
    self.values = values
  }

  init?(argument: String) {
    let items = argument.split(separator: ",").map { Double($0) }
    values = items.compactMap { $0 }
    guard values.count == items.count else { return nil }
  }

  var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}

/// What `--resume` names.
enum ResumeOption: ExpressibleByArgument, Equatable {
  case no
  case auto
  case path(String)

  init?(argument: String) {
    switch argument {
    case "": return nil
    case "no": self = .no
    case "auto": self = .auto
    default: self = .path(argument)
    }
  }

  var defaultValueDescription: String { "no" }
}

/// "90", "1h30m", "1-12:00:00"
struct TimeSpan: ExpressibleByArgument, Equatable {
  let seconds: Double

  init?(argument: String) {
    guard let seconds = Self.seconds(in: argument), seconds > 0, seconds < 1e9 else { return nil }
    self.seconds = seconds
  }

  private static func seconds(in text: String) -> Double? {
    if let seconds = Double(text) { return seconds }
    return text.contains(":") || text.contains("-") ? clock(text) : units(text)
  }

  /// minutes:seconds, hours:minutes:seconds, or days-hours[:minutes[:seconds]], as Slurm and PBS read it.
  private static func clock(_ text: String) -> Double? {
    let dayAndTime = text.split(separator: "-", omittingEmptySubsequences: false)
    guard dayAndTime.count <= 2, let time = dayAndTime.last else { return nil }
    let parts = time.split(separator: ":", omittingEmptySubsequences: false).map { UInt($0) }
    let numbers = parts.compactMap { $0 }.map { Double($0) }
    guard numbers.count == parts.count, numbers.count <= 3 else { return nil }
    if dayAndTime.count == 2 {
      guard let days = UInt(dayAndTime[0]) else { return nil }
      return 86_400 * Double(days) + zip(numbers, [3_600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return numbers.count < 2 ? nil : zip(numbers.reversed(), [1, 60, 3_600]).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Numbers with d, h, m or s behind them, the larger units first.
  private static func units(_ text: String) -> Double? {
    var rest = text[...]
    var total = 0.0
    for (unit, seconds) in [("d", 86_400.0), ("h", 3_600), ("m", 60), ("s", 1)] as [(Character, Double)] {
      guard let end = rest.firstIndex(of: unit) else { continue }
      guard let number = UInt(rest[..<end]) else { return nil }
      total += Double(number) * seconds
      rest = rest[rest.index(after: end)...]
    }
    return rest.isEmpty && total > 0 ? total : nil
  }

  var defaultValueDescription: String { "\(seconds)" }
}
