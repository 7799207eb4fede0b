public import Configuration
public import Failures

/// Where data comes from, as the user names it: a path, or "synthetic:…".
public enum DataSource: Equatable, Sendable {
  case synthetic(SyntheticData)
  case csv(path: String)
  case npy(path: String)
  case idx(path: String)
  case svmlight(path: String)
  case hdf5(path: String)

  /// - Throws: `DataSourceError`
  public init(_ text: String, format: DataFormat = .auto) throws(DataSourceError) {
    if text.hasPrefix("synthetic:") || text == "synthetic" {
      self = .synthetic(try SyntheticData(String(text.dropFirst("synthetic:".count))))
      return
    }
    switch format {
    case .csv: self = .csv(path: text)
    case .npy: self = .npy(path: text)
    case .idx: self = .idx(path: text)
    case .svmlight: self = .svmlight(path: text)
    case .hdf5: self = .hdf5(path: text)
    case .auto:
      guard let named = DataFormat.named(text) else {
        throw .unsupported(path: text, suffix: "." + text.split(separator: ".").suffix(2).joined(separator: "."))
      }
      try self.init(text, format: named)
    }
  }
}

extension DataSource {
  /// What is read of it, as it is typed, or found by it.
  ///
  /// - Parameters:
  ///   - text: Its name.
  ///   - labels: The file of its labels, where one is named.
  ///   - findsLabels: Whether labels are read that are found by the name of the data.
  func files(named text: String, labels: String?, findsLabels: Bool = true) -> [String] {
    switch self {
    case .synthetic: []
    case .idx(let path):
      [path, labels ?? (findsLabels ? try? IDXReader(path: path, labelsPath: nil).pathOfLabels() : nil)].compactMap {
        $0
      }
    case .npy: [text, labels].compactMap { $0.map { MemberPath($0, suffixes: [".npz"]).path } }
    case .hdf5: [text, labels].compactMap { $0.map { MemberPath($0, suffixes: HDF5Reader.suffixes).path } }
    case .csv, .svmlight: [text]
    }
  }
}

/// A name of data that means nothing.
public enum DataSourceError: Failure, Equatable {
  case unsupported(path: String, suffix: String)
  case labelsBesideOtherFormat(labels: String, data: String)
  /// `takers` says which data has a use for the option.
  case optionOfOtherFormat(option: String, takers: String, data: String)
  case unknownSyntheticKey(key: String)
  case badSyntheticValue(key: String, value: String, expected: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .unsupported: .badData
    case .labelsBesideOtherFormat, .optionOfOtherFormat: .badConfiguration
    case .unknownSyntheticKey, .badSyntheticValue: .usage
    }
  }

  public var description: String {
    switch self {
    case .unsupported(let path, let suffix):
      "\(path): \(suffix) files cannot be read; unpack or convert it to CSV or .npy (or say by --format what it is)"
    case .labelsBesideOtherFormat(let labels, let data):
      "--labels \(labels): only .npy, .npz, IDX and HDF5 features have labels in a file of their own; \(data) holds its labels itself (for a table, --label names their column)"
    case .optionOfOtherFormat(let option, let takers, let data):
      """
      \(option) is of use for \(takers) only, and "\(data)" is none; leave it out, or, where the format is taken wrongly, \
      say it by --format
      """
    case .unknownSyntheticKey(let key):
      """
      synthetic: has no "\(key)"; it takes samples=1000,features=10,classes=3,priors=0.8/0.1/0.1,separation=1,seed=0
      """
    case .badSyntheticValue(let key, let value, let expected):
      "synthetic: \(key)=\(value): expected \(expected)"
    }
  }
}
