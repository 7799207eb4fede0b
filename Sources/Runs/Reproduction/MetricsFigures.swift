internal import Foundation

/// The figures of one line of metrics.jsonl, by their names.
public struct MetricsFigures: Equatable, Sendable {
  /// A value of JSON that is no object.
  enum Value: Equatable, Sendable {
    case list([Value])
    case number(Double)
    case text(String)
    case flag(Bool)
    case null
  }

  private let values: [String: Value]

  /// - Returns: Nil for what is no line of figures.
  init?(line: String) {
    guard let values = try? JSONDecoder().decode([String: Value].self, from: Data(line.utf8)) else { return nil }
    self.values = values
  }

  /// Nil for what is no number, and where there is none.
  public subscript(name: String) -> Double? {
    if case .number(let number)? = values[name] { number } else { nil }
  }

  /// The member that the line is of, from 1; nil in a run of one model.
  var member: Int? { self["member"].flatMap { Int(exactly: $0) } }

  var names: Set<String> { Set(values.keys) }

  /// Nil where there is none.
  func text(_ name: String) -> String? { values[name]?.description }

  /// The figures that both have, and that differ; by name.
  func differences(to now: MetricsFigures) -> [ValueDifference] {
    names.intersection(now.names).sorted().compactMap { name in
      guard let before = values[name], let after = now.values[name], before != after else { return nil }
      return ValueDifference(name: name, then: before.description, now: after.description)
    }
  }
}

extension MetricsFigures.Value: Decodable, CustomStringConvertible {
  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let flag = try? value.decode(Bool.self) {
      self = .flag(flag)
    } else if let values = try? value.decode([Self].self) {
      self = .list(values)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  /// As many digits as tell it from its neighbours.
  var description: String {
    switch self {
    case .number(let number): Int(exactly: number).map(String.init) ?? String(number)
    case .text(let text): text
    case .flag(let flag): String(flag)
    case .null: "null"
    case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
    }
  }
}

/// A named value that was one thing then and is another now.
public struct ValueDifference: Codable, Equatable, Sendable {
  public let name: String
  public let then: String
  public let now: String

  public init(name: String, then: String, now: String) { (self.name, self.then, self.now) = (name, then, now) }
}

/// How what a run recorded agrees with what it computes now.
public enum Agreement: Equatable, Sendable {
  case sameBits
  /// What both have is the same; some names are only of then, or of now.
  case sameValues(onlyThen: [String], onlyNow: [String])
  case differs([ValueDifference])
  /// There is nothing to compare with.
  case missing

  /// Whether a value is another one.
  public var isDifference: Bool {
    if case .differs = self { true } else { false }
  }
}
