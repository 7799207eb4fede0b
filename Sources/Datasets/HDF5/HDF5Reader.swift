public import Collectives
public import Failures
internal import Tensors

/// Reads features and labels from datasets of HDF5 files: "data.h5:/x", or "data.h5" where the file has one
/// matrix and one vector. A rank reads the rows of its own shards.
///
/// Only in a program that was built with the trait HDF5.
public struct HDF5Reader: DatasetReader {
  public let path: String
  public let labelsPath: String?
  /// The columns of the data that this goes with.
  private let training: [FeatureColumn]?
  private let progress: ReadingProgress

  /// - Parameter labelsPath: Nil for the only vector of the features' file.
  public init(
    path: String, labelsPath: String?, training: [FeatureColumn]? = nil, progress: ReadingProgress = .none
  ) {
    self.training = training
    self.path = path
    self.progress = progress
    self.labelsPath = labelsPath
  }

  static let suffixes = [".h5", ".hdf5"]

  #if HDF5
    public func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset {
      let (features, labels) = try communicator.agree {
        let (features, labels) = try datasets()
        guard features.shape.count >= 2, features.rowCount > 0, features.rowSize > 0 else {
          throw HDF5Error.wrongShape(name: features.name, shape: features.shape, expected: "rows of features, [N, …]")
        }
        guard labels.rowSize == 1 else {
          throw HDF5Error.wrongShape(name: labels.name, shape: labels.shape, expected: "a vector of labels, [N]")
        }
        guard labels.rowCount == features.rowCount else {
          throw HDF5Error.wrongLength(name: labels.name, labels: labels.rowCount, rows: features.rowCount)
        }
        return (features, labels)
      }
      try communicator.requireSame("\(features.shape) \(labels.shape)", "the file \(path)")
      return try communicator.agree {
        let columns = FeatureColumn.columns(
          Array(0..<features.rowSize),
          ofRows: Array(try features.rows(0..<min(FeatureColumn.sampledRows, features.rowCount))),
          width: features.rowSize, as: training)
        var vocabulary = Vocabulary(most: Vocabulary.mostLabels)
        let own = layout.shards(ofRank: communicator.rank)
        try MemoryError.check(
          ofShards: own, layout, rows: features.rowCount, columns: features.rowSize, path: path)
        let shards = try own.map { shard in
          try progress.begin(shard: shard, of: own, in: path)
          let rows = layout.range(ofShard: shard, in: features.rowCount)
          return RawDataset.Shard(
            index: shard, features: .dense(try matrix(features, rows: rows, less: columns.map(\.offset))),
            labels: try numbers(labels, rows: rows, in: &vocabulary))
        }
        return RawDataset(
          name: path, columns: columns,
          labelTexts: vocabulary.texts, shards: shards)
      }
    }

    private func datasets() throws(HDF5Error) -> (features: HDF5Dataset, labels: HDF5Dataset) {
      let place = MemberPath(path, suffixes: Self.suffixes)
      let labels = labelsPath.map { MemberPath($0, suffixes: Self.suffixes) }
      if let member = place.member, let labels, let labelMember = labels.member {
        return (
          try HDF5Dataset(try HDF5File(path: place.path), member),
          try HDF5Dataset(try HDF5File(path: labels.path), labelMember)
        )
      }
      let file = try HDF5File(path: place.path)
      var (matrices, vectors): ([HDF5Dataset], [HDF5Dataset]) = ([], [])
      for name in file.names {
        guard let dataset = try? HDF5Dataset(file, name) else { continue }
        if dataset.shape.count == 1 { vectors.append(dataset) } else { matrices.append(dataset) }
      }
      if let member = place.member { matrices = [try HDF5Dataset(file, member)] }
      if let labels, let member = labels.member { vectors = [try HDF5Dataset(try HDF5File(path: labels.path), member)] }
      guard matrices.count == 1, vectors.count == 1 else {
        throw .unclearDatasets(path: place.path, names: file.names)
      }
      return (matrices[0], vectors[0])
    }

    private func matrix(
      _ dataset: HDF5Dataset, rows: Range<Int>, less offsets: [Double]
    ) throws(HDF5Error) -> Matrix {
      let matrix = Matrix(zeros: rows.count, dataset.rowSize)
      // Some rows at a time: an element takes eight bytes here.
      for start in stride(from: rows.lowerBound, to: rows.upperBound, by: 256) {
        let some = start..<min(start + 256, rows.upperBound)
        for (index, value) in try dataset.rows(some).enumerated() {
          let column = index % dataset.rowSize
          let float = Float(value - offsets[column])
          guard float.isFinite else {
            throw .notFinite(name: dataset.name, row: start + index / dataset.rowSize, value: value)
          }
          matrix[start - rows.lowerBound + index / dataset.rowSize, column] = float
        }
      }
      return matrix
    }

    private func numbers(
      _ dataset: HDF5Dataset, rows: Range<Int>, in vocabulary: inout Vocabulary
    ) throws(HDF5Error) -> [Int32] {
      var numbers: [Int32] = []
      for (row, value) in zip(rows, try dataset.rows(rows)) {
        guard let label = Int(exactly: value), label.magnitude < 1 << 53 else {
          throw .badLabel(name: dataset.name, row: row, value: value)
        }
        guard let number = vocabulary.number(of: String(label)) else { throw .tooManyLabels(name: dataset.name) }
        numbers.append(number)
      }
      return numbers
    }
  #else
    public func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset {
      try communicator.fail(with: HDF5Error.notBuilt(path: path))
    }
  #endif
}

/// HDF5 data that cannot be used.
public enum HDF5Error: Failure, Equatable {
  case notBuilt(path: String)
  case cannotOpen(path: String)
  case noSuchDataset(path: String, name: String, names: [String])
  case unclearDatasets(path: String, names: [String])
  case notNumbers(name: String)
  case cannotRead(name: String, rows: Range<Int>)
  case wrongShape(name: String, shape: [Int], expected: String)
  case wrongLength(name: String, labels: Int, rows: Int)
  case notFinite(name: String, row: Int, value: Double)
  case badLabel(name: String, row: Int, value: Double)
  case tooManyLabels(name: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .notBuilt, .noSuchDataset, .unclearDatasets: .badConfiguration
    case .cannotOpen: .noInput
    default: .badData
    }
  }

  public var description: String {
    switch self {
    case .notBuilt(let path):
      """
      \(path): this program was built without HDF5. Build it with CW_DIST_TRAIN_HDF5=1 launch/run (which installs \
      libhdf5-dev), or convert the data to .npy.
      """
    case .cannotOpen(let path):
      "cannot open \(path) as HDF5: there is no such file, it may not be read, or it is damaged"
    case .noSuchDataset(let path, let name, let names):
      "\(path) has no dataset \"\(name)\"; it has \(Self.list(names))"
    case .unclearDatasets(let path, let names):
      """
      \(path) holds \(Self.list(names)): which are features and labels is unclear. Name them as DATA and by --labels: \
      \(path):NAME
      """
    case .notNumbers(let name):
      "\(name) holds no integers or floating-point numbers"
    case .cannotRead(let name, let rows):
      "\(name): rows \(rows.lowerBound) to \(rows.upperBound) cannot be read: the file is damaged, or packed by a filter that is missing here"
    case .wrongShape(let name, let shape, let expected):
      "\(name) has shape \(shape); expected \(expected)"
    case .wrongLength(let name, let labels, let rows):
      "\(name) has \(labels) labels for \(rows) rows of features"
    case .notFinite(let name, let row, let value):
      "\(name), row \(row) (from 0): \(value) is not a finite number that a 32-bit float can hold"
    case .badLabel(let name, let row, let value):
      "\(name), row \(row) (from 0): label \(value) is not an integer class"
    case .tooManyLabels(let name):
      "\(name): more than \(Vocabulary.mostLabels) different labels; this looks like a measurement, not a class"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "no datasets" : names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
  }
}
