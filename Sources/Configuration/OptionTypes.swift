public import ArgumentParser
internal import Foundation

/// A value of an option that is written as it was typed.
public protocol OptionText: ExpressibleByArgument, Codable, CustomStringConvertible, Equatable, Sendable {}

extension OptionText {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let value = Self(argument: text) else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not \"\(text)\""))
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  public var defaultValueDescription: String { description }
}

/// An option's value of which there are more than a list could name: what it may be is said where it is none.
protocol ExpectedText: OptionText {
  /// "no, auto, or a number from 0 to 1"
  static var expectation: String { get }
}

extension ExpectedText {
  /// What was typed.
  ///
  /// - Throws: `UnexpectedText`
  static func typed(_ text: String) throws -> Self {
    guard let value = Self(argument: text) else { throw UnexpectedText(expectation: expectation) }
    return value
  }
}

/// Said behind the name of the option.
struct UnexpectedText: Error, CustomStringConvertible {
  let expectation: String

  var description: String { "expected \(expectation)" }
}

/// A value of an option that is a list of numbers: "512,256".
public struct NumberList<Number: LosslessStringConvertible & Codable & Equatable & Sendable>:
  ExpressibleByArgument, Codable, Equatable, Sendable
{
  public var values: [Number]

  public init(_ values: [Number]) {
    self.values = values
  }

  public init?(argument: String) {
    let items = argument.split(separator: ",", omittingEmptySubsequences: false).map { Number(String($0)) }
    values = items.compactMap { $0 }
    guard values.count == items.count, !values.isEmpty else { return nil }
  }

  public init(from decoder: any Decoder) throws {
    values = try [Number](from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    try values.encode(to: encoder)
  }

  public var defaultValueDescription: String { values.map { String($0) }.joined(separator: ",") }
}

/// "yes" or "no".
public enum YesNo: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  case yes
  case no
}

/// "yes", "no", or what is found out.
public enum Detection: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  case auto
  case yes
  case no

  /// Nil for auto.
  public var isGiven: Bool? { self == .auto ? nil : self == .yes }
}

/// "90", "1h30m", "1-12:00:00"
public struct TimeSpan: ExpressibleByArgument, Equatable, Sendable {
  public let seconds: Double

  public init?(argument: String) {
    guard let seconds = Self.seconds(in: argument), seconds > 0, seconds < 1e9 else { return nil }
    self.seconds = seconds
  }

  private static func seconds(in text: String) -> Double? {
    if let seconds = Double(text) { return seconds }
    return text.contains(":") || text.contains("-") ? clock(text) : units(text)
  }

  /// minutes:seconds, hours:minutes:seconds, or days-hours[:minutes[:seconds]], as Slurm and PBS read it.
  private static func clock(_ text: String) -> Double? {
    let dayAndTime = text.split(separator: "-", omittingEmptySubsequences: false)
    guard dayAndTime.count <= 2, let time = dayAndTime.last else { return nil }
    let parts = time.split(separator: ":", omittingEmptySubsequences: false).map { UInt($0) }
    let numbers = parts.compactMap { $0 }.map { Double($0) }
    guard numbers.count == parts.count, numbers.count <= 3 else { return nil }
    if dayAndTime.count == 2 {
      guard let days = UInt(dayAndTime[0]) else { return nil }
      return 86_400 * Double(days) + zip(numbers, [3_600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return numbers.count < 2 ? nil : zip(numbers.reversed(), [1, 60, 3_600]).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Numbers with d, h, m or s behind them, the larger units first.
  private static func units(_ text: String) -> Double? {
    var rest = text[...]
    var total = 0.0
    for (unit, seconds) in [("d", 86_400.0), ("h", 3_600), ("m", 60), ("s", 1)] as [(Character, Double)] {
      guard let end = rest.firstIndex(of: unit) else { continue }
      guard let number = UInt(rest[..<end]) else { return nil }
      total += Double(number) * seconds
      rest = rest[rest.index(after: end)...]
    }
    return rest.isEmpty && total > 0 ? total : nil
  }

  public var defaultValueDescription: String { "\(seconds)" }
}
