import Foundation
import Testing
import Training

/// A step that the search ends with satisfies the strong Wolfe conditions, wherever it begins.
@Suite struct LineSearchTests {
  /// φ with its slope, of α ≥ 0, falling at 0.
  struct Function: Sendable, CustomTestStringConvertible {
    let name: String
    let value: @Sendable (Double) -> Double
    let slope: @Sendable (Double) -> Double

    var testDescription: String { name }
  }

  /// The first three are those of Moré & Thuente, "Line search algorithms with guaranteed sufficient decrease" (1994),
  /// 5.1 to 5.3.
  static let functions = [
    Function(
      name: "-α/(α² + 2)", value: { -$0 / ($0 * $0 + 2) },
      slope: { ($0 * $0 - 2) / (($0 * $0 + 2) * ($0 * $0 + 2)) }),
    Function(
      name: "(α + 0.004)⁵ − 2(α + 0.004)⁴", value: { pow($0 + 0.004, 5) - 2 * pow($0 + 0.004, 4) },
      slope: { 5 * pow($0 + 0.004, 4) - 8 * pow($0 + 0.004, 3) }),
    Function(
      name: "many waves",
      value: { a in
        let wave = 2 * 0.99 / (39 * Double.pi) * sin(39 * .pi / 2 * a)
        if a <= 0.99 { return 1 - a + wave }
        return a >= 1.01 ? a - 1 + wave : 50 * (a - 1) * (a - 1) + 0.005 + wave
      },
      slope: { a in
        let wave = 0.99 * cos(39 * .pi / 2 * a)
        if a <= 0.99 { return -1 + wave }
        return a >= 1.01 ? 1 + wave : 100 * (a - 1) + wave
      }),
    Function(name: "(α − 3)²", value: { ($0 - 3) * ($0 - 3) }, slope: { 2 * ($0 - 3) }),
    Function(
      name: "no number from 2 on", value: { $0 < 2 ? -log(2 - $0) - 3 * $0 : .nan },
      slope: { $0 < 2 ? 1 / (2 - $0) - 3 : .nan }),
    Function(name: "falls for ever", value: { -log(1 + $0) }, slope: { -1 / (1 + $0) }),
  ]

  @Test(arguments: functions, [1e-3, 0.1, 1, 10, 1e3])
  func `the step satisfies both conditions`(_ phi: Function, firstStep: Double) {
    let (value, slope) = (phi.value(0), phi.slope(0))
    var search = LineSearch(value: value, slope: slope, firstStep: firstStep)
    var evaluations = 0
    var last = Double.nan
    while search.state == .looking {
      last = search.step
      search.learn(value: phi.value(last), slope: phi.slope(last))
      evaluations += 1
    }
    #expect(search.state == .found && search.step == last)
    // Where it begins within a factor of ten, in few.
    #expect(evaluations <= (firstStep > 10 || firstStep < 0.1 ? LineSearch.mostEvaluations : 10))
    let slack = max(1e-7 * abs(value), 1e-8)
    #expect(phi.value(last) <= value + LineSearch.leastDecrease * last * slope + slack)
    #expect(abs(phi.slope(last)) <= LineSearch.mostSlope * abs(slope))
  }

  @Test func `a step that is good enough at once is taken`() {
    var search = LineSearch(value: 9, slope: -6, firstStep: 1)
    search.learn(value: 4, slope: -4)
    #expect(search.state == .found && search.step == 1)
  }

  @Test func `differences that are rounding leave the decision to the slope`() {
    // Values that don't change at all, as where they have too few digits.
    var search = LineSearch(value: 0.7, slope: -1e-6, firstStep: 4)
    while search.state == .looking { search.learn(value: 0.7 + 3e-8, slope: 1e-6 * (search.step - 1)) }
    #expect(search.state == .found && abs(search.step - 1) <= LineSearch.mostSlope)
  }

  @Test func `where nothing is smaller it fails, in bounded time`() {
    var search = LineSearch(value: 1, slope: -1, firstStep: 1)
    var evaluations = 0
    while search.state == .looking {
      search.learn(value: 2, slope: 1)
      evaluations += 1
    }
    #expect(search.state == .failed && search.step == 0 && evaluations <= LineSearch.mostEvaluations)
  }

  @Test func `where the slope stays steep, what was smallest is taken`() {
    // Falls in a line up to 1, and is a wall behind it: no step has a smaller slope.
    var search = LineSearch(value: 0, slope: -1, firstStep: 0.5)
    while search.state == .looking {
      let step = search.step
      search.learn(value: step <= 1 ? -step : 100, slope: step <= 1 ? -1 : 100)
    }
    #expect(search.state == .settled && search.step > 0.9 && search.step <= 1)
  }
}
