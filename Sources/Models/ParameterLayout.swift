internal import Kernels

/// Where each tensor of a network lies in one flat vector: the form in which optimizers and
/// reductions see parameters and gradients.
public struct ParameterLayout: Equatable, Sendable {
  /// A tensor of parameters, and where it lies in the vector.
  public struct Tensor: Equatable, Sendable {
    /// As files have it: "layers.0.weight"
    public let name: String
    /// Of any rank: [out, in]
    public let shape: [Int]
    /// What its elements are before training.
    public let initial: InitialDistribution
    /// Its elements in the flat vector, the last dimension the fastest.
    public let range: Range<Int>
  }

  /// A tensor of a layout, for who put it there.
  public struct Handle: Hashable, Sendable {
    let index: Int
  }

  /// In the order of the vector.
  public private(set) var tensors: [Tensor] = []

  /// Without tensors.
  public init() {}

  /// Elements of all tensors.
  public var count: Int { tensors.last?.range.upperBound ?? 0 }
  /// The length of a vector that holds them, padded with zeros to whole lanes.
  public var paddedCount: Int { paddedToLanes(count) }

  /// The tensors of the last layer, by their places: W, [C, in], and b, [C].
  package var classifier: Range<Int> {
    precondition(tensors.count >= 2, "a layout without a layer")
    return (tensors.count - 2)..<tensors.count
  }

  /// Where the last layer begins in the vector.
  package var classifierStart: Int { tensors[classifier.lowerBound].range.lowerBound }

  /// Puts a tensor behind the others.
  ///
  /// - Parameters:
  ///   - name: Of no other tensor.
  ///   - shape: Dimensions from 1 on.
  public mutating func append(_ name: String, shape: [Int], initial: InitialDistribution) -> Handle {
    precondition(self[name] == nil, "two tensors \(name)")
    precondition(shape.allSatisfy { $0 > 0 }, "\(name) of shape \(shape)")
    tensors.append(Tensor(name: name, shape: shape, initial: initial, range: count..<(count + shape.reduce(1, *))))
    return Handle(index: tensors.count - 1)
  }

  /// Nil where there is none of that name.
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }

  /// The tensor that a handle stands for.
  public subscript(handle: Handle) -> Tensor { tensors[handle.index] }
}
