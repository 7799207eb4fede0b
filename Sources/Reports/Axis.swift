internal import Foundation

/// One axis of a chart: its range, and where its ticks stand.
struct Axis {
  let title: String
  let range: ClosedRange<Double>
  /// Whether equal ratios are equally long.
  let isLogarithmic: Bool
  let ticks: [Double]
  private let isShare: Bool

  /// From 0 to 1, in percent.
  static func share(_ title: String) -> Axis {
    Axis(title: title, range: 0...1, isLogarithmic: false, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1], isShare: true)
  }

  private init(title: String, range: ClosedRange<Double>, isLogarithmic: Bool, ticks: [Double], isShare: Bool) {
    self.title = title
    self.range = range
    self.isLogarithmic = isLogarithmic
    self.ticks = ticks
    self.isShare = isShare
  }

  /// With round ticks, and a range that ends at such.
  ///
  /// - Parameter values: Finite; may be none.
  init(_ title: String, covering values: [Double], integers: Bool = false) {
    let (least, most) = (values.min() ?? 0, values.max() ?? 1)
    let extent = most > least ? most - least : max(most.magnitude, 1e-3)
    var step = Self.roundStep(extent / 4)
    if integers { step = max(step.rounded(), 1) }
    let (first, last) = ((least / step).rounded(.down), (most / step).rounded(.up))
    let end = last > first ? last : first + 1
    ticks = stride(from: first, through: end, by: 1).map { $0 * step }
    // Epochs begin where they begin.
    range = integers && most > least ? least...most : (first * step)...(end * step)
    (self.title, isLogarithmic, isShare) = (title, false, false)
  }

  /// - Parameter values: Positive and finite; may be none.
  init(_ title: String, logarithmicOver values: [Double]) {
    let first = log10(values.min() ?? 1).rounded(.down)
    let last = max(log10(values.max() ?? 10).rounded(.up), first + 1)
    let step = max(((last - first) / 5).rounded(.up), 1)
    ticks = stride(from: first, through: last, by: step).map { pow(10, $0) }
    range = pow(10, first)...pow(10, last)
    (self.title, isLogarithmic, isShare) = (title, true, false)
  }

  /// 1, 2 or 5 times a power of ten, no less than `least`.
  private static func roundStep(_ least: Double) -> Double {
    let power = pow(10, log10(least).rounded(.down))
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= least * 0.999 } ?? 10 * power
  }

  /// Ticks that lie within the range.
  var visibleTicks: [Double] { ticks.filter { range.contains($0) } }

  /// Where a value lies, from 0 to 1; at the end that it is beyond.
  func place(_ value: Double) -> Double {
    let value = min(max(value, range.lowerBound), range.upperBound)
    let (least, most) = (range.lowerBound, range.upperBound)
    return isLogarithmic ? log(value / least) / log(most / least) : (value - least) / (most - least)
  }

  func label(_ tick: Double) -> String {
    if isShare { return Figures.percent(tick) }
    guard tick.magnitude < 1e5, tick.magnitude >= 1e-4 || tick == 0 else {
      return isLogarithmic && tick < 1e15 && tick >= 1 ? Self.short(tick) : Figures.significant(tick)
    }
    // As many digits as the smallest step needs.
    return Figures.place(tick) == "0" && tick != 0 ? Figures.significant(tick) : Self.plain(tick)
  }

  /// "0.1", "2,000"
  private static func plain(_ value: Double) -> String {
    if let whole = Int(exactly: value.rounded()), (value - value.rounded()).magnitude < 1e-9 {
      return Figures.grouped(whole)
    }
    return String(format: "%.4g", value)
  }

  /// "100 k", "1 M"
  private static func short(_ value: Double) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    guard let (size, unit) = units.first(where: { value >= $0.0 }) else { return plain(value) }
    return plain(value / size) + "\u{A0}" + unit
  }
}
