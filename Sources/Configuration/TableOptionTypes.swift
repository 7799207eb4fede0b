public import ArgumentParser
internal import Foundation

/// "age,-2": columns by their names or numbers.
public struct ColumnList: OptionText {
  public let columns: [ColumnReference]
  public let description: String

  public init?(argument: String) {
    let parts = argument.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard !parts.isEmpty else { return nil }
    columns = parts.map { ColumnReference(argument: $0) }
    description = argument
  }
}

/// "NA,?": texts that stand for a value that is not known. An empty field always does.
public struct MissingTexts: OptionText {
  public let texts: Set<String>
  public let description: String

  public init(argument: String) {
    // "NA, -9" are two, and no space belongs to them.
    texts = Set(argument.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }).union([""])
    description = argument
  }

  /// What pandas takes for missing, and the question mark of older collections of data.
  public static let usual = MissingTexts(
    argument: "#N/A,#N/A N/A,#NA,-NaN,-nan,<NA>,?,N/A,NA,NULL,NaN,None,n/a,nan,null")

  /// The default of version 0.1.0, which stands in the configuration of its runs.
  public static let former = MissingTexts(argument: "?,NA,NaN,null")
}

/// The character between the fields of a line.
public struct Delimiter: OptionText {
  /// ASCII; nil where it is to be found, and for what is none.
  public let byte: UInt8?
  public let description: String

  public static let auto = Delimiter(argument: "auto")

  private static let names: [String: Character] = ["comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|"]

  public init(argument: String) {
    description = argument
    guard let character = Self.names[argument] ?? (argument.count == 1 ? argument.first : nil), !character.isNewline,
      let byte = character.asciiValue, !"\"0123456789+-.eE".utf8.contains(byte)
    else {
      byte = nil
      return
    }
    self.byte = byte
  }

  var isUsable: Bool { byte != nil || self == .auto }
}

/// The character that lines begin with that are comments.
public struct CommentMark: OptionText {
  /// ASCII; nil for what can be none.
  public let byte: UInt8?
  public let description: String

  public init(argument: String) {
    description = argument
    guard argument.count == 1, let character = argument.first, let byte = character.asciiValue, !character.isNewline,
      !"\"0123456789+-.".utf8.contains(byte)
    else {
      byte = nil
      return
    }
    self.byte = byte
  }
}

/// The character that separates the whole of a number from its fraction.
public enum DecimalMark: String, CaseIterable, Codable, Sendable {
  case point
  case comma
}

/// The mark, or that it is to be found.
public enum DecimalOption: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  case auto
  case point
  case comma

  /// Nil for auto.
  public var mark: DecimalMark? { DecimalMark(rawValue: rawValue) }
}

/// How a file of data is written.
public enum DataFormat: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  case auto
  case csv
  case npy
  case idx
  case svmlight
  case hdf5

  /// What the name of a file says that it is; nil where it says that it is nothing that can be read.
  public static func named(_ path: String) -> DataFormat? {
    let name = path.lowercased()
    func ends(_ suffixes: String...) -> Bool { suffixes.contains { name.hasSuffix($0) } }
    if ends("-ubyte", "-ubyte.gz", ".idx", ".idx.gz") { return .idx }
    if ends(".svm", ".svm.gz", ".svmlight", ".svmlight.gz", ".libsvm", ".libsvm.gz") { return .svmlight }
    if ends(".npy", ".npz") || name.contains(".npz:") { return .npy }
    if ends(".h5", ".hdf5") || name.contains(".h5:") || name.contains(".hdf5:") { return .hdf5 }
    // Compressed, arrays are not read, nor folders. A name that says nothing may be of a table, here as elsewhere.
    return ends(".npy.gz", ".npz.gz", ".h5.gz", ".hdf5.gz", ".tar.gz") ? nil : .csv
  }
}

/// What the features of svmlight data are counted from.
public enum FirstFeature: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  /// By what the lines name.
  case auto
  case zero = "0"
  case one = "1"

  /// Nil for auto.
  public var number: Int? { Int(rawValue) }
}

/// What becomes of categories of more levels than there are to be features for.
public enum RareLevels: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  /// The most frequent levels have a feature each, and all others one together.
  case other
  /// A hash of the level chooses one of the features. The only way of version 0.1.0.
  case hash
}

/// What becomes of rows that cannot be read.
public enum BadRowPolicy: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  /// The first ends the job.
  case error
  /// They are left out, and counted.
  case skip
}
