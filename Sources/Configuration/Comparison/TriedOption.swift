internal import Foundation

/// An option of `train` with the values that `compare` tries of it.
public struct TriedOption: Equatable, Sendable {
  /// "learning-rate"
  public let name: String
  /// As they would be typed: "0.001", "128,64".
  public let values: [String]

  /// Reads "learning-rate=0.001,0.003".
  ///
  /// A value that is a list of numbers has slashes where `train` has commas: "hidden=64,128/64" tries 64 and 128,64.
  /// Texts with slashes, such as paths, are left alone.
  ///
  /// - Parameter source: What the user typed it as, for messages: "--try".
  /// - Throws: `UsageError`
  init(_ text: String, source: String) throws(UsageError) {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw UsageError(
        text: "\(source) \(text): expected an option of train and values, such as --try learning-rate=0.001,0.003")
    }
    let typed = String(text[..<equals])
    try self.init(
      name: typed.hasPrefix("--") ? String(typed.dropFirst(2)) : typed,
      list: String(text[text.index(after: equals)...]),
      source: source)
  }

  /// - Parameter list: "none,balanced,1/5.5/20"
  /// - Throws: `UsageError`
  init(name: String, list: String, source: String) throws(UsageError) {
    let values = list.split(separator: ",", omittingEmptySubsequences: false)
      .map { Self.value($0.trimmingCharacters(in: .whitespaces)) }
    guard !values.contains("") else {
      throw UsageError(text: "\(source) \(name): expected values with commas between them, not \"\(list)\"")
    }
    // 1e-3 is 0.001.
    let meanings = values.map { value in
      Double(value).flatMap { _ in Decimal(string: value) }.map { "\($0)" } ?? value
    }
    if let twice = values.enumerated().first(where: { meanings.prefix($0.offset).contains(meanings[$0.offset]) }) {
      throw UsageError(text: "\(source) \(name): \(twice.element) stands there twice")
    }
    try Self.check(name, source: source)
    (self.name, self.values) = (name, values)
  }

  private static func value(_ text: String) -> String {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 1 && parts.allSatisfy { Double($0) != nil } ? parts.joined(separator: ",") : text
  }

  /// Refuses what is no option of a run, and what would make runs that cannot be compared.
  private static func check(_ name: String, source: String) throws(UsageError) {
    let names = TrainingConfiguration.defaults.optionNames
    guard names.contains(name) else {
      throw UsageError(text: "\(source) \(name): that is no option of a run; cw-dist-train train --help lists them")
    }
    if name == "seed" || name == "split-seed" {
      throw UsageError(text: "\(source) \(name): --seeds says with how many seeds each choice is trained")
    }
    let ofSamples =
      ["data", "label", "labels", "ignore-index"] + FileOptions.defaults.optionNames + SplitOptions.defaults.optionNames
    if ofSamples.contains(name) {
      throw UsageError(text: "\(source) \(name): every run has to have the same samples, or they cannot be compared")
    }
    let ofNoResult = ComparisonPlan.optionsWithoutResult
    if ofNoResult.contains(name) {
      throw UsageError(text: "\(source) \(name): it changes nothing that could be compared")
    }
  }
}
