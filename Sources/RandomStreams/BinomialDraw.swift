extension RandomStream {
  /// How many of `count` trials succeed, each with the same probability.
  ///
  /// Of few expected successes by inversion, else by rejection from a transformed uniform distribution: exact but for the
  /// rounding of Float64, in a time that does not grow with `count`. Nothing but additions, multiplications, divisions and
  /// square roots (`naturalLogarithm` included), so every processor has the same number.
  ///
  /// Source: Hörmann, "The Generation of Binomial Random Variates", Journal of Statistical Computation and Simulation 46
  /// (1993), algorithm BTRS; inversion as in Kachitvichyanukul, Schmeiser, "Binomial Random Variate Generation",
  /// Communications of the ACM 31 (1988), algorithm BINV.
  ///
  /// - Parameters:
  ///   - count: n, 0 ... 2⁵³.
  ///   - probability: p, 0 ... 1.
  package mutating func binomial(_ count: Int, _ probability: Double) -> Int {
    precondition((0...(1 << 53)).contains(count) && probability >= 0 && probability <= 1, "\(count), \(probability)")
    guard probability <= 0.5 else { return count - binomial(count, 1 - probability) }
    guard count > 0, probability > 0 else { return 0 }
    return Double(count) * probability < 10 ? byInversion(count, probability) : byRejection(count, probability)
  }

  /// Goes up from 0 until the distribution function is above a uniform number.
  ///
  /// - Parameter p: With n·p < 10, so that it begins at e⁻¹⁴ or more.
  private mutating func byInversion(_ count: Int, _ p: Double) -> Int {
    let (n, odds) = (Double(count), p / (1 - p))
    let first = power(1 - p, count)
    // No more than that is ever drawn: the rest is less than the steps of a uniform number.
    let most = min(count, 120)
    while true {
      var (rest, chance) = (uniform(), first)
      for successes in 0...most {
        if rest < chance { return successes }
        rest -= chance
        chance *= odds * (n - Double(successes)) / Double(successes + 1)
      }
    }
  }

  private mutating func byRejection(_ count: Int, _ p: Double) -> Int {
    let (n, q) = (Double(count), 1 - p)
    let deviation = (n * p * q).squareRoot()
    let b = 1.15 + 2.53 * deviation
    let a = -0.0873 + 0.0248 * b + 0.01 * p
    let alpha = (2.83 + 5.1 / b) * deviation
    let sure = 0.92 - 4.2 / b
    let mode = ((n + 1) * p).rounded(.down)
    let odds = p / q
    while true {
      let u = uniform() - 0.5
      let v = 1 - uniform()
      let room = 0.5 - u.magnitude
      guard room > 0 else { continue }
      let k = ((2 * a / room + b) * u + n * p + 0.5).rounded(.down)
      guard k >= 0, k <= n else { continue }
      if room >= 0.07, v <= sure { return Int(k) }
      // log of the share of the mode's probability that k has, Stirling's formula for each factorial.
      let bound =
        (mode + 0.5) * naturalLogarithm((mode + 1) / (odds * (n - mode + 1)))
        + (n + 1) * naturalLogarithm((n - mode + 1) / (n - k + 1))
        + (k + 0.5) * naturalLogarithm(odds * (n - k + 1) / (k + 1))
        + stirlingRest(mode) + stirlingRest(n - mode) - stirlingRest(k) - stirlingRest(n - k)
      if naturalLogarithm(v * alpha / (a / (room * room) + b)) <= bound { return Int(k) }
    }
  }
}

/// xⁿ, by squaring.
private func power(_ x: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, x, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}

/// ln k! − (k + ½) ln(k + 1) + (k + 1) − ½ ln 2π
private func stirlingRest(_ k: Double) -> Double {
  if k < 10 { return fewStirlingRests[Int(k)] }
  let square = (k + 1) * (k + 1)
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)
}

private let fewStirlingRests = [
  0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
  0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.008330563433362871,
]
