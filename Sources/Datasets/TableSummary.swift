public import Collectives
internal import Tensors

/// What a table holds, column by column: for people who want to see what was read.
public struct TableSummary: Equatable, Sendable {
  /// What a column holds.
  public struct Column: Equatable, Sendable {
    public let name: String
    public let kind: Kind
    /// Rows without a value.
    public let missing: Int
    /// Of numbers, where there are any: the least, the largest, the mean. Of times in seconds.
    public let range: Range?
    /// Of categories.
    public let levels: [String]
    /// Of numbers that are all whole, and 3 to 10 different ones: how many, since they may be codes of categories. (It
    /// makes no difference to two.)
    public let wholeNumbers: Int?

    public struct Range: Equatable, Sendable {
      public let minimum: Double
      public let maximum: Double
      public let mean: Double
    }
  }

  /// What a column is of.
  public enum Kind: String, Sendable {
    case number
    case time
    case category
  }

  public let rowCount: Int
  public let columns: [Column]

  /// Of rows that are not sparse. Collective.
  public init(_ table: borrowing Table, over communicator: some Communicator) throws {
    let count = table.columns.count
    var counts = [Int64](repeating: 0, count: count + 1)
    // NaN for no value.
    var (least, most) = ([Double](repeating: .nan, count: count), [Double](repeating: .nan, count: count))
    var numbers = [FewNumbers](repeating: FewNumbers(), count: count)
    var sums = FixedOrderSum(over: communicator, layout: table.layout, shape: .init(floatCount: 0, doubleCount: count))
    for shard in table.shards {
      let features = shard.features.dense
      var totals = [Double](repeating: 0, count: count)
      for row in 0..<features.rows {
        let values = features.row(row)
        for column in 0..<count {
          guard !values[column].isNaN else {
            counts[column] += 1
            continue
          }
          let value = Double(values[column])
          totals[column] += value
          numbers[column].insert(values[column])
          least[column] = Double.minimum(least[column], value)
          most[column] = Double.maximum(most[column], value)
        }
      }
      counts[count] += Int64(features.rows)
      let part = sums.nextPart
      for column in 0..<count { part[double: column] = totals[column] }
      sums.commit()
    }
    let total = try sums.total()
    let allCounts = try communicator.sum(counts)
    let rows = Int(allCounts[count])
    // Some columns at a time: every rank gets those of all.
    let all = least + most
    for start in stride(from: 0, to: all.count, by: 4_096) {
      let range = start..<min(start + 4_096, all.count)
      let parts = try communicator.allgather(Self.bytes(Array(all[range]))).map(Self.numbers)
      for (offset, place) in range.enumerated() {
        let values = parts.map { $0[offset] }
        if place < count {
          least[place] = values.reduce(.nan, Double.minimum)
        } else {
          most[place - count] = values.reduce(.nan, Double.maximum)
        }
      }
    }
    for start in stride(from: 0, to: count, by: 4_096) {
      let range = start..<min(start + 4_096, count)
      let parts = try communicator.allgather(range.flatMap { numbers[$0].bytes })
      for (offset, column) in range.enumerated() {
        let place = offset * FewNumbers.byteCount
        numbers[column] = parts.reduce(into: FewNumbers()) {
          $0.formUnion(FewNumbers(bytes: $1[place..<(place + FewNumbers.byteCount)]))
        }
      }
    }
    rowCount = rows
    columns = table.columns.enumerated().map { index, column in
      let known = rows - Int(allCounts[index])
      var range: Column.Range?
      if column.kind == .numeric, known > 0 {
        range = Column.Range(
          minimum: column.offset + least[index],
          maximum: column.offset + most[index],
          mean: column.offset + total[double: index] / Double(known))
      }
      return Column(
        name: column.name, kind: column.kind != .numeric ? .category : column.isTime ? .time : .number,
        missing: Int(allCounts[index]), range: range, levels: column.levels,
        wholeNumbers: column.mayHoldCodes ? numbers[index].values.map(\.count).flatMap { $0 >= 3 ? $0 : nil } : nil)
    }
  }

  private static func bytes(_ numbers: [Double]) -> [UInt8] {
    numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt64($0))) } }
  }

  private static func numbers(_ bytes: [UInt8]) -> [Double] {
    stride(from: 0, to: bytes.count, by: 8).map { start in
      Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) })
    }
  }
}

extension FeatureColumn {
  /// Whether its numbers are plain ones.
  fileprivate var mayHoldCodes: Bool { kind == .numeric && unit == .none && offset == 0 }
}
