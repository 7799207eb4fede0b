public import Collectives
public import Failures

/// The classes of a data set: every label that any rank met, in an order that all ranks share.
enum ClassNames {
  /// The order of classes: by number where all labels are integers, else by their bytes.
  ///
  /// "3" and "3.0" are the same integer class; "03" is a text.
  static func ordered(_ labels: Set<String>) -> [String] {
    let integers = labels.map(integer)
    if integers.allSatisfy({ $0 != nil }) {
      return Set(integers.compactMap { $0 }).sorted().map(String.init)
    }
    return labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The integer that a label stands for: "7", "-1", "2.0", "1e3". Nil for any other text.
  static func integer(_ label: String) -> Int? {
    if let integer = Int(label) { return String(integer) == label ? integer : nil }
    guard let value = number(label), value.rounded() == value, abs(value) < 1e15 else { return nil }
    return Int(value)
  }

  /// The level that a text stands for: "1" for "1.0", as programs write whole numbers in one file and not in another; any
  /// other text itself. "01" and "1.50" are texts.
  static func canonical(_ text: String) -> String {
    guard let first = text.utf8.first,
      first == UInt8(ascii: "-") || (first >= UInt8(ascii: "0") && first <= UInt8(ascii: "9")),
      text.utf8.contains(UInt8(ascii: ".")), let value = number(text), value.isFinite
    else { return text }
    let digits = first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
    // "00.5" has a zero that means something.
    guard !digits.hasPrefix("0") || digits.hasPrefix("0.") else { return text }
    return integer(text).map(String.init) ?? text
  }

  /// The number that a label is written as, in decimal; Swift would take "0x10" and "nan" too.
  static func number(_ label: String) -> Double? {
    label.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } ? Double(label) : nil
  }

  /// Every label that any rank met, over all ranks. Collective.
  static func gathered(_ labels: Set<String>, over communicator: some Communicator) throws -> Set<String> {
    // Labels never hold a NUL: the readers refuse it.
    try communicator.union(of: labels, most: FeatureColumn.mostLevels)
  }
}

/// Labels that cannot be classes.
public enum LabelError: Failure, Equatable {
  case fractional(label: String, name: String)
  case tooFewClasses(classNames: [String], name: String, hasNames: Bool)
  case tooManyClasses(count: Int, name: String)
  case unknownClass(label: String, name: String, classNames: [String])

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .fractional(let label, let name):
      """
      \(name): the labels are numbers, but \(label) is not an integer: this looks like a measurement, not a class. \
      Name the label column with --label.
      """
    case .tooFewClasses(let classNames, let name, let hasNames):
      """
      \(name): there is nothing to tell apart: its labels are \
      \(classNames.isEmpty ? "all ignored" : "all \"\(classNames[0])\""). Name the label column with --label\
      \(hasNames ? "; or, where line 1 is a row and no names, say --header no" : "").
      """
    case .tooManyClasses(let count, let name):
      """
      \(name): \(count) different labels, more than the \(Vocabulary.mostLabels) classes that a model can have; \
      this looks like a measurement, not a class. Name the label column with --label.
      """
    case .unknownClass(let label, let name, let classNames):
      """
      \(name): label \"\(label)\" does not occur in the training data; its classes are \
      \(classNames.prefix(20).joined(separator: ", "))\(classNames.count > 20 ? ", …" : "")
      """
    }
  }
}

extension Dataset {
  /// Numbers the labels of data sets that belong together by the classes of the first, which is the
  /// one for training. Collective.
  ///
  /// - Parameters:
  ///   - ignoredLabel: The label whose samples are ignored; it is no class.
  /// - Throws: `AgreedFailure` with a `LabelError`; `CollectiveError`.
  public static func withSharedClasses(
    _ parts: [RawDataset], ignoring ignoredLabel: Int?, layout: ShardLayout, over communicator: some Communicator
  ) throws -> [Dataset] {
    func isClass(_ label: String) -> Bool { ignoredLabel == nil || ClassNames.integer(label) != ignoredLabel }
    let labels = try parts.map { try ClassNames.gathered(Set($0.labelTexts), over: communicator).filter(isClass) }
    let classLabels = labels[0]
    let classNames = ClassNames.ordered(classLabels)
    // Every rank has the same labels before it, so every rank finds the same fault.
    if classNames.count < 2 {
      try communicator.fail(
        with: LabelError.tooFewClasses(
          classNames: classNames, name: parts[0].name, hasNames: parts[0].reading?.hasNames ?? false))
    }
    if classNames.count > Vocabulary.mostLabels {
      try communicator.fail(with: LabelError.tooManyClasses(count: classNames.count, name: parts[0].name))
    }
    if classLabels.allSatisfy({ ClassNames.number($0) != nil }),
      let fractional = classLabels.filter({ ClassNames.number($0)?.rounded() != ClassNames.number($0) }).min()
    {
      try communicator.fail(with: LabelError.fractional(label: fractional, name: parts[0].name))
    }

    let numbers = Dictionary(uniqueKeysWithValues: classNames.enumerated().map { ($1, Int32($0)) })
    let areIntegers = classLabels.allSatisfy { ClassNames.integer($0) != nil }
    func name(_ label: String) -> String { areIntegers ? ClassNames.integer(label).map(String.init) ?? label : label }
    for (part, labels) in zip(parts, labels).dropFirst() {
      guard let unknown = labels.filter({ numbers[name($0)] == nil }).min() else { continue }
      try communicator.fail(with: LabelError.unknownClass(label: unknown, name: part.name, classNames: classNames))
    }
    func classNumber(_ text: String) -> Int32 { numbers[name(text)] ?? Shard.ignoredLabel }

    return try parts.map { part in
      let classNumbers = part.labelTexts.map(classNumber)
      let shards = part.shards.map { shard in
        Shard(index: shard.index, features: shard.features, labels: shard.labels.map { classNumbers[Int($0)] })
      }
      var counts = [Int64](repeating: 0, count: layout.shardCount)
      for shard in shards { counts[shard.index] = Int64(shard.sampleCount) }
      return Dataset(
        name: part.name, columns: part.columns, classNames: classNames, layout: layout, shards: shards,
        sampleCounts: try communicator.sum(counts).map { Int($0) })
    }
  }
}
