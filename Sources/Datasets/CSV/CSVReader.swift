public import Collectives
internal import Files
internal import Tensors

/// Reads delimited text: columns of numbers and of categories, and one column of labels. A rank parses
/// only the records of its own shards.
public struct CSVReader: DatasetReader {
  public let path: String
  public let options: CSVOptions
  private let progress: ReadingProgress

  public init(path: String, options: CSVOptions, progress: ReadingProgress = .none) {
    self.path = path
    self.options = options
    self.progress = progress
  }

  public func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset {
    let (text, header, plan) = try communicator.agree {
      let text = try DelimitedText(path: path, progress: progress)
      let header = try text.withHead { bytes throws(CSVError) in
        try CSVHeader(bytes, isWhole: bytes.count == text.size, path: path, options: options)
      }
      let plan =
        try options.training.map { training throws(CSVError) in
          try ColumnPlan(header, path: path, options: options, as: training)
        } ?? ColumnPlan(header, path: path, options: options)
      return (text, header, plan)
    }
    try communicator.requireSame(
      "\(text.size) \(header.dataStart) \(plan.labelColumn ?? -1) \(header.columnNames)", "the file \(path)")
    let records = try TextShards(
      text, data: header.dataStart..<text.size, layout: layout, header.scanner, over: communicator)

    // Fields are taken for numbers; those of columns that turn out to be others are read again.
    var parser = RecordParser(path: path, header: header, plan: plan, options: options)
    var shards: [RawDataset.Shard] = []
    try communicator.agree {
      if records.endsQuoted { throw openQuotes(text, header) }
      let endsQuoted = try text.forEachShard(records, ofRank: communicator.rank) { index, bytes, range, place in
        var milestones = records.milestones(progress, "reading", path, ofRank: communicator.rank, place)
        shards.append(
          try parser.shard(
            index, bytes, recordsBeginningIn: range, linesBefore: place.lines, milestones: &milestones))
      }
      if endsQuoted { throw openQuotes(text, header) }
    }
    let totals = try ColumnTotals(
      parser.tallies, rowCount: shards.reduce(0) { $0 + $1.labels.count }, over: communicator)
    let areCategorical = try plan.areCategorical(
      parser.tallies, totals, toleratesTexts: options.skipsBadRows, over: communicator)
    try plan.checkNumbers(
      parser.tallies, totals, areCategorical: areCategorical, delimiter: header.scanner.delimiter, path: path,
      over: communicator)
    var columns = plan.features.map {
      FeatureColumn(name: $0.name, offset: $0.offset, unit: $0.reading.unit)
    }
    var skipped = parser.skipped
    var unreadable: Set<RowPlace> = []
    if areCategorical.contains(true) {
      var categories = CategoryParser(
        path: path, header: header, plan: plan, options: options, areCategorical: areCategorical)
      try communicator.agree {
        var next = 0
        try text.forEachShard(records, ofRank: communicator.rank) { index, bytes, range, place in
          var milestones = records.milestones(
            progress, "reading the categories of", path, ofRank: communicator.rank, place)
          try categories.shard(
            bytes, recordsBeginningIn: range, linesBefore: place.lines, into: shards[next].features.dense,
            skipping: parser.skipped.starts[index] ?? [], milestones: &milestones)
          for row in categories.badRows { unreadable.insert(RowPlace(shard: index, row: row)) }
          next += 1
        }
      }
      if let error = categories.firstBad { skipped.add(error, count: unreadable.count) }
      for feature in plan.features.indices where areCategorical[feature] {
        let levels = try self.levels(ofFeature: feature, categories, plan, over: communicator)
        try plan.checkLevels(levels, ofFeature: feature, parser.tallies[feature], totals, over: communicator)
        categories.renumber(feature, by: levels, in: shards.map(\.features.dense))
        columns[feature] = FeatureColumn(
          name: plan.features[feature].name, kind: .categorical(levels: levels),
          hashCount: plan.features[feature].hashCount)
      }
    }
    if options.skipsBadRows {
      // Fields that are no numbers in columns that are of numbers.
      let texts = plan.features.indices.filter { !areCategorical[$0] }.map { parser.tallies[$0] }
      let rows = Set(texts.flatMap(\.rowsOfTexts)).subtracting(unreadable)
      if !rows.isEmpty {
        if let text = texts.lazy.compactMap(\.firstText).first {
          let noun = plan.features.first { $0.name == text.place.columnName }?.reading.noun ?? ColumnReading.plain.noun
          skipped.add(.notANumber(text.place, text: text.text, expected: noun, advice: ""), count: rows.count)
        } else if let text = texts.lazy.compactMap(\.firstInfinite).first {
          skipped.add(.notFinite(text.place, text: text.text), count: rows.count)
        }
      }
      let left = rows.union(unreadable)
      shards = shards.map { $0.without(left) }
    }
    var raw = RawDataset(
      name: path, columns: columns, labelTexts: parser.labels.texts, shards: shards,
      skippedRows: try communicator.sum(skipped.count), firstSkipped: skipped.first?.description,
      unknownColumns: plan.unknownColumns, reading: TableReading(header, plan))
    raw.vanished = columns.indices.filter { !areCategorical[$0] && totals.vanished[$0] > 0 }
      .map { (columns[$0].name, totals.vanished[$0]) }
    return raw
  }

  /// The levels of a feature: as demanded, or all that any rank met, by their bytes.
  private func levels(
    ofFeature feature: Int, _ categories: CategoryParser, _ plan: ColumnPlan, over communicator: some Communicator
  ) throws -> [String] {
    if case .categorical(let levels?) = plan.features[feature].demand { return levels }
    let levels = try ClassNames.gathered(Set(categories.vocabularies[feature].texts), over: communicator)
    guard levels.count <= FeatureColumn.mostLevels else {
      try communicator.fail(with: CSVError.tooManyLevels(path: path, column: plan.features[feature].name))
    }
    return levels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// With the line of the quote, where the text can be gone through for it.
  private func openQuotes(_ text: DelimitedText, _ header: CSVHeader) -> CSVError {
    guard !text.isPacked else { return .openQuotes(path: path, line: nil) }
    let line = text.withHead { bytes in
      var start = header.dataStart
      while let end = header.scanner.recordEnd(in: bytes, from: start, .recordStart, limit: bytes.count).end {
        start = end
      }
      return CSVScanner.line(of: start, in: bytes)
    }
    return .openQuotes(path: path, line: line)
  }
}
