public import Collectives
public import Failures

/// The classes of a data set: every label that any rank met, in an order that all ranks share.
enum ClassNames {
  /// The order of classes: by number where all labels are integers, else by their bytes.
  ///
  /// "3", "3.0" and "03" are the same integer class.
  static func ordered(_ labels: Set<String>) -> [String] {
    let integers = labels.map(integer)
    if integers.allSatisfy({ $0 != nil }) {
      return Set(integers.compactMap { $0 }).sorted().map(String.init)
    }
    return labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The integer that a label stands for: "7", "-1", "2.0". Nil for any other text.
  static func integer(_ label: String) -> Int? {
    if let integer = Int(label) { return integer }
    guard let value = Double(label), value.rounded() == value, abs(value) < 1e15 else { return nil }
    return Int(value)
  }

  /// Every label that any rank met, over all ranks. Collective.
  static func gathered(_ labels: Set<String>, over communicator: some Communicator) throws -> Set<String> {
    // Labels never hold a NUL: the readers refuse it.
    let texts = labels.sorted().joined(separator: "\0")
    var all: Set<String> = []
    for part in try communicator.allgather(Array(texts.utf8)) where !part.isEmpty {
      all.formUnion(part.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    }
    return all
  }
}

/// Labels that cannot be classes.
public enum LabelError: Failure, Equatable {
  case fractional(label: String, name: String)
  case tooFewClasses(classNames: [String], name: String)
  case unknownClass(label: String, name: String, classNames: [String])

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .fractional(let label, let name):
      """
      \(name): the labels are numbers, but \(label) is not an integer: this looks like a measurement, not a class. \
      Name the label column with --label.
      """
    case .tooFewClasses(let classNames, let name):
      """
      \(name): there is nothing to tell apart: its labels are \
      \(classNames.isEmpty ? "all ignored" : "all \"\(classNames[0])\""). Name the label column with --label.
      """
    case .unknownClass(let label, let name, let classNames):
      "\(name): label \"\(label)\" is none of the classes \(classNames.prefix(20).joined(separator: ", "))"
    }
  }
}

extension Dataset {
  /// Numbers the labels of data sets that belong together (training and validation) by one list of
  /// classes. Collective.
  ///
  /// - Parameters:
  ///   - ignoredLabel: The label whose samples are ignored; it is no class.
  /// - Throws: `AgreedFailure` with a `LabelError`; `CollectiveError`.
  public static func withSharedClasses(
    _ parts: [RawDataset], ignoring ignoredLabel: Int?, layout: ShardLayout, over communicator: some Communicator
  ) throws -> [Dataset] {
    let local = Set(parts.flatMap(\.labelTexts))
    let all = try ClassNames.gathered(local, over: communicator)
    let classLabels = all.filter { ignoredLabel == nil || ClassNames.integer($0) != ignoredLabel }
    let classNames = ClassNames.ordered(classLabels)
    // Every rank has the same labels before it, so every rank finds the same fault.
    if classNames.count < 2 {
      try communicator.fail(with: LabelError.tooFewClasses(classNames: classNames, name: parts[0].name))
    }
    if classLabels.allSatisfy({ Double($0) != nil }),
      let fractional = classLabels.filter({ ClassNames.integer($0) == nil }).min()
    {
      try communicator.fail(with: LabelError.fractional(label: fractional, name: parts[0].name))
    }

    let numbers = Dictionary(uniqueKeysWithValues: classNames.enumerated().map { ($1, Int32($0)) })
    let areIntegers = classLabels.allSatisfy { ClassNames.integer($0) != nil }
    func classNumber(_ text: String) -> Int32 {
      let name = areIntegers ? ClassNames.integer(text).map(String.init) ?? text : text
      return numbers[name] ?? Shard.ignoredLabel
    }

    return try parts.map { part in
      let classNumbers = part.labelTexts.map(classNumber)
      let shards = part.shards.map { shard in
        Shard(index: shard.index, features: shard.features, labels: shard.labels.map { classNumbers[Int($0)] })
      }
      var counts = [Int64](repeating: 0, count: layout.shardCount)
      for shard in shards { counts[shard.index] = Int64(shard.sampleCount) }
      return Dataset(
        name: part.name, featureNames: part.featureNames, classNames: classNames, layout: layout, shards: shards,
        sampleCounts: try communicator.sum(counts).map { Int($0) })
    }
  }
}
