public import Failures
public import Kernels

/// What a feed-forward network is made of. Without hidden layers it is the linear classifier.
public struct ModelShape: Codable, Equatable, Sendable {
  /// D
  public let featureCount: Int
  /// Widths of the hidden layers, from the input on.
  public let hidden: [Int]
  /// C
  public let classCount: Int
  public let activation: Activation
  /// What stands before the first layer; nil where that takes the features themselves.
  public let embedding: EmbeddingShape?
  /// Features of each column; none where nothing is known of columns. No part of the stored shape: a model's file has the columns
  /// themselves.
  public private(set) var columnWidths: [Int] = []
  /// Whether the weights of the first layer lie by feature, as a table with a row for each: of sparse rows, a step then takes
  /// the time of the features that its samples have. No part of the stored shape, as files have them by output.
  public private(set) var firstLayerIsTable = false

  private enum CodingKeys: CodingKey {
    case featureCount, hidden, classCount, activation, embedding
  }

  /// - Parameters:
  ///   - columnWidths: Features of each column, which are all that there are; or none.
  ///   - firstLayerIsTable: Of rows without columns alone.
  public init(
    featureCount: Int, hidden: [Int], classCount: Int, activation: Activation, embedding: EmbeddingShape? = nil,
    columnWidths: [Int] = [], firstLayerIsTable: Bool = false
  ) {
    precondition(
      !firstLayerIsTable || embedding == nil && columnWidths.isEmpty, "columns are not what the first layer takes")
    self.firstLayerIsTable = firstLayerIsTable
    precondition(featureCount > 0 && classCount > 0 && hidden.allSatisfy { $0 > 0 })
    precondition(columnWidths.isEmpty || columnWidths.reduce(0, +) == featureCount)
    self.columnWidths = columnWidths.filter { $0 > 0 }
    self.featureCount = featureCount
    self.hidden = hidden
    self.classCount = classCount
    self.activation = activation
    self.embedding = embedding
  }

  /// The same with what a file says of its columns beside it; as files have it, by output.
  ///
  /// - Parameter columnWidths: See `init`.
  func withColumns(_ columnWidths: [Int]) -> ModelShape {
    ModelShape(
      featureCount: featureCount, hidden: hidden, classCount: classCount, activation: activation, embedding: embedding,
      columnWidths: columnWidths)
  }

  /// Numbers that the first layer takes of a sample.
  public var inputCount: Int { embedding?.outputs ?? featureCount }

  /// The (in, out) widths of each layer behind the embedding.
  public var layers: [(inputs: Int, outputs: Int)] {
    let widths = [inputCount] + hidden + [classCount]
    return zip(widths, widths.dropFirst()).map { (inputs: $0, outputs: $1) }
  }

  /// "linear 10 → 3", "mlp 784 → 512 → 256 → 10, relu"; "mlp 201 → 14 × 8 → 64 → 2, relu" with 8 numbers for each of 14
  /// columns
  public var summary: String {
    let embedded = embedding.map { ["\($0.columns.count) × \($0.width)"] } ?? []
    let widths = (["\(featureCount)"] + embedded + (hidden + [classCount]).map(String.init)).joined(separator: " → ")
    return hidden.isEmpty ? "linear \(widths)" : "mlp \(widths), \(activation.rawValue)"
  }

  /// The most parameters of a model: what one message of MPI can carry.
  public static let mostParameters = Int(Int32.max) - 1024

  public var parameterCount: Double {
    layers.reduce(embedding?.parameterCount ?? 0) { $0 + Double($1.inputs + 1) * Double($1.outputs) }
  }

  /// What a rank needs at least to train so many of it, one at a time: parameters and a gradient, and as much again for an
  /// optimizer and sums over shards, beside the parameters of those that are trained. In the end of several it holds the
  /// parameters of all three times: as they were trained, in the networks that judge together, and in those that judge
  /// each the samples that it was trained without.
  ///
  /// - Parameters:
  ///   - members: K
  ///   - count: Of those, the members that are trained at a time.
  ///   - full: Whether by L-BFGS, which remembers pairs of vectors and adds gradients up in Double.
  ///   - samples: The most that pass through a network at a time in training.
  ///   - judged: The same of the networks that judge in the end, of which each member has two.
  public func leastBytesOfTraining(
    members: Int = 1, atOnce count: Int = 1, takingFullBatches full: Bool, samplesAtATime samples: Int, judged: Int
  ) -> Double {
    let ofOne = full ? LimitedMemory.vectorCount + 10 : 4
    let training = parameterCount * Double(members - count + count * ofOne) + Double(count * samples) * numbersOfPass
    let judging = members > 1 ? Double(members) * (3 * parameterCount + 2 * Double(judged) * numbersOfPass) : 0
    return 4 * max(training, judging)
  }

  /// Of a sample that passes through: the outputs of each layer, derivatives where they do not follow from those, and the
  /// gradients of two neighbouring layers.
  private var numbersOfPass: Double {
    let widths = (embedding.map { [$0.outputs] } ?? []) + hidden
    let kept = Double(hidden.reduce(0, +)) * (activation == .relu ? 1 : 2) + Double(embedding?.outputs ?? 0)
    return kept + Double(classCount) + Double(min(2, widths.count)) * Double(widths.max() ?? 0)
  }

  /// - Throws: `ModelShapeError` where the model would have more parameters than that.
  public func checkSize() throws(ModelShapeError) {
    let count = parameterCount
    guard count <= Double(Self.mostParameters) else { throw .tooLarge(parameters: count) }
  }
}

/// A model that cannot be made.
public enum ModelShapeError: Failure, Equatable {
  case tooLarge(parameters: Double)

  public var exitStatus: ExitStatus { .badConfiguration }

  public var description: String {
    switch self {
    case .tooLarge(let parameters):
      "a model of \(parameters) parameters is too large; there can be \(ModelShape.mostParameters). Lower --hidden."
    }
  }
}
