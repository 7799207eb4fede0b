public import Failures

/// Where data comes from, as the user names it: a path, or "synthetic:…".
public enum DataSource: Equatable, Sendable {
  case synthetic(SyntheticData)
  case csv(path: String)
  case npy(path: String)
  case idx(path: String)

  public enum Format: String, CaseIterable, Sendable {
    case auto
    case csv
    case npy
    case idx
  }

  /// - Throws: `DataSourceError`
  public init(_ text: String, format: Format = .auto) throws(DataSourceError) {
    if text.hasPrefix("synthetic:") || text == "synthetic" {
      self = .synthetic(try SyntheticData(String(text.dropFirst("synthetic:".count))))
      return
    }
    switch format {
    case .csv: self = .csv(path: text)
    case .npy: self = .npy(path: text)
    case .idx: self = .idx(path: text)
    case .auto:
      let name = text.lowercased()
      if name.hasSuffix("-ubyte") || name.hasSuffix("-ubyte.gz") || name.hasSuffix(".idx") || name.hasSuffix(".idx.gz")
      {
        self = .idx(path: text)
        return
      }
      if name.hasSuffix(".csv.gz") || name.hasSuffix(".tsv.gz") || name.hasSuffix(".txt.gz") {
        self = .csv(path: text)
        return
      }
      for suffix in [".gz", ".npz", ".svm", ".libsvm", ".h5", ".hdf5"] where name.hasSuffix(suffix) {
        throw .unsupported(path: text, suffix: suffix)
      }
      self = name.hasSuffix(".npy") ? .npy(path: text) : .csv(path: text)
    }
  }
}

/// A name of data that means nothing.
public enum DataSourceError: Failure, Equatable {
  case unsupported(path: String, suffix: String)
  case labelsBesideOtherFormat(labels: String, data: String)
  case unknownSyntheticKey(key: String)
  case badSyntheticValue(key: String, value: String, expected: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .unsupported: .badData
    case .labelsBesideOtherFormat: .badConfiguration
    case .unknownSyntheticKey, .badSyntheticValue: .usage
    }
  }

  public var description: String {
    switch self {
    case .unsupported(let path, let suffix):
      "\(path): \(suffix) files cannot be read; unpack or convert it to CSV or .npy (or say --format csv or npy if it is one)"
    case .labelsBesideOtherFormat(let labels, let data):
      "--labels \(labels): only .npy and IDX features have labels in a file of their own; \(data) holds its labels itself (--label names the column)"
    case .unknownSyntheticKey(let key):
      """
      synthetic: has no "\(key)"; it takes samples=1000,features=10,classes=3,priors=0.8/0.1/0.1,separation=1,seed=0
      """
    case .badSyntheticValue(let key, let value, let expected):
      "synthetic: \(key)=\(value): expected \(expected)"
    }
  }
}
