/// The search for a step α along a direction d that makes f(θ + αd) = φ(α) smaller by enough: the strong Wolfe conditions,
///
///     φ(α) ≤ φ(0) + c₁ α φ′(0)      c₁ = 1e-4      it is smaller
///     |φ′(α)| ≤ c₂ |φ′(0)|          c₂ = 0.9       and most of the slope is gone
///
/// Nocedal & Wright, "Numerical Optimization" (2nd edition, 2006), algorithms 3.5 (bracketing) and 3.6 (zoom) with their
/// constants for quasi-Newton methods, and cubic interpolation (3.59). Where two looks have not taken a third off an interval
/// it is halved, as by Moré & Thuente (1994).
/// An interval [low, high] that holds such a step always has at `low` the smallest φ found that satisfies the first
/// condition.
///
/// Differences of φ that are rounding decide nothing: the first condition has a slack of 1e-7 · |φ(0)| (1e-8 at least, where
/// losses are about 1), as Hager & Zhang's "approximate Wolfe conditions" (2005) have; near the optimum the slope alone
/// decides, which is known better.
///
///     var search = LineSearch(value: φ(0), slope: φ′(0), firstStep: 1)
///     while search.state == .looking { search.learn(value: φ(search.step), slope: φ′(search.step)) }
///
/// Nothing but sums, products, quotients and square roots, so that every processor goes the same way (promise 1).
package struct LineSearch {
  /// How the search stands.
  package enum State: Sendable {
    /// φ(step) is asked for.
    case looking
    /// What was learnt last satisfies both conditions.
    case found
    /// Too many steps have been looked at; `step` satisfies the first condition, and is not what was learnt last.
    case settled
    /// No step was found that makes φ smaller.
    case failed
  }

  private struct Point {
    /// α
    var step: Double
    /// φ; infinite where it is no number.
    var value: Double
    /// φ′
    var slope: Double
  }

  package static let leastDecrease = 1e-4
  package static let mostSlope = 0.9
  private static let relativeSlack = 1e-7
  private static let leastSlack = 1e-8
  /// Of one search. Two or three are usual, and one in most.
  package static let mostEvaluations = 20

  /// To be looked at next; in the end, the step to take.
  package private(set) var step: Double
  package private(set) var state = State.looking
  private let start: Point
  private let slack: Double
  private var low: Point
  /// The other end of an interval that holds a step; nil until there is one.
  private var high: Point?
  /// Of the interval at the last two looks.
  private var widths = (Double.infinity, Double.infinity)
  private var evaluations = 0

  /// - Parameters:
  ///   - value: φ(0), finite.
  ///   - slope: φ′(0), negative.
  ///   - firstStep: To be looked at first.
  package init(value: Double, slope: Double, firstStep: Double) {
    precondition(value.isFinite && slope < 0 && firstStep > 0, "value \(value), slope \(slope), step \(firstStep)")
    start = Point(step: 0, value: value, slope: slope)
    slack = max(Self.relativeSlack * value.magnitude, Self.leastSlack)
    low = start
    step = firstStep
  }

  /// Takes in what φ is like at `step`, and moves on.
  ///
  /// - Parameters:
  ///   - value: φ. One that is not finite is larger than all others.
  ///   - slope: φ′
  package mutating func learn(value: Double, slope: Double) {
    precondition(state == .looking)
    evaluations += 1
    let isFinite = value.isFinite && slope.isFinite
    let point = Point(step: step, value: isFinite ? value : .infinity, slope: slope)
    let before = low
    if point.value > start.value + Self.leastDecrease * step * start.slope + slack || point.value > low.value + slack {
      high = point
    } else if slope.magnitude <= Self.mostSlope * start.slope.magnitude {
      state = .found
      return
    } else {
      // Where φ falls towards the other end, or there is none yet, that end stays.
      if slope * (high.map { $0.step - low.step } ?? 1) >= 0 { high = low }
      low = point
    }
    step = high.map { inside(low, $0) } ?? beyond(low, since: before)
    let isNarrow = high.map { ($0.step - low.step).magnitude <= 1e-9 * max($0.step, low.step) } ?? false
    guard evaluations < Self.mostEvaluations, !isNarrow, step.isFinite else {
      state = low.step > 0 ? .settled : .failed
      step = low.step
      return
    }
  }

  /// Where the slope would be 0, as it went so far; two to ten times as far.
  private func beyond(_ point: Point, since before: Point) -> Double {
    let zero = Self.zero(of: before, point)
    return zero > point.step ? min(max(zero, 2 * point.step), 10 * point.step) : 10 * point.step
  }

  /// The least value of a cubic through both ends; where values differ by rounding alone, the zero of the slope.
  private mutating func inside(_ low: Point, _ high: Point) -> Double {
    let width = high.step - low.step
    defer { widths = (widths.1, width.magnitude) }
    // Of what is no number it is known only that it is too far.
    guard high.value.isFinite else { return low.step + width / 10 }
    guard width.magnitude <= 0.66 * widths.0 else { return low.step + width / 2 }
    let differ = (high.value - low.value).magnitude > slack
    let place = ((differ ? Self.leastOfCubic(low, high) : Self.zero(of: low, high)) - low.step) / width
    return low.step + width * (place.isFinite ? min(max(place, 1e-3), 0.9) : 0.5)
  }

  /// Where a slope that changes in a line is 0.
  private static func zero(of a: Point, _ b: Point) -> Double {
    b.step - b.slope * (b.step - a.step) / (b.slope - a.slope)
  }

  private static func leastOfCubic(_ a: Point, _ b: Point) -> Double {
    let d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
    let root = (d1 * d1 - a.slope * b.slope).squareRoot()
    let d2 = b.step > a.step ? root : -root
    return b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)
  }
}
