internal import ArgumentParser

/// Throws a `ValidationError` that says what an option should be.
func require(_ condition: Bool, _ option: String, _ expected: String) throws {
  guard condition else { throw ValidationError("\(option): expected \(expected)") }
}

extension Double {
  /// Whether it is in 0 ..< 1.
  var isShare: Bool { self >= 0 && self < 1 }
  var isPositive: Bool { self > 0 && isFinite }
  var isNotNegative: Bool { self >= 0 && isFinite }
}
