public import ArgumentParser

/// A group of options that a run depends on: their names, defaults, help and checks, declared once. The command line,
/// config.yaml, the checkpoint and the run all have this value.
///
/// A property `learningRate` is the option `--learning-rate` and the key `learning-rate`. What a change of it means
/// for a run that is gone on with is said by a `switch` over all options in the same file, so that a new one does not
/// compile without. A property that could not be recorded ends every run at its beginning.
///
/// `init()` is ArgumentParser's own: an option of what it makes cannot be read. `defaults` is the door.
public protocol OptionValues: ParsableArguments {
  /// What it means for a run that goes on that an option changed.
  ///
  /// - Parameter property: The property's name.
  /// - Returns: Nil where there is no such option.
  static func whenResumed(_ property: String) -> ResumeEffect?

  /// Options that were given and change nothing, with the reason.
  ///
  /// - Parameter configuration: What this group is a part of.
  func withoutEffect(in configuration: TrainingConfiguration) -> [String]
}

/// What it means for a run that goes on that an option has another value than before.
public enum ResumeEffect: Equatable, Sendable {
  /// Nothing, or only what the data's fingerprint covers.
  case nothing
  /// It changes when the run ends, and nothing before; unless the learning rate follows the end.
  case length
  /// It makes another run of it, which can go on all the same.
  case rule
  /// The state, or what has been done of an epoch, does not fit it.
  case shape
}

extension OptionValues {
  /// All options as they are where none is given.
  public static var defaults: Self {
    // Every option of a group has a default or is optional; a test parses nothing for each of them.
    guard let defaults = try? parse([]) else { preconditionFailure("\(Self.self) needs an option that has no default") }
    return defaults
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] { [] }

  /// The options that have a value, in the order of their declaration.
  public var entries: [OptionEntry] {
    properties.flatMap { property, value -> [OptionEntry] in
      if let group = value as? any HoldsOptionValues { return group.optionValues.entries }
      // Who adds a property that can't be recorded meets this in the first run of all.
      guard let option = value as? any HoldsOption, let effect = Self.whenResumed(property) else {
        preconditionFailure("\(Self.self).\(property) is no option with a value that can be encoded")
      }
      return option.recorded.map { [OptionEntry(property: property, effect: effect, value: $0)] } ?? []
    }
  }

  /// All options in the order of their declaration, also those that have no value.
  public var settings: [OptionSetting] {
    properties.flatMap { property, value -> [OptionSetting] in
      if let group = value as? any HoldsOptionValues { return group.optionValues.settings }
      guard let option = value as? any HoldsOption else { return [] }
      let entry = option.recorded.map { OptionEntry(property: property, effect: .nothing, value: $0) }
      return [
        OptionSetting(
          name: OptionEntry.name(ofProperty: property), isNumber: type(of: option).isNumber, text: entry?.text)
      ]
    }
  }

  /// The names of all options, of groups within the group, too.
  public var optionNames: [String] {
    properties.flatMap { property, value in
      (value as? any HoldsOptionValues)?.optionValues.optionNames ?? [OptionEntry.name(ofProperty: property)]
    }
  }

  /// This group and all within it.
  var groups: [any OptionValues] {
    [self] + properties.flatMap { ($0.value as? any HoldsOptionValues)?.optionValues.groups ?? [] }
  }

  /// What is declared, by its name.
  private var properties: [(name: String, value: Any)] {
    // A property wrapper is stored behind an underscore.
    Mirror(reflecting: self).children.map { (String(($0.label ?? "").drop { $0 == "_" }), $0.value) }
  }
}

/// One option, as config.yaml and checkpoints have it.
public struct OptionEntry {
  let property: String
  /// What it means for a run that goes on that it changed.
  public let effect: ResumeEffect
  let value: any Encodable

  /// "learning-rate"
  public var name: String { Self.name(ofProperty: property) }

  /// "learning-rate" of `learningRate`, as ArgumentParser has it.
  static func name(ofProperty property: String) -> String {
    property.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
  }
}

/// An option, whether it is given or not.
public struct OptionSetting: Equatable, Sendable {
  /// "learning-rate"
  public let name: String
  /// Whether every value of it is a number.
  public let isNumber: Bool
  /// Nil where it is not given and has no default.
  public let text: String?
}

/// A property wrapper of ArgumentParser whose value is recorded.
protocol HoldsOption {
  /// Whether every value of it is a number.
  static var isNumber: Bool { get }
  /// Nil where the option is not given and has no default.
  var recorded: (any Encodable)? { get }
}

extension Option: HoldsOption where Value: Encodable {
  static var isNumber: Bool { holdsNumbers(Value.self) }
  var recorded: (any Encodable)? { (wrappedValue as? any Absentable)?.isAbsent == true ? nil : wrappedValue }
}

extension Argument: HoldsOption where Value: Encodable {
  static var isNumber: Bool { holdsNumbers(Value.self) }
  var recorded: (any Encodable)? { (wrappedValue as? any Absentable)?.isAbsent == true ? nil : wrappedValue }
}

private func holdsNumbers(_ type: Any.Type) -> Bool {
  (type as? any Absentable.Type)?.whenPresent is any Numeric.Type || type is any Numeric.Type
}

/// An optional.
private protocol Absentable {
  static var whenPresent: Any.Type { get }
  var isAbsent: Bool { get }
}

extension Optional: Absentable {
  fileprivate static var whenPresent: Any.Type { Wrapped.self }
  fileprivate var isAbsent: Bool { self == nil }
}

/// A group within a group.
protocol HoldsOptionValues {
  var optionValues: any OptionValues { get }
}

extension OptionGroup: HoldsOptionValues where Value: OptionValues {
  var optionValues: any OptionValues { wrappedValue }
}
