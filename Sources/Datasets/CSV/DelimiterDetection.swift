internal import Configuration

/// What is between the fields of a table.
enum DelimiterDetection {
  /// The sample that is cut by the right delimiter: the one by which all records have as many fields, and no quotes stand
  /// within them. Of several, not a space, which often stands in texts; the one that makes the larger share of the columns
  /// numbers, and of equals a tab.
  ///
  /// - Parameter samples: One for each delimiter that may be.
  /// - Throws: `CSVError.unclearDelimiter`
  static func choose(
    _ samples: [CSVSample], _ bytes: Span<UInt8>, path: String, options: CSVOptions
  ) throws(CSVError) -> CSVSample {
    if samples.count == 1 { return samples[0] }
    let tables = [
      samples.filter(\.isEven), samples.filter(\.isEvenBelowFirst), samples.filter { $0.isEvenButForNames(bytes) },
    ]
    // The best kind of tables that there are.
    let kinds = [true, false].flatMap { areClean in
      tables.flatMap { tables in
        [false, true].map { areBySpaces in
          tables.filter { $0.hasStrayQuotes(bytes) != areClean && $0.scanner.isAligned == areBySpaces }
        }
      }
    }
    guard let even = kinds.first(where: { !$0.isEmpty }) else {
      // By the most usual number of fields; what is uneven is told when the records are read.
      let tables = samples.filter { $0.usualFieldCount.count >= 2 && !$0.scanner.isAligned }
      func rank(_ sample: CSVSample) -> (Double, Int) { (sample.usualFieldCount.share, sample.usualFieldCount.count) }
      return tables.max { rank($0) < rank($1) } ?? samples[0]
    }
    if even.count == 1 { return even[0] }
    let shares = even.map { numericShare($0, bytes, options) }
    let most = shares.max() ?? 0
    let best = zip(even, shares).filter { $0.1 == most }.map(\.0)
    guard best.count > 1 else { return best[0] }
    if let tabs = best.first(where: { $0.scanner.delimiter == UInt8(ascii: "\t") }) { return tabs }
    throw .unclearDelimiter(
      path: path,
      readings: best.map { sample in
        let fields = sample.texts(0, in: bytes)
        return
          "By \(name(sample.scanner.delimiter)), line 1 is \(fields.count) fields: \(CSVError.list(fields, most: 6))."
      })
  }

  /// The share of the columns that are numbers or times.
  private static func numericShare(_ sample: CSVSample, _ bytes: Span<UInt8>, _ options: CSVOptions) -> Double {
    let count = sample.usualFieldCount.count
    var surveys = [ColumnSurvey](repeating: ColumnSurvey(), count: count)
    // The first line may be names.
    for record in sample.records.count > 1 ? sample.records.dropFirst() : sample.records[...] {
      for (column, field) in record.prefix(count).enumerated() {
        let text = sample.scanner.text(bytes, field) ?? ""
        surveys[column].add(text, isQuoted: false, isMissing: options.missing.contains(text))
      }
    }
    return Double(surveys.count(where: \.isNumeric)) / Double(max(count, 1))
  }

  /// "comma"
  static func name(_ delimiter: UInt8) -> String {
    switch delimiter {
    case UInt8(ascii: ","): "comma"
    case UInt8(ascii: "\t"): "tab"
    case UInt8(ascii: ";"): "semicolon"
    case UInt8(ascii: "|"): "pipe"
    case CSVScanner.space: "space"
    default: String(UnicodeScalar(delimiter))
    }
  }
}

/// Which mark a file's numbers have before their fractions: one for the whole file.
enum DecimalDetection {
  /// - Throws: `CSVError.mixedDecimals`, `.unclearDecimal`
  static func mark(
    _ surveys: [ColumnSurvey], names: [String], delimiter: UInt8, path: String, options: CSVOptions
  ) throws(CSVError) -> DecimalMark {
    if let decimal = options.decimal { return decimal }
    let point = surveys.lazy.compactMap { $0.proof(of: .point) }.first
    let comma = surveys.lazy.compactMap { $0.proof(of: .comma) }.first
    switch (point, comma) {
    case (let point?, let comma?): throw .mixedDecimals(path: path, point: point, comma: comma)
    case (nil, _?): return .comma
    case (_?, nil): return .point
    case (nil, nil): break
    }
    // Who wrote both with the same delimiter wrote numbers alike, too.
    let training = options.training?.schema
    if let training, training.delimiter.utf8.elementsEqual([delimiter]) { return training.decimal }
    func isUnclear(_ survey: ColumnSurvey) -> Bool {
      switch training?.decimal {
      case nil: survey.isUnclear(delimiter)
      case .comma: survey.isUndecided
      case .point:
        survey.hasUnclearCommas ? survey.isUnclear(delimiter) : delimiter == UInt8(ascii: ";") && survey.isUndecided
      }
    }
    if let column = surveys.firstIndex(where: isUnclear), let text = surveys[column].firstUnclear {
      func reading(_ mark: DecimalMark) -> String {
        guard case .number(let form)? = surveys[column].reading(mark), let value = form.value(text) else { return text }
        return "\(value)"
      }
      throw .unclearDecimal(
        path: path, column: names[column], text: text, asPoint: reading(.point), asComma: reading(.comma))
    }
    return training?.decimal ?? .point
  }
}
