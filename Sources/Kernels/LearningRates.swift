public import Tensors

/// The learning rates of a step: one for all parameters but those of embeddings, which may have another: tables, and the
/// first elements behind them. Each parameter may have a factor of its own beside it.
public struct LearningRates {
  /// Of all others.
  public let general: Double
  public let embeddings: Double
  /// Elements behind the tables that are of embeddings.
  public let embeddingCount: Int
  /// What the rate of each parameter is multiplied by, tables included; nil for 1. Its decay is not.
  public let factors: Vector?

  public init(_ general: Double, embeddings: Double, embeddingCount: Int, factors: Vector? = nil) {
    precondition(embeddingCount >= 0, "\(embeddingCount) elements")
    (self.general, self.embeddings, self.embeddingCount) = (general, embeddings, embeddingCount)
    self.factors = factors
  }

  /// One for all parameters.
  public static func all(_ rate: Double) -> LearningRates {
    LearningRates(rate, embeddings: rate, embeddingCount: 0)
  }

  /// Calls `body` for stretches of a part of the elements behind the tables, whole lanes each: how many of the lanes are of
  /// embeddings, the first ones.
  func forEachStretch(of part: Range<Int>, _ body: (_ stretch: Range<Int>, _ embeddingLanes: Int) -> Void) {
    let end = min(max(general == embeddings ? 0 : embeddingCount, part.lowerBound), part.upperBound)
    let whole = part.lowerBound + (end - part.lowerBound) / laneCount * laneCount
    let mixed = min(paddedToLanes(end - whole), part.upperBound - whole)
    if whole > part.lowerBound { body(part.lowerBound..<whole, laneCount) }
    if mixed > 0 { body(whole..<(whole + mixed), end - whole) }
    if whole + mixed < part.upperBound { body((whole + mixed)..<part.upperBound, 0) }
  }

  /// What becomes of the rate of each lane.
  @inline(__always)
  func lanes(ofEmbeddings count: Int, _ value: (Double) -> Double) -> Lanes {
    Lanes(repeating: Float(value(general))).replacing(
      with: Float(value(embeddings)), where: Self.laneNumbers .< Float(count))
  }

  private static let laneNumbers = Lanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
}
