public import ArgumentParser

/// The options that say what is kept on the way.
public struct SavingOptions: OptionValues {
  @Option(
    parsing: .unconditional,
    help: """
      Steps between two checkpoints; there is one after each epoch (of short ones some each second), and on a request to \
      stop, anyway.
      """)
  public var checkpointEvery: Int?

  @Option(parsing: .unconditional, help: "Checkpoints to keep: the newest, beside that of the best epoch.")
  public var keep = 3

  @Option(
    help: "Write files of events for TensorBoard into the run's folder (tensorboard --logdir runs).")
  public var tensorboard = YesNo.yes

  public init() {}

  public func validate() throws {
    try require(checkpointEvery.map { $0 >= 1 } ?? true, "--checkpoint-every", "1 or more")
    try require((1...1_000_000).contains(keep), "--keep \(keep)", "1 to 1,000,000")
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .checkpointEvery, .keep, .tensorboard: .nothing
      }
    }
  }
}
