public import Datasets

/// What a step needs to know of the configuration.
public struct StepOptions: Equatable, Sendable {
  public var sampler = Sampler.shuffle
  public var normalization = LossNormalization.weights
  public var labelSmoothing = 0.0
  /// Larger weights are reduced to it, where weights follow the batch.
  public var maxWeight: Double?
  /// The largest norm of the divided gradient.
  public var clipNorm: Double?
  public var seed: UInt64 = 0
  /// Steps that are left out whose origin is looked for; of more it is only known how many they are.
  public static let tracedSkips = 5
  /// What becomes of a step whose loss or gradient is not finite.
  public var onNonfinite = NonfinitePolicy.stop

  public init() {}
}

/// What becomes of a step whose loss or gradient is not finite.
public enum NonfinitePolicy: String, CaseIterable, Codable, Sendable {
  /// It ends the run.
  case stop
  /// All ranks leave it out, as one without weight.
  case skip
}
