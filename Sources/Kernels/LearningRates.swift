/// The learning rates of a step: one for all parameters, but for those of tables and the first behind them, which may have
/// their own.
public struct LearningRates: Equatable, Sendable, ExpressibleByFloatLiteral {
  /// Of all others.
  public let general: Double
  /// Of tables, and of the first `count` elements behind them.
  public let own: Double
  public let count: Int

  /// - Parameter count: 0 or more.
  public init(_ general: Double, own: Double, count: Int) {
    precondition(count >= 0, "\(count) elements")
    (self.general, self.own, self.count) = (general, own, count)
  }

  /// One for all.
  public init(floatLiteral rate: Double) { self.init(rate, own: rate, count: 0) }

  /// Calls `body` for stretches of a part of the elements behind the tables, whole lanes each: how many of the lanes have
  /// the rate of their own, the first ones.
  func forEachStretch(of part: Range<Int>, _ body: (_ stretch: Range<Int>, _ ownLanes: Int) -> Void) {
    let end = min(max(general == own ? 0 : count, part.lowerBound), part.upperBound)
    let whole = part.lowerBound + (end - part.lowerBound) / laneCount * laneCount
    let mixed = min(paddedToLanes(end - whole), part.upperBound - whole)
    if whole > part.lowerBound { body(part.lowerBound..<whole, laneCount) }
    if mixed > 0 { body(whole..<(whole + mixed), end - whole) }
    if whole + mixed < part.upperBound { body((whole + mixed)..<part.upperBound, 0) }
  }

  /// What becomes of the rate of each lane.
  @inline(__always)
  func lanes(own count: Int, _ value: (Double) -> Double) -> Lanes {
    Lanes(repeating: Float(value(general))).replacing(
      with: Float(value(own)), where: Self.laneNumbers .< Float(count))
  }

  private static let laneNumbers = Lanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
}
