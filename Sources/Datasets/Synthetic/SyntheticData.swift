/// The built-in simulated data set: classes of exact sizes, and normal clouds of points around a
/// center for each class. Any sample is computed from its number alone.
///
///     synthetic:samples=1000,features=10,classes=3,priors=0.8/0.1/0.1,separation=1,seed=0
public struct SyntheticData: Equatable, Sendable {
  public private(set) var sampleCount = 1000
  public private(set) var featureCount = 10
  /// The share of each class; they sum to 1. By default the first class has 0.8, and the others
  /// share the rest.
  public private(set) var priors: [Double] = [0.8, 0.1, 0.1]
  /// The distance of every class's center from the origin, in standard deviations of a feature
  /// around its center. With 0 the features are uniform in [0, 1) and say nothing about the class.
  public private(set) var separation = 1.0
  public private(set) var seed: UInt64 = 0

  /// - Parameter text: "samples=1000,features=10"; what is left out keeps its default.
  public init(_ text: String) throws(DataSourceError) {
    var classCount: Int?
    var givenPriors: [Double]?
    for item in text.split(separator: ",") {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = String(pair[0])
      let value = pair.count == 2 ? String(pair[1]) : ""
      switch key {
      case "samples": sampleCount = try Self.integer(value, key, 2...1 << 40)
      case "features": featureCount = try Self.integer(value, key, 1...1 << 20)
      case "classes": classCount = try Self.integer(value, key, 2...Vocabulary.mostLabels)
      case "priors": givenPriors = try Self.priors(value)
      case "separation":
        guard let number = Double(value), number.isFinite, number >= 0 else {
          throw .badSyntheticValue(key: key, value: value, expected: "a number, 0 or more")
        }
        separation = number
      case "seed":
        guard let number = UInt64(value) else {
          throw .badSyntheticValue(key: key, value: value, expected: "an integer, 0 or more")
        }
        seed = number
      default: throw .unknownSyntheticKey(key: key)
      }
    }
    if let givenPriors {
      if let classCount, classCount != givenPriors.count {
        throw .badSyntheticValue(
          key: "priors", value: givenPriors.map(\.description).joined(separator: "/"),
          expected: "one for each of the \(classCount) classes")
      }
      priors = givenPriors
    } else if let classCount {
      priors = [0.8] + Array(repeating: 0.2 / Double(classCount - 1), count: classCount - 1)
    }
  }

  public var classCount: Int { priors.count }

  /// Samples of each class: N times the prior, rounded so that they sum to N (largest remainders).
  public var classCounts: [Int] {
    let exact = priors.map { $0 * Double(sampleCount) }
    var counts = exact.map { Int($0) }
    let remainders = exact.map { $0 - $0.rounded(.down) }
    let byRemainder = remainders.indices.sorted { (-remainders[$0], $0) < (-remainders[$1], $1) }
    for index in byRemainder.prefix(max(sampleCount - counts.reduce(0, +), 0)) { counts[index] += 1 }
    return counts
  }

  private static func integer(
    _ text: String, _ key: String, _ range: ClosedRange<Int>
  ) throws(DataSourceError) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw .badSyntheticValue(
        key: key, value: text, expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func priors(_ text: String) throws(DataSourceError) -> [Double] {
    let numbers = text.split(separator: "/").map { Double($0) }
    let priors = numbers.compactMap { $0 }
    let total = priors.reduce(0, +)
    guard priors.count == numbers.count, priors.count >= 2, priors.allSatisfy({ $0.isFinite && $0 >= 0 }), total > 0,
      total.isFinite
    else {
      throw .badSyntheticValue(key: "priors", value: text, expected: "shares such as 0.8/0.1/0.1, not negative")
    }
    return priors.map { $0 / total }
  }
}
