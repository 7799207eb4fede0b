/// The samples whose largest probability lies in one of the intervals (m/15, (m+1)/15], and 0 in the first.
struct CalibrationBin: Equatable, Sendable {
  var count = 0
  /// Those whose class is the predicted one.
  var correctCount = 0
  /// Σ of their largest probabilities
  var confidence = ExactSum()

  /// - Parameter confidence: 0 ... 1
  static func index(of confidence: Float) -> Int {
    // The product is exact: 24 bits by 4.
    let place = (Double(confidence) * Double(ProbabilitySums.binCount)).rounded(.up)
    return max(Int(place) - 1, 0)
  }

  mutating func add(_ confidence: Float, isCorrect: Bool) {
    count += 1
    if isCorrect { correctCount += 1 }
    self.confidence.add(Double(confidence))
  }

  /// |correct − Σ confidence|, in units of `ExactSum`.
  var gap: UInt128 {
    let correct = UInt128(correctCount) * ExactSum.unitsOfOne
    return max(correct, confidence.units) - min(correct, confidence.units)
  }
}
