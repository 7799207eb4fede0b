public import Failures
internal import Foundation

/// Class weights that the user wrote down: in order of classes, or by name.
public enum ExplicitWeights: Equatable, Sendable {
  case inOrder([Double])
  case byName([String: Double])

  /// Reads "1,5.5,20".
  public init(list: String) throws(WeightSchemeError) {
    var weights: [Double] = []
    for item in list.split(separator: ",", omittingEmptySubsequences: false) {
      weights.append(try Self.weight(item.trimmingCharacters(in: .whitespaces), in: list))
    }
    self = .inOrder(weights)
  }

  /// Reads a file's text: a JSON array or object, or CSV lines "class,weight" or "weight", with or
  /// without a header.
  ///
  /// - Parameter path: For messages.
  public init(fileText: String, path: String) throws(WeightSchemeError) {
    // A byte order mark counts as white space here.
    let text = fileText.trimmingCharacters(in: .whitespacesAndNewlines.union(["\u{FEFF}"]))
    if text.hasPrefix("[") || text.hasPrefix("{") {
      try self.init(json: text, path: path)
    } else {
      try self.init(csv: text, path: path)
    }
  }

  private init(json: String, path: String) throws(WeightSchemeError) {
    if let name = JSONKeys.firstRepeated(in: json) { throw .duplicateClass(name: name, path: path) }
    if let list = try? JSONDecoder().decode([Double].self, from: Data(json.utf8)) {
      for weight in list { _ = try Self.checked(weight, in: path) }
      self = .inOrder(list)
    } else if let byName = try? JSONDecoder().decode([String: Double].self, from: Data(json.utf8)) {
      for weight in byName.values { _ = try Self.checked(weight, in: path) }
      self = .byName(byName)
    } else if let run = try? JSONDecoder().decode(RunWeights.self, from: Data(json.utf8)) {
      for row in run.classes { _ = try Self.checked(row.weight, in: path) }
      var byName: [String: Double] = [:]
      for row in run.classes where byName.updateValue(row.weight, forKey: row.name) != nil {
        throw .duplicateClass(name: row.name, path: path)
      }
      self = .byName(byName)
    } else {
      throw .unreadable(path: path, line: nil)
    }
  }

  /// The class_weights.json of a run.
  private struct RunWeights: Decodable {
    struct Row: Decodable {
      let name: String
      let weight: Double
    }

    let classes: [Row]
  }

  private init(csv: String, path: String) throws(WeightSchemeError) {
    var list: [Double] = []
    var byName: [String: Double] = [:]
    let lines = csv.split(whereSeparator: \.isNewline)
    let delimiter = Self.delimiter(of: lines)
    for (number, line) in lines.enumerated() {
      guard let fields = Self.fields(of: line, by: delimiter), let text = fields.last, fields.count <= 2 else {
        throw .unreadable(path: path, line: number + 1)
      }
      if number == 0, text.first?.isNumber != true, Self.number(text, delimiter) == nil {
        // A header, but of the other order.
        guard fields.count == 1 || fields[0].lowercased() != "weight" else { throw .unreadable(path: path, line: 1) }
        continue
      }
      let place = "\(path), line \(number + 1)"
      let weight = try Self.weight(text, delimiter, in: place)
      if fields.count == 2 {
        guard byName.updateValue(weight, forKey: fields[0]) == nil else {
          throw .duplicateClass(name: fields[0], path: path)
        }
      } else {
        list.append(weight)
      }
    }
    guard list.isEmpty != byName.isEmpty else { throw .unreadable(path: path, line: nil) }
    self = list.isEmpty ? .byName(byName) : .inOrder(list)
  }

  /// Where all lines have a class and a weight by it: a semicolon, as spreadsheets write where the comma is the decimal mark, or
  /// a tab; else a comma.
  private static func delimiter(of lines: [Substring]) -> Character {
    [";", "\t"].first { delimiter in
      let rows = lines.map { fields(of: $0, by: delimiter) ?? [] }
      return !rows.isEmpty && rows.allSatisfy { $0.count == 2 }
        && rows.dropFirst().allSatisfy { $0[1].first.map { $0.isNumber || "+-.,".contains($0) } ?? false }
    } ?? ","
  }

  /// Beside semicolons with a decimal comma, too, where it cannot be one of thousands.
  private static func number(_ text: String, _ delimiter: Character) -> Double? {
    guard delimiter == ";", let comma = text.firstIndex(of: ",") else { return Double(text) }
    let decimals = text[text.index(after: comma)...]
    let mayBeThousands = decimals.count == 3 && comma > text.startIndex && text.first != "0"
    return mayBeThousands ? nil : Double(text[..<comma] + "." + decimals)
  }

  /// The fields of a line, without their quotes and the white space around them; nil where quotes are misplaced.
  private static func fields(of line: Substring, by delimiter: Character) -> [String]? {
    var fields: [String] = []
    var rest = line[...]
    while true {
      rest = rest.drop { $0 == " " || ($0 == "\t" && delimiter != "\t") }
      var field: String?
      if rest.first == "\"" {
        var quoted = ""
        rest.removeFirst()
        var isOpen = true
        while isOpen, let end = rest.firstIndex(of: "\"") {
          quoted += rest[..<end]
          rest = rest[rest.index(after: end)...]
          // A quote inside is doubled.
          isOpen = rest.first == "\""
          if isOpen { quoted.append(rest.removeFirst()) }
        }
        guard !isOpen else { return nil }
        field = quoted
      }
      let end = rest.firstIndex(of: delimiter) ?? rest.endIndex
      let unquoted = rest[..<end].trimmingCharacters(in: .whitespaces)
      guard field == nil || unquoted.isEmpty else { return nil }
      fields.append(field ?? unquoted)
      guard end < rest.endIndex else { return fields }
      rest = rest[rest.index(after: end)...]
    }
  }

  private static func weight(
    _ text: String, _ delimiter: Character = ",", in place: String
  ) throws(WeightSchemeError) -> Double {
    guard let weight = number(text, delimiter) else { throw .notANumber(text: text, place: place) }
    return try checked(weight, in: place)
  }

  private static func checked(_ weight: Double, in place: String) throws(WeightSchemeError) -> Double {
    guard weight.isFinite, weight >= 0 else { throw .notUsable(weight: weight, place: place) }
    return weight
  }

  /// One weight per class.
  func resolved(for classNames: [String]) throws(WeightSchemeError) -> [Double] {
    switch self {
    case .inOrder(let weights):
      guard weights.count == classNames.count else {
        throw .wrongCount(weights: weights.count, classNames: classNames)
      }
      return weights
    case .byName(let weights):
      for name in weights.keys.sorted() where !classNames.contains(name) {
        throw .unknownClass(name: name, classNames: classNames)
      }
      var resolved: [Double] = []
      for name in classNames {
        guard let weight = weights[name] else { throw .missingClass(name: name) }
        resolved.append(weight)
      }
      return resolved
    }
  }
}

/// Class weights given by the user that cannot be used.
public enum WeightSchemeError: Failure, Equatable {
  case notANumber(text: String, place: String)
  case notUsable(weight: Double, place: String)
  case wrongCount(weights: Int, classNames: [String])
  case unknownClass(name: String, classNames: [String])
  case missingClass(name: String)
  case duplicateClass(name: String, path: String)
  case unreadable(path: String, line: Int?)
  case outOfRange(weight: Double, name: String)

  public var exitStatus: ExitStatus { .badConfiguration }

  public var description: String {
    switch self {
    case .outOfRange(let weight, let name):
      """
      --class-weights: the weight \(weight) of class "\(name)" is beyond what sums of a 32-bit float can hold; scale the \
      weights to lie between \(ClassWeights.range.lowerBound) and \(ClassWeights.range.upperBound) (only their ratios \
      matter), or set --max-weight
      """
    case .notANumber(let text, let place):
      """
      --class-weights: "\(text)" in \(place) is not a number. Give a scheme \
      (\(WeightScheme.ruleNames.joined(separator: ", "))), a list such as 1,5.5,20, or a JSON or CSV file.
      """
    case .notUsable(let weight, let place):
      "--class-weights: \(weight) in \(place) cannot be a weight: weights are finite and not negative"
    case .wrongCount(let weights, let classNames):
      """
      --class-weights: \(weights) weights for \(classNames.count) classes; give one for each, in this order: \
      \(Self.shortList(classNames))
      """
    case .unknownClass(let name, let classNames):
      "--class-weights: the data has no class \"\(name)\"; its classes are \(Self.shortList(classNames))"
    case .missingClass(let name):
      "--class-weights: the file has no weight for class \"\(name)\"; give one for every class"
    case .duplicateClass(let name, let path):
      "--class-weights: class \"\(name)\" stands twice in \(path)"
    case .unreadable(let path, let line):
      """
      --class-weights: \(path)\(line.map { ", line \($0)," } ?? "") is neither a JSON array or object of numbers \
      nor CSV of the form "class,weight" or "weight"
      """
    }
  }

  private static func shortList(_ names: [String]) -> String {
    names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
  }
}
