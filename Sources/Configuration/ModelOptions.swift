public import ArgumentParser
public import Kernels

/// The options that say what is trained.
public struct ModelOptions: OptionValues {
  /// What is trained: a linear classifier, or one with hidden layers.
  public enum Kind: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case linear
    case mlp
  }

  @Option(help: "Bring features to mean 0 and variance 1, as learned from the training part.")
  public var standardize = YesNo.yes

  @Option(help: "Kind of model. (default: mlp where --hidden is given, else linear)")
  public var model: Kind?

  @Option(parsing: .unconditional, help: "Widths of the hidden layers of the mlp. (default: 64)")
  public var hidden: NumberList<Int>?

  @Option(help: "Nonlinearity of the hidden layers.")
  public var activation = Activation.relu

  @Option(parsing: .unconditional, help: "Share of hidden units that is dropped in training.")
  public var dropout = 0.0

  @Option(help: "A .safetensors file with the first parameters.")
  public var `init`: String?

  public init() {}

  public func validate() throws {
    try require(dropout.isShare, "--dropout \(dropout)", "a share from 0 up to, not including, 1")
    try require(
      hidden?.values.allSatisfy { (1...1 << 24).contains($0) } ?? true, "--hidden",
      "widths of 1 or more, such as 512,256")
    try require(
      !(model == .linear && hidden?.values.isEmpty == false), "--hidden",
      "--model mlp (a linear model has no hidden layer)")
  }

  /// As asked for, or what --hidden asks for.
  public var kind: Kind { model ?? ((hidden?.values ?? []).isEmpty ? .linear : .mlp) }

  /// Empty for a linear model.
  public var hiddenWidths: [Int] {
    guard kind == .mlp else { return [] }
    let widths = hidden?.values ?? []
    return widths.isEmpty ? [64] : widths
  }

  /// Which options of a file give way to which of the command line, that exclude them.
  static let exclusions = ["--hidden": ["--model"], "--model": ["--hidden"]]

  mutating func resolve() {
    (model, hidden) = (kind, NumberList(hiddenWidths))
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    guard kind == .linear else { return [] }
    let usual = Self.defaults
    return [
      dropout != usual.dropout ? "--dropout: a linear model has no hidden units to drop" : nil,
      activation != usual.activation ? "--activation: a linear model has no hidden units" : nil,
    ].compactMap { $0 }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      // What features are is covered by the data's fingerprint; and a run that goes on has its parameters.
      case .standardize, .`init`: .nothing
      case .dropout: .rule
      case .model, .hidden, .activation: .shape
      }
    }
  }
}

extension Activation: ExpressibleByArgument {}
