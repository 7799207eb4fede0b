public import ArgumentParser
public import Kernels

/// The options that say what chance the result depends on, and what computes it.
public struct ComputationOptions: OptionValues {
  @Option(parsing: .unconditional, help: "Seed of everything random: a whole number from 0.")
  public var seed: UInt64 = 0

  @Option(
    parsing: .unconditional,
    help: """
      Threads per rank. They train members of small tables side by side, in a process without ranks also the runs of \
      compare, and share wide products. Default: 1; of those members and runs all cores where no launcher has started \
      the program.
      """)
  public var threads: Int?

  @Option(
    help: """
      What training rounds the factors of matrix products to; bf16 is faster where the processor multiplies it (doctor \
      says so). Everything else stays Float32.
      """)
  public var precision = Precision.float32

  public init() {}

  public func validate() throws {
    if let threads { try require((1...1024).contains(threads), "--threads \(threads)", "1 to 1024") }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .threads: .nothing
      case .precision: .rule
      case .seed: .shape
      }
    }
  }
}

extension Precision: ExpressibleByArgument {}

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
