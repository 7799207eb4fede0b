public import Collectives
public import Datasets
internal import Kernels
internal import Tensors

/// What tells one data set from another: its size, and a checksum of every feature and label as the training sees
/// them. It does not depend on the ranks, nor on where the data lies and how it is packed.
public struct DataFingerprint: Codable, Equatable, Sendable {
  /// What tells one part of the data from another.
  public struct Part: Codable, Equatable, Sendable {
    public let samples: Int
    public let features: Int
    public let classes: [String]
    /// Of the shards' checksums, in their order.
    public let checksum: String
  }

  public let training: Part
  public let validation: Part?
  /// What is judged once, at the end. (Version 0.1.0 had none.)
  public let test: Part?

  /// Each rank computes the checksums of its own shards. Collective.
  public init(
    training: Dataset, validation: Dataset?, test: Dataset? = nil, over communicator: some Communicator
  ) throws(CollectiveError) {
    self.training = try Part(training, over: communicator)
    self.validation = try validation.map { dataset throws(CollectiveError) in try Part(dataset, over: communicator) }
    self.test = try test.map { dataset throws(CollectiveError) in try Part(dataset, over: communicator) }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", … (\(names.count) in all)" : "")
  }

  /// "the validation part", where it has the same samples in the same order as the training part; nil where it has not.
  public var partOfSameSamples: String? {
    validation == training ? "the validation part" : test == training ? "the test part" : nil
  }

  /// What differs in `other`, in words: "its training part has 99 samples instead of 100"; nil where nothing does.
  public func difference(from other: DataFingerprint) -> String? {
    let parts = [
      ("training", training, other.training), ("validation", validation, other.validation), ("test", test, other.test),
    ]
    for (name, own, their) in parts where own != their {
      guard let own, let their else { return "one of them has no \(name) part" }
      func differs<Value: Equatable>(_ value: (Part) -> Value) -> String? {
        value(own) == value(their) ? nil : "\(value(their)) instead of \(value(own))"
      }
      let differences = [
        differs { "\($0.samples) samples" }, differs { "\($0.features) features" },
        differs { "classes \(Self.list($0.classes))" },
      ].compactMap { $0 }
      guard !differences.isEmpty else {
        return """
          its \(name) part has other values in as many samples and features (or the same in a text that is written otherwise: its \
          bytes cut the shards)
          """
      }
      return "its \(name) part has \(differences.joined(separator: ", "))"
    }
    return nil
  }
}

extension DataFingerprint.Part {
  fileprivate init(_ dataset: Dataset, over communicator: some Communicator) throws(CollectiveError) {
    var checksums = [Int64](repeating: 0, count: dataset.layout.shardCount)
    for shard in dataset.shards {
      checksums[shard.index] = Int64(bitPattern: Self.checksum(of: shard, expandedBy: dataset.expansion))
    }
    // Each number is there on one rank alone: the sum brings them together.
    checksums = try communicator.sum(checksums)
    let words = checksums.flatMap { [Int32(truncatingIfNeeded: $0), Int32(truncatingIfNeeded: $0 >> 32)] }
    self.init(
      samples: dataset.sampleCount, features: dataset.featureCount, classes: dataset.classNames,
      checksum: String(Kernels.checksum(of: words), radix: 16))
  }

  /// Rows that are expanded at a time.
  private static let expandedRows = 256

  private static func checksum(of shard: Shard, expandedBy expansion: RowEncoder?) -> UInt64 {
    var sum = Kernels.checksum(of: shard.labels)
    switch shard.features {
    case .dense(let matrix):
      guard let expansion else {
        for row in 0..<matrix.rows { sum = Kernels.checksum(of: matrix.row(row), after: sum) }
        break
      }
      let expanded = Matrix(zeros: min(matrix.rows, expandedRows), expansion.width)
      for start in stride(from: 0, to: matrix.rows, by: expandedRows) {
        let features = expanded.prefix(rows: min(expandedRows, matrix.rows - start))
        expansion.write(matrix.rows(start..<(start + features.rows)), into: features)
        for row in 0..<features.rows { sum = Kernels.checksum(of: features.row(row), after: sum) }
      }
    case .sparse(let matrix):
      sum = Kernels.checksum(of: matrix.starts.map { Int32(truncatingIfNeeded: $0) }, after: sum)
      sum = Kernels.checksum(of: matrix.entryColumns, after: sum)
      sum = Kernels.checksum(of: matrix.values.map { Int32(bitPattern: $0.bitPattern) }, after: sum)
    }
    return sum
  }
}
