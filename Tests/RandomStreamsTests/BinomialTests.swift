import Foundation
import RandomStreams
import Testing

@Suite struct BinomialTests {
  /// ln C(n, k) pᵏ (1 − p)ⁿ⁻ᵏ
  private func logProbability(_ k: Int, _ n: Int, _ p: Double) -> Double {
    let (n, k) = (Double(n), Double(k))
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p)
  }

  /// By the χ² of cells that hold ten draws or more in the mean.
  @Test(arguments: [
    (1, 0.3), (2, 0.5), (7, 0.9), (20, 0.4), (20, 0.499), (25, 0.4), (30, 0.35), (40, 0.25), (100, 0.099),
    (100, 0.101), (1_000, 0.0099), (1_000, 0.0101), (1_000, 0.5), (1_000, 0.97), (100_000, 1e-5), (1_000_000, 2e-5),
    (1_000_000, 0.3),
  ])
  func `draws have the distribution's frequencies`(count: Int, probability: Double) {
    let draws = 40_000
    var found: [Int: Int] = [:]
    var stream = RandomStream(seed: 5, purpose: .resampling, step: count)
    for _ in 0..<draws { found[stream.binomial(count, probability), default: 0] += 1 }
    #expect(found.keys.allSatisfy { (0...count).contains($0) })
    let mean = Double(count) * probability
    let deviation = (mean * (1 - probability)).squareRoot()
    let range = max(Int(mean - 8 * deviation) - 8, 0)...min(Int(mean + 8 * deviation) + 8, count)
    #expect(found.keys.allSatisfy { range.contains($0) })
    var (square, cells, expected, seen) = (0.0, 0, 0.0, 0)
    for k in range {
      expected += Double(draws) * exp(logProbability(k, count, probability))
      seen += found[k] ?? 0
      guard expected >= 10 else { continue }
      square += (Double(seen) - expected) * (Double(seen) - expected) / expected
      (cells, expected, seen) = (cells + 1, 0, 0)
    }
    // Five deviations of χ²: one of its degrees is lost, since all draws are in some cell.
    let degrees = Double(max(cells - 1, 1))
    #expect(square < degrees + 5 * (2 * degrees).squareRoot() + 8, "\(square) with \(degrees) degrees")
  }

  @Test func `of billions of trials mean and variance are right`() {
    let (count, probability) = (3_000_000_000, 0.25)
    var stream = RandomStream(seed: 1, purpose: .resampling)
    let mean = Double(count) * probability
    let deviation = (mean * (1 - probability)).squareRoot()
    let scores = (0..<20_000).map { _ in (Double(stream.binomial(count, probability)) - mean) / deviation }
    #expect(abs(scores.reduce(0, +) / 20_000) < 0.03)
    #expect(abs(scores.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.05)
  }

  @Test func `what is certain is no draw`() {
    var stream = RandomStream(seed: 1, purpose: .resampling)
    #expect(stream.binomial(0, 0.5) == 0 && stream.binomial(9, 0) == 0 && stream.binomial(9, 1) == 9)
    var other = RandomStream(seed: 1, purpose: .resampling)
    #expect(stream.next() == other.next())
  }

  @Test func `a draw is the stream's`() {
    func draws(_ step: Int) -> [Int] {
      var stream = RandomStream(seed: 1, purpose: .resampling, step: step)
      return (0..<20).map { stream.binomial(10 * $0, 0.3) }
    }
    #expect(draws(1) == draws(1) && draws(1) != draws(2))
  }
}
