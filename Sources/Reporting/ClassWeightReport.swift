public import ClassWeighting
public import Datasets
internal import Runs

/// Class counts, and what every scheme makes of them.
public struct ClassWeightReport {
  private let counts: [Int]
  private let classNames: [String]
  private let schemes: [(name: String, weights: [Double])]
  /// Of each class: the shards that hold no sample of it.
  private let shardsWithout: [Int]
  private let shardCount: Int
  /// How the table was read, where the data is one.
  private let source: TableRecord?

  /// Per-batch weights have no column: they are the inverse of counts that change with the batch.
  ///
  /// - Parameter shardCounts: [V][C]
  /// - Throws: `WeightSchemeError`
  public init(
    shardCounts: [[Int]], classNames: [String], smoothing: Double, beta: Double,
    table: (reading: TableReading, summary: TableSummary)? = nil
  ) throws(WeightSchemeError) {
    source = table.map { TableRecord($0.reading, $0.summary) }
    counts = classNames.indices.map { index in shardCounts.reduce(0) { $0 + $1[index] } }
    shardsWithout = classNames.indices.map { index in shardCounts.count { $0[index] == 0 } }
    shardCount = shardCounts.count
    self.classNames = classNames
    var schemes: [(name: String, weights: [Double])] = []
    for name in WeightScheme.ruleNames {
      guard let scheme = WeightScheme.named(name, smoothing: smoothing, beta: beta), scheme.isFixed else { continue }
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

  /// For people.
  public func table() -> String {
    var table = ClassFigures("class", classNames)
    let total = counts.reduce(0, +)
    table.append("samples", counts.map { NumberFormat.grouped($0) })
    table.append("share", counts.map { NumberFormat.percent($0, of: total) })
    for (name, weights) in schemes { table.append(name, weights.map { NumberFormat.significant($0) }) }
    return """
      Weights by --class-weights (help weights).

      \(table.text)

      \(answers.text)

      \(NumberFormat.grouped(total)) samples, \(classNames.count) classes, \
      imbalance ratio \(NumberFormat.fixed(imbalanceRatio, digits: 1))
      \(remarks.map { TextLines.wrapped($0, indent: 2) }.joined(separator: "\n"))
      """
  }

  /// What samplers and losses would do.
  private var answers: AnswersToImbalance { AnswersToImbalance(counts: counts, classNames: classNames) }

  /// Fewer are too few to learn from, and to measure a recall with.
  private static let fewSamples = 10

  /// What is worth knowing before one trains.
  public var remarks: [String] {
    func list(_ classes: [Int], _ value: (Int) -> String) -> String {
      classes.prefix(8).map { "\(classNames[$0]) (\(value($0)))" }.joined(separator: ", ")
        + (classes.count > 8 ? ", … (\(classes.count) classes)" : "")
    }
    var remarks: [String] = []
    let few = classNames.indices.filter { counts[$0] < Self.fewSamples }
    if !few.isEmpty {
      remarks.append(
        "classes of fewer than \(Self.fewSamples) samples, hard to learn and to measure: \(list(few) { "\(counts[$0])" })"
      )
    }
    let scattered = classNames.indices.filter { shardsWithout[$0] > 0 }
    if !scattered.isEmpty {
      remarks.append(
        "classes that are absent from some of the \(shardCount) shards (from how many): \(list(scattered) { "\(shardsWithout[$0])" })"
      )
    }
    remarks += answers.warnings(list)
    remarks += [source?.remark, source?.remarkOnLevels].compactMap { $0 }
    return remarks
  }

  /// For programs.
  public func json() throws -> String {
    let answers = answers
    let classes = classNames.indices.map { index in
      Record.Row(
        name: classNames[index], count: counts[index], shardsWithout: shardsWithout[index],
        weights: Dictionary(uniqueKeysWithValues: schemes.map { ($0.name, $0.weights[index]) }),
        draws: Dictionary(
          uniqueKeysWithValues: answers.samplers.map { ($0.name, Double(counts[index]) * $0.rates[index]) }),
        logitShifts: Dictionary(uniqueKeysWithValues: answers.losses.map { ($0.name, $0.shifts[index]) }))
    }
    return String(
      try JSONText.pretty(
        Record(
          classes: classes, samples: counts.reduce(0, +), imbalanceRatio: imbalanceRatio, table: source)
      )
      .dropLast())
  }

  private struct Record: Encodable {
    struct Row: Encodable {
      let name: String
      let count: Int
      let shardsWithout: Int
      let weights: [String: Double]
      /// By sampler, of an epoch in the mean.
      let draws: [String: Double]
      /// By loss: what it adds to the logits.
      let logitShifts: [String: Double]

      enum CodingKeys: String, CodingKey {
        case name, count, weights, draws
        case logitShifts = "logit_shifts"
        case shardsWithout = "shards_without"
      }
    }

    let classes: [Row]
    let samples: Int
    let imbalanceRatio: Double
    let table: TableRecord?

    enum CodingKeys: String, CodingKey {
      case classes, samples, table
      case imbalanceRatio = "imbalance_ratio"
    }
  }
}
