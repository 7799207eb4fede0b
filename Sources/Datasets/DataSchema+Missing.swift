extension DataSchema {
  /// The numbers among the texts that stand for a missing value. A column of numbers has it where a value is equal to
  /// one of them, however it is written.
  public var missingNumbers: [Double] {
    missing.compactMap { ColumnReading.plain.value($0) }.filter(\.isFinite)
  }
}
