internal import RandomStreams
public import Tensors

/// What the elements of a tensor are drawn from before training.
public enum InitialDistribution: Equatable, Sendable {
  /// U(−bound, bound)
  case uniform(bound: Double)
  /// The same, but for a row that is zeros.
  case uniformRows(bound: Double, zeros: Int)
  /// U(−b, b) with another bound b for each row.
  case uniformByRow(bounds: [Double])

  /// Of weight and bias of an affine map, U(−1/√fan_in, 1/√fan_in), as PyTorch's nn.Linear has it.
  public static func linear(fanIn: Int) -> InitialDistribution {
    .uniform(bound: 1 / Double(fanIn).squareRoot())
  }
}

extension InitialDistribution {
  /// Of the weights of several affine maps, transposed and one behind the other: a row for each input.
  public static func linearByRow(fanIns: [Int]) -> InitialDistribution {
    .uniformByRow(bounds: fanIns.flatMap { Array(repeating: 1 / Double($0).squareRoot(), count: $0) })
  }

  /// Of the biases of those maps: a row for each.
  public static func linearBias(fanIns: [Int]) -> InitialDistribution {
    .uniformByRow(bounds: fanIns.map { 1 / Double($0).squareRoot() })
  }

  /// Of a table that has a row of `width` numbers for each level of a category: U(−1/√N, 1/√N) (Gorishniy et al.,
  /// "Revisiting Deep Learning Models for Tabular Data", 2021), and zeros, the mean of that, for what is no level that was
  /// learned.
  public static func table(width: Int, unknownRow: Int) -> InitialDistribution {
    .uniformRows(bound: 1 / Double(width).squareRoot(), zeros: unknownRow)
  }
}

extension ParameterLayout {
  /// Draws every tensor from its distribution. Each has a stream of its own, so that adding a layer leaves
  /// those before it as they are.
  public func initialize(_ parameters: Vector, seed: UInt64) {
    precondition(parameters.count == paddedCount)
    for index in tensors.indices { initialize(index, parameters, seed: seed, .initialization) }
  }

  /// Draws the tensors of the last layer once more, from streams of their own.
  public func initializeClassifier(_ parameters: Vector, seed: UInt64) {
    precondition(parameters.count == paddedCount)
    for index in classifier { initialize(index, parameters, seed: seed, .retraining) }
  }

  private func initialize(_ index: Int, _ parameters: Vector, seed: UInt64, _ purpose: RandomPurpose) {
    let tensor = tensors[index]
    var stream = RandomStream(seed: seed, purpose: purpose, index: index)
    // In the order of the shape, however its elements lie: the first parameters do not depend on it.
    let values = tensor.isTransposed ? Vector(zeros: tensor.range.count) : parameters[tensor.range]
    switch tensor.initial {
    case .uniform(let bound):
      for place in 0..<values.count { values[place] = Float((2 * stream.uniform() - 1) * bound) }
    case .uniformByRow(let bounds):
      let width = values.count / bounds.count
      for place in 0..<values.count { values[place] = Float((2 * stream.uniform() - 1) * bounds[place / width]) }
    case .uniformRows(let bound, let zeros):
      for place in 0..<values.count { values[place] = Float((2 * stream.uniform() - 1) * bound) }
      let width = tensor.shape.dropFirst().reduce(1, *)
      values[(zeros * width)..<((zeros + 1) * width)].fill(with: 0)
    }
    if tensor.isTransposed { tensor.set(values, in: parameters) }
  }
}
