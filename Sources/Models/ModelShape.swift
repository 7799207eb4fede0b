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

  public init(featureCount: Int, hidden: [Int], classCount: Int, activation: Activation) {
    precondition(featureCount > 0 && classCount > 0 && hidden.allSatisfy { $0 > 0 })
    self.featureCount = featureCount
    self.hidden = hidden
    self.classCount = classCount
    self.activation = activation
  }

  /// The (in, out) widths of each layer.
  public var layers: [(inputs: Int, outputs: Int)] {
    let widths = [featureCount] + hidden + [classCount]
    return zip(widths, widths.dropFirst()).map { (inputs: $0, outputs: $1) }
  }

  /// "linear 10 → 3", "mlp 784 → 512 → 256 → 10, relu"
  public var summary: String {
    let widths = ([featureCount] + hidden + [classCount]).map(String.init).joined(separator: " → ")
    return hidden.isEmpty ? "linear \(widths)" : "mlp \(widths), \(activation.rawValue)"
  }
}
