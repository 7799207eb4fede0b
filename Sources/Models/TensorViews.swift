public import Tensors

/// The tensors of a layout in vectors that have it: parameters, or gradients. Made once, views of the vectors.
public struct TensorViews {
  /// [tensor][vector]
  private let flat: [[Vector]]
  /// [tensor][vector]
  private let rows: [[Matrix]]

  /// - Parameters:
  ///   - vectors: In the given layout each, padded.
  ///   - start: Of the layout: where the vectors begin. Tensors that begin before have no views.
  public init(_ vectors: [Vector], layout: ParameterLayout, from start: Int = 0) {
    precondition(vectors.allSatisfy { $0.count == layout.paddedCount - start }, "vectors for another layout")
    flat = layout.tensors.map { tensor in
      guard tensor.range.lowerBound >= start else { return [] }
      return vectors.map { $0[(tensor.range.lowerBound - start)..<(tensor.range.upperBound - start)] }
    }
    rows = zip(layout.tensors, flat).map { tensor, vectors in
      let rows = tensor.shape.first ?? 1
      return vectors.map { $0.matrix(rows: rows, columns: tensor.range.count / rows) }
    }
  }

  /// The elements of a tensor in each vector.
  package func vectors(_ tensor: ParameterLayout.Handle) -> [Vector] { flat[tensor.index] }

  /// A tensor in each vector, as many rows as its first dimension has.
  package func matrices(_ tensor: ParameterLayout.Handle) -> [Matrix] { rows[tensor.index] }

  /// The elements of a tensor in the only vector.
  package func vector(_ tensor: ParameterLayout.Handle) -> Vector { flat[tensor.index][0] }

  /// A tensor in the only vector, as `matrices` has it.
  package func matrix(_ tensor: ParameterLayout.Handle) -> Matrix { rows[tensor.index][0] }
}
