/// The number that a standard normal variable is less than with probability p: Φ⁻¹(p).
///
/// Source: Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988),
/// PPND16, whose relative error is about 1e-16 in exact arithmetic. It is computed by additions, multiplications, divisions
/// and square roots alone, its logarithm included, which have the same bits on every processor.
///
/// - Parameter probability: 1e-7 ... 1 − 1e-7.
/// - Returns: −5.2 ... 5.2; 0 for ½, and −Φ⁻¹(1 − p) as far as 1 − p is exact.
package func normalQuantile(_ probability: Double) -> Double {
  precondition(probability >= 1e-7 && probability <= 1 - 1e-7, "a probability of \(probability)")
  let q = probability - 0.5
  guard q.magnitude > 0.425 else {
    let r = 0.180625 - q * q
    return q * polynomial(centralNumerator, r) / polynomial(centralDenominator, r)
  }
  // 1.6 ... 4.02: the paper's third range begins at 5.
  let r = (-naturalLogarithm(min(probability, 1 - probability))).squareRoot() - 1.6
  let magnitude = polynomial(tailNumerator, r) / polynomial(tailDenominator, r)
  return q < 0 ? -magnitude : magnitude
}

/// By Horner's rule; the coefficient of the highest power first.
private func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
  coefficients.reduce(0) { $0 * x + $1 }
}

/// ln x of a positive, normal, finite x, to about an ulp.
///
/// x = 2ᵏ m with m in [√½, √2); ln m = 2 artanh(s), s = (m − 1)/(m + 1), |s| < 0.172, by its series to s²³, whose next term is
/// under 1e-19.
package func naturalLogarithm(_ x: Double) -> Double {
  var (k, m) = (Double(x.exponent), x.significand)
  if m > 1.4142135623730951 { (k, m) = (k + 1, m / 2) }
  let s = (m - 1) / (m + 1)
  let square = s * s
  var sum = 0.0
  for power in stride(from: 23, through: 3, by: -2) { sum = (sum + 2 / Double(power)) * square }
  // ln 2 in two parts, the first with trailing zeros so that k times it is exact.
  return k * 0x1.62e42feep-1 + (k * 0x1.a39ef35793c76p-33 + (2 * s + s * sum))
}

private let centralNumerator = [
  2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
  1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
]
private let centralDenominator = [
  5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
  687.1870074920579083, 42.313330701600911252, 1,
]
private let tailNumerator = [
  7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
  3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
]
private let tailDenominator = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
  0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
]
