public import Collectives
internal import Tensors

/// Labels become classes.
extension Table {
  /// The table for training, whose labels say which classes there are. Collective.
  ///
  /// - Parameters:
  ///   - raw: Its rows are those of the table from then on.
  ///   - ignoredLabel: The label whose samples are ignored; it is no class.
  /// - Throws: `AgreedFailure` with a `LabelError`; `CollectiveError`.
  public init(
    _ raw: consuming RawDataset, ignoring ignoredLabel: Int?, layout: ShardLayout, over communicator: some Communicator
  ) throws {
    let all = try ClassNames.gathered(Set(raw.labelTexts), over: communicator)
    let labels = all.filter { !ClassNames.isIgnored($0, ignoredLabel) }
    let classNames = ClassNames.ordered(labels)
    // Every rank has the same labels before it, so every rank finds the same fault.
    if classNames.count < 2 {
      try communicator.fail(
        with: LabelError.tooFewClasses(
          classNames: classNames, name: raw.name, hasNames: raw.reading?.hasNames ?? false,
          isOfPairs: raw.isRowsOfPairs,
          ignored: labels.count < all.count ? ignoredLabel : nil))
    }
    if classNames.count > Vocabulary.mostLabels {
      try communicator.fail(with: LabelError.tooManyClasses(count: classNames.count, name: raw.name))
    }
    if raw.reading?.hasTextLabels != true, labels.allSatisfy({ ClassNames.number($0) != nil }),
      let fractional = labels.filter({ ClassNames.number($0)?.rounded() != ClassNames.number($0) }).min()
    {
      try communicator.fail(
        with: LabelError.fractional(
          label: fractional, name: raw.name, column: raw.reading?.labelName, isOfPairs: raw.isRowsOfPairs))
    }
    try self.init(raw, ClassNumbers(classNames), layout: layout, over: communicator)
  }

  /// A table that goes with another: its classes are those of that. Collective.
  ///
  /// - Throws: `AgreedFailure` with `LabelError.unknownClass`; `CollectiveError`.
  public init(
    _ raw: consuming RawDataset, withClassesOf training: borrowing Table, ignoring ignoredLabel: Int?,
    over communicator: some Communicator
  ) throws {
    let numbers = ClassNumbers(training.classNames)
    let labels = try raw.labels(ignoring: ignoredLabel, over: communicator)
    if let unknown = labels.filter({ numbers[$0] == nil }).min() {
      try communicator.fail(
        with: LabelError.unknownClass(label: unknown, name: raw.name, classNames: training.classNames))
    }
    try self.init(raw, numbers, layout: training.layout, over: communicator)
  }

  private init(
    _ raw: consuming RawDataset, _ numbers: ClassNumbers, layout: ShardLayout, over communicator: some Communicator
  ) throws(CollectiveError) {
    let classes = raw.labelTexts.map { numbers[$0] ?? Shard.ignoredLabel }
    let shards = raw.shards.map { shard in
      Shard(
        index: shard.index, features: shard.features, labels: shard.labels.map { classes[Int($0)] }, shard.places)
    }
    self.init(
      try ShardedSamples(
        name: raw.name, classNames: numbers.names, layout: layout, shards: shards, over: communicator),
      columns: raw.columns, reading: raw.reading)
  }
}

extension RawDataset {
  /// Every label that any rank met, but the one that is ignored. Collective.
  fileprivate func labels(ignoring ignored: Int?, over communicator: some Communicator) throws -> Set<String> {
    try ClassNames.gathered(Set(labelTexts), over: communicator)
      .filter { !ClassNames.isIgnored($0, ignored) }
  }
}
