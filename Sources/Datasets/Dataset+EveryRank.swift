public import Collectives
internal import Tensors

extension LabeledSamples where Self: ~Copyable {
  /// The bytes of all its samples, over all ranks, as they are kept. The same on all ranks. Collective.
  public func byteCount(over communicator: some Communicator) throws(CollectiveError) -> Int {
    try communicator.sum(
      shards.reduce(0) { total, shard in
        let features =
          switch shard.features {
          case .dense(let matrix): matrix.rows * matrix.columns * MemoryLayout<Float>.stride
          case .sparse(let matrix): matrix.entryCount * 2 * MemoryLayout<Float>.stride
          }
        return total + features + shard.sampleCount * MemoryLayout<Int32>.stride
      })
  }

  /// Whether all its samples may be kept on every rank, for work that each does alone. The same on all ranks. Collective.
  public func fitsOnEveryRank(over communicator: some Communicator) throws(CollectiveError) -> Bool {
    try byteCount(over: communicator) <= 64 << 20
  }
}

extension Dataset {
  /// All its samples as a data set of one rank, in the same shards; on every rank. Collective.
  public func onEveryRank(over communicator: some Communicator) throws -> Dataset {
    Dataset(
      try samples.onEveryRank(over: communicator), featureNames: featureNames, columns: columns, expansion: expansion,
      entriesPerSample: entriesPerSample)
  }
}

extension ShardedSamples {
  /// All of them as those of one rank, on every rank. Collective.
  func onEveryRank(over communicator: some Communicator) throws -> ShardedSamples {
    let alone = try ShardLayout(shardCount: layout.shardCount, rankCount: 1)
    var all: [Shard] = []
    for rank in 0..<communicator.size {
      for index in layout.shards(ofRank: rank) {
        let own = shards.first { $0.index == index }.map { ShardBytes.encode($0) }
        all.append(ShardBytes.decode(try communicator.broadcast(own ?? [], from: rank), index: index))
      }
    }
    return with(all, ofOneRank: alone)
  }
}

/// A shard as bytes, for other ranks of the same program.
private enum ShardBytes {
  static func encode(_ shard: Shard) -> [UInt8] {
    var bytes: [UInt8] = []
    let selected = shard.places.selected
    append([shard.places.recordCount, selected == nil ? 0 : 1], to: &bytes)
    if let selected { append([selected.count], to: &bytes) }
    append(selected ?? [], to: &bytes)
    switch shard.features {
    case .dense(let matrix):
      append([shard.sampleCount, matrix.columns, -1], to: &bytes)
      append(shard.labels, to: &bytes)
      for row in 0..<matrix.rows { bytes += matrix.row(row).bytes }
    case .sparse(let matrix):
      append([shard.sampleCount, matrix.columns, matrix.entryCount], to: &bytes)
      append(shard.labels, to: &bytes)
      append(matrix.starts, to: &bytes)
      append(matrix.entryColumns, to: &bytes)
      append(matrix.values.map(\.bitPattern), to: &bytes)
    }
    return bytes
  }

  static func decode(_ bytes: [UInt8], index: Int) -> Shard {
    var rest = bytes[...]
    let records = take(2, of: Int.self, from: &rest)
    var selected: [UInt32]?
    if records[1] == 1 { selected = take(take(1, of: Int.self, from: &rest)[0], of: UInt32.self, from: &rest) }
    let places = RowPlaces(recordCount: records[0], selected: selected)
    let head = take(3, of: Int.self, from: &rest)
    let (rows, columns, entries) = (head[0], head[1], head[2])
    let labels = take(rows, of: Int32.self, from: &rest)
    guard entries >= 0 else {
      let features = Vector(bytes: rest).matrix(rows: rows, columns: columns)
      return Shard(index: index, features: .dense(features), labels: labels, places)
    }
    let starts = take(rows + 1, of: Int.self, from: &rest)
    let entryColumns = take(entries, of: Int32.self, from: &rest)
    let values = take(entries, of: UInt32.self, from: &rest).map { Float(bitPattern: $0) }
    let matrix = SparseMatrix(columns: columns, starts: starts, entryColumns: entryColumns, values: values)
    return Shard(index: index, features: .sparse(matrix), labels: labels, places)
  }

  private static func append<Number: FixedWidthInteger>(_ numbers: [Number], to bytes: inout [UInt8]) {
    for number in numbers {
      for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
  }

  private static func take<Number: FixedWidthInteger>(
    _ count: Int, of type: Number.Type, from bytes: inout ArraySlice<UInt8>
  ) -> [Number] {
    let width = Number.bitWidth / 8
    var place = bytes.startIndex
    var numbers: [Number] = []
    numbers.reserveCapacity(count)
    for _ in 0..<count {
      var number: Number = 0
      for byte in 0..<width { number |= Number(truncatingIfNeeded: bytes[place + byte]) << (8 * byte) }
      numbers.append(number)
      place += width
    }
    bytes = bytes[place...]
    return numbers
  }
}
