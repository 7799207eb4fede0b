internal import Collectives
internal import Configuration
public import Failures

/// The classes of a data set: every label that any rank met, in an order that all ranks share.
public enum ClassNames {
  /// The order of classes: by number where all labels are integers, else by their bytes.
  ///
  /// "3", "3.0" and "+3" are the same class, also beside texts: "3" where it is written in several ways, else as it is
  /// written. "03" is a text.
  static func ordered(_ labels: Set<String>) -> [String] {
    let integers = labels.map(integer)
    if integers.allSatisfy({ $0 != nil }) {
      return Set(integers.compactMap { $0 }).sorted().map(String.init)
    }
    let classes = Dictionary(grouping: labels, by: key).map { (key: $0, name: $1.count == 1 ? $1[0] : $0) }
    let numbers = classes.compactMap { Int($0.key) }
    if numbers.count == classes.count, classes.allSatisfy({ String(Int($0.key) ?? 0) == $0.key }) {
      return zip(numbers, classes).sorted { $0.0 < $1.0 }.map(\.1.name)
    }
    return classes.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What labels of the same class have in common: "3" of "3.0" and "+3"; of any other text itself. "1e1" may be a code.
  static func key(_ label: String) -> String {
    let isSigned = label.utf8.first == UInt8(ascii: "+")
    let text = label == "-0" ? "0" : canonical(isSigned ? String(label.dropFirst()) : label)
    let isNumber = Int(text).map {
      String($0) == text && !(isSigned && label.utf8.dropFirst().first == UInt8(ascii: "-"))
    }
    return isNumber == true && !label.utf8.contains { $0 | 0x20 == UInt8(ascii: "e") } ? text : label
  }

  /// Whether a label is the one that is ignored.
  public static func isIgnored(_ label: String, _ ignored: Int?) -> Bool {
    guard let ignored else { return false }
    return key(label) == String(ignored) || integer(label) == ignored
  }

  /// The integer that a label stands for: "7", "-1", "2.0", "1e3". Nil for any other text.
  static func integer(_ label: String) -> Int? {
    if let integer = Int(label) { return String(integer) == label || label == "-0" ? integer : nil }
    guard let value = number(label), value.rounded() == value, abs(value) < 1e15 else { return nil }
    return Int(value)
  }

  /// The level that a text stands for: "1" for "1.0", as programs write whole numbers in one file and not in another; any
  /// other text itself. "01" and "1.50" are texts.
  static func canonical(_ text: String) -> String {
    guard let first = text.utf8.first,
      first == UInt8(ascii: "-") || (first >= UInt8(ascii: "0") && first <= UInt8(ascii: "9")),
      text.utf8.contains(UInt8(ascii: ".")), let value = number(text), value.isFinite
    else { return text }
    let digits = first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
    // "00.5" has a zero that means something.
    guard !digits.hasPrefix("0") || digits.hasPrefix("0.") else { return text }
    return integer(text).map(String.init) ?? text
  }

  /// A number of a file with decimal commas as others have it: "1.0" for "1,0", and "1000" for "1.000"; any other text itself.
  /// (With more points it may be an address.)
  static func withPoint(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ".") }),
      text.utf8.allSatisfy({ "0123456789+-.,".utf8.contains($0) }),
      text.utf8.count(where: { $0 == UInt8(ascii: ".") }) <= 1,
      let (_, group) = NumberText(text)?.digits(.comma), group == nil || group == "."
    else { return text }
    return String(text.filter { $0 != "." }.map { $0 == "," ? "." : $0 })
  }

  /// The number that a label is written as, in decimal; Swift would take "0x10" and "nan" too.
  static func number(_ label: String) -> Double? {
    label.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) } ? Double(label) : nil
  }

  /// Every label that any rank met, over all ranks. Collective.
  static func gathered(_ labels: Set<String>, over communicator: some Communicator) throws -> Set<String> {
    // Labels never hold a NUL: the readers refuse it.
    try communicator.union(of: labels, most: FeatureColumn.mostLevels)
  }
}

/// Labels that cannot be classes.
public enum LabelError: Failure, Equatable {
  /// `column` is that of the labels, of a table; rows of pairs have no such column at all.
  case fractional(label: String, name: String, column: String?, isOfPairs: Bool)
  case tooFewClasses(classNames: [String], name: String, hasNames: Bool, isOfPairs: Bool, ignored: Int?)
  case tooManyClasses(count: Int, name: String)
  case unknownClass(label: String, name: String, classNames: [String])

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .fractional(let label, let name, _, isOfPairs: true):
      """
      \(name): the labels are numbers, but \(label) is not an integer: this looks like a measurement, not a class. Where each \
      number is a class, write texts for them ("c\(label)").
      """
    case .fractional(let label, let name, let column, isOfPairs: false):
      """
      \(name): the labels are numbers, but \(label) is not an integer: this looks like a measurement, not a class. \
      Name the label column with --label\(column.map { "; or, where each number is a class, say --categorical \"\($0)\"" } ?? "").
      """
    case .tooFewClasses(let classNames, let name, _, _, let ignored?):
      """
      \(name): there is nothing to tell apart: without those of --ignore-index \(ignored), its labels are \
      \(classNames.isEmpty ? "none" : "all \"\(classNames[0])\"").
      """
    case .tooFewClasses(let classNames, let name, let hasNames, let isOfPairs, nil):
      """
      \(name): there is nothing to tell apart: its labels are \
      \(classNames.isEmpty ? "all ignored" : "all \"\(classNames[0])\"")\(isOfPairs ? "" : ". Name the label column with --label")\
      \(hasNames ? "; or, where line 1 is a row and no names, say --header no" : "").
      """
    case .tooManyClasses(let count, let name):
      """
      \(name): \(count) different labels, more than the \(Vocabulary.mostLabels) classes that a model can have; \
      this looks like a measurement, not a class. Name the label column with --label.
      """
    case .unknownClass(let label, let name, let classNames):
      """
      \(name): label \"\(label)\" does not occur in the training data; its classes are \
      \(classNames.prefix(20).joined(separator: ", "))\(classNames.count > 20 ? ", …" : "")
      """
    }
  }
}
