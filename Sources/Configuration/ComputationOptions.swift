public import ArgumentParser

/// The options that say what the result depends on besides data and rules, and how it is computed and kept.
public struct ComputationOptions: OptionValues {
  @Option(
    parsing: .unconditional,
    help: "Steps between two checkpoints; there is one after each epoch, and on a request to stop, anyway.")
  public var checkpointEvery: Int?

  @Option(parsing: .unconditional, help: "Checkpoints to keep: the newest, beside that of the best epoch.")
  public var keep = 3

  @Option(parsing: .unconditional, help: "Seed of everything random.")
  public var seed: UInt64 = 0

  @Option(parsing: .unconditional, help: "Threads per rank.")
  public var threads = 1

  public init() {}

  public func validate() throws {
    try require(checkpointEvery.map { $0 >= 1 } ?? true, "--checkpoint-every", "1 or more")
    try require((1...1_000_000).contains(keep), "--keep \(keep)", "1 to 1,000,000")
    try require((1...1024).contains(threads), "--threads \(threads)", "1 to 1024")
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .checkpointEvery, .keep, .threads: .none
      case .seed: .shape
      }
    }
  }
}

/// Into how many parts the data is cut. Those who only look at data have it, too.
public struct ShardOptions: OptionValues {
  @Option(
    parsing: .unconditional,
    help: """
      Logical shards V. The result depends on V, never on the ranks. Default: the larger of 8 and the number of ranks.
      """)
  public var shards: Int?

  public init() {}

  public func validate() throws {
    if let shards { try require((1...1 << 20).contains(shards), "--shards \(shards)", "1 to 2²⁰") }
  }

  /// V for a job of so many ranks.
  public func count(ranks: Int) -> Int { shards ?? max(8, ranks) }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .shards: .shape
      }
    }
  }
}
