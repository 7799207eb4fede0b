public import Collectives
public import Failures

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
      var arrays = try communicator.agree {
        let (features, labels) = try datasets()
        return try LabeledArrays(features) {
          guard let labels else { throw HDF5Error.unclearDatasets(path: path, names: []) }
          return labels
        }
      }
      try communicator.requireSame(arrays.form, "the file \(path)")
      return try communicator.agree {
        try arrays.read(path, as: training, layout: layout, rank: communicator.rank, progress: progress)
      }
    }

    /// - Parameter needsLabels: Whether there must be some.
    func datasets(needsLabels: Bool = true) throws(HDF5Error) -> (features: HDF5Dataset, labels: HDF5Dataset?) {
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
      guard matrices.count == 1, vectors.count == 1 || !needsLabels else {
        throw .unclearDatasets(path: place.path, names: file.names)
      }
      return (matrices[0], vectors.count == 1 ? vectors[0] : nil)
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
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "no datasets" : names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
  }
}
