public import Failures

/// Arrays that are no features and labels.
public enum ArrayError: Failure, Equatable {
  case wrongShape(name: String, shape: [Int], expected: String)
  case wrongLength(name: String, labels: Int, rows: Int)
  /// Of a row: elements, for a model of other data.
  case otherWidth(name: String, found: Int, expected: Int)
  case noLabels(name: String)
  case notFinite(name: String, row: Int, value: Double)
  case badLabel(name: String, row: Int, value: Double)
  case tooManyLabels(name: String)

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .wrongShape(let name, let shape, let expected):
      "\(name) has shape \(shape); expected \(expected)"
    case .wrongLength(let name, let labels, let rows):
      "\(name) has \(labels) labels for \(rows) rows of features"
    case .otherWidth(let name, let found, let expected):
      "\(name) has rows of \(found) numbers; the model takes \(expected)"
    case .noLabels(let name):
      "\(name) has no labels: name their file by --labels"
    case .notFinite(let name, let row, let value):
      Self.words(ofNotFinite: value, at: "\(name), row \(row) (from 0)")
    case .badLabel(let name, let row, let value):
      Self.words(ofBadLabel: value, at: "\(name), row \(row) (from 0)")
    case .tooManyLabels(let name):
      "\(name): more than \(Vocabulary.mostLabels) different labels; this looks like a measurement, not a class"
    }
  }

  /// Labels that are told apart in a Double are less than this.
  static let labelBound = 0x1p53

  static func words(ofBadLabel value: Double, at place: String) -> String {
    guard value.isFinite, value.magnitude >= labelBound else {
      return "\(place): label \(value) is not an integer class"
    }
    return """
      \(place): label \(value) is so large that not all integers of its size are told apart here (2^53 and more); number the \
      classes anew: numpy.unique(labels, return_inverse=True)[1]
      """
  }

  static func words(ofNotFinite value: Double, at place: String) -> String {
    let advice =
      value.isNaN
      ? ". Arrays have no missing values here: fill them in, or write the data as CSV, where NaN and empty fields are missing"
      : ""
    return "\(place): \(value) is not a finite number that a 32-bit float can hold\(advice)"
  }
}
