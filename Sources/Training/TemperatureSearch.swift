/// The search for the temperature T = 1/β that makes a mean log loss least, which is convex in β: Newton's method in
/// log T, within bounds that close in on the optimum.
///
///     var search = TemperatureSearch()
///     while !search.isDone { search.learn(slope: …, curvature: …) }  // of the loss at 1/search.temperature
///
/// Nothing but sums, products, quotients and square roots, so that every processor goes the same way (promise 1).
package struct TemperatureSearch {
  /// Where T is looked for. A model that tells the samples apart without an error would want T = 0, one that is worse
  /// than knowing nothing T = ∞.
  package static let range = 0.01...100.0

  /// To be looked at next; in the end, the optimum.
  package private(set) var temperature = 1.0
  package private(set) var isDone = false

  /// The optimum lies between them.
  private var low = Self.range.lowerBound
  private var high = Self.range.upperBound
  /// Whether a bound has been looked at, or is an end of the range that has not.
  private var knowsLow = false
  private var knowsHigh = false
  /// The last change of T: the larger by the smaller, less 1.
  private var lastChange = Double.infinity

  /// Logits of Float32 say no more of T.
  private static let smallestChange = 1e-6
  /// A change of the mean loss, in nats, that no one will see, when T becomes twice or half of what it is.
  private static let smallestGain = 1e-9

  package init() {}

  /// Takes in what the loss is like at `temperature`, and moves on.
  ///
  /// - Parameters:
  ///   - slope: The first derivative of the mean loss by β.
  ///   - curvature: The second; not negative.
  package mutating func learn(slope: Double, curvature: Double) {
    precondition(!isDone && slope.isFinite && curvature >= 0, "slope \(slope), curvature \(curvature)")
    let now = temperature
    // Where the loss grows with β, T is too small.
    if slope > 0 { (low, knowsLow) = (now, true) } else { (high, knowsHigh) = (now, true) }
    guard slope.magnitude > Self.smallestGain * now, low < high else {
      isDone = true
      return
    }
    // Newton's step in log T is slope / (curvature · β), to second order.
    let step = slope / curvature * now
    var next = step > 0 ? now * (1 + step) : now / (1 - step)
    if step.magnitude <= Self.smallestChange {
      (temperature, isDone) = (min(max(next, low), high), true)
      return
    }
    if next <= low {
      next = knowsLow ? middle : low
    } else if next >= high {
      next = knowsHigh ? middle : high
    } else if Self.change(now, next) > lastChange / 2 {
      // It goes to and fro, or creeps.
      next = middle
    }
    lastChange = Self.change(now, next)
    isDone = lastChange <= Self.smallestChange
    temperature = next
  }

  /// In log T.
  private var middle: Double { (low * high).squareRoot() }

  private static func change(_ one: Double, _ other: Double) -> Double { max(one / other, other / one) - 1 }
}
