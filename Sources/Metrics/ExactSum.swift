/// A sum of numbers from 0 to 64, the same in whatever order they are added: an integer of 2⁻⁵⁸ths.
///
/// Each number is rounded down to such a part, by less than 3.5e-18; the sum itself is exact. So a mean has an error of
/// less than that, and sums over ranks need no order (design promise 1).
struct ExactSum: Equatable, Sendable {
  /// Σ ⌊2⁵⁸ · value⌋
  private(set) var units: UInt128 = 0

  /// Of the number 1.
  static let unitsOfOne: UInt128 = 1 << 58

  init() {}

  init(units: UInt128) {
    self.units = units
  }

  mutating func add(_ value: Double) {
    units += UInt128(Self.units(of: value))
  }

  /// Adds a number so many times.
  mutating func add(_ value: Double, times count: Int) {
    units += UInt128(Self.units(of: value)) * UInt128(count)
  }

  /// The sum, divided by how many there are.
  func mean(of count: Int) -> Double {
    Double(units) / Double(Self.unitsOfOne) / Double(count)
  }

  /// Multiplication by a power of two is exact.
  private static func units(of value: Double) -> UInt64 {
    precondition(value >= 0 && value < 64, "\(value) is not in 0 ..< 64")
    return UInt64(value * 0x1p58)
  }
}
