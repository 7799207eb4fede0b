public import ClassWeighting

/// Class counts, and what every scheme makes of them.
public struct ClassWeightReport {
  private let counts: [Int]
  private let classNames: [String]
  private let schemes: [(name: String, weights: [Double])]

  /// Per-batch weights have no column: they are the inverse of counts that change with the batch.
  ///
  /// - Throws: `WeightSchemeError`
  public init(counts: [Int], classNames: [String], smoothing: Double, beta: Double) throws(WeightSchemeError) {
    self.counts = counts
    self.classNames = classNames
    var schemes: [(name: String, weights: [Double])] = []
    for name in WeightScheme.ruleNames where name != "per-batch" {
      guard let scheme = WeightScheme.named(name, smoothing: smoothing, beta: beta) else { continue }
      schemes.append((name, try scheme.weights(forCounts: counts, classNames: classNames).values))
    }
    self.schemes = schemes
  }

  /// The largest class's samples to those of the smallest that has any.
  public var imbalanceRatio: Double {
    let present = counts.filter { $0 > 0 }
    guard let largest = present.max(), let smallest = present.min() else { return 1 }
    return Double(largest) / Double(smallest)
  }

  public func table() -> String {
    var table = TextTable(
      [("class", .left), ("samples", .right), ("share", .right)] + schemes.map { ($0.name, .right) })
    let total = counts.reduce(0, +)
    for (index, name) in classNames.enumerated() {
      table.append(
        [name, NumberFormat.grouped(counts[index]), NumberFormat.percent(counts[index], of: total)]
          + schemes.map { NumberFormat.significant($0.weights[index]) })
    }
    return """
      \(table.text)

      \(NumberFormat.grouped(total)) samples, \(classNames.count) classes, \
      imbalance ratio \(NumberFormat.fixed(imbalanceRatio, digits: 1))
      """
  }

  public func json() throws -> String {
    let classes = classNames.indices.map { index in
      Record.Row(
        name: classNames[index], count: counts[index],
        weights: Dictionary(uniqueKeysWithValues: schemes.map { ($0.name, $0.weights[index]) }))
    }
    return String(
      try JSONText.pretty(Record(classes: classes, samples: counts.reduce(0, +), imbalanceRatio: imbalanceRatio))
        .dropLast())
  }

  private struct Record: Encodable {
    struct Row: Encodable {
      let name: String
      let count: Int
      let weights: [String: Double]
    }

    let classes: [Row]
    let samples: Int
    let imbalanceRatio: Double

    enum CodingKeys: String, CodingKey {
      case classes, samples
      case imbalanceRatio = "imbalance_ratio"
    }
  }
}
