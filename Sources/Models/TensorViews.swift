public import Kernels
public import Tensors

/// The tensors of a layout in vectors that have it: parameters, or gradients. Made once, views of the vectors. A class, so
/// that a step can tell whether it is given the same as the last.
public final class TensorViews {
  /// How many vectors there are.
  let vectorCount: Int
  /// Of gradients, where those of tables belong, of which a vector has nothing.
  package let rows: RowGradientStack?
  /// [tensor][vector]
  private let flat: [[Vector]]
  /// [tensor][vector]
  private let matrices: [[Matrix]]

  /// - Parameter vectors: Parameters in the given layout each, padded; or gradients where there are no tables.
  public convenience init(_ vectors: [Vector], layout: ParameterLayout) {
    precondition(vectors.allSatisfy { $0.count == layout.paddedCount }, "vectors for another layout")
    self.init(vectors, layout, from: 0, rows: nil)
  }

  /// - Parameters:
  ///   - vectors: Of all tensors but tables each, padded.
  ///   - rows: Receives what belongs to tables.
  ///   - start: Of the layout: where the vectors begin, which is behind the tables. Tensors that begin before it have no
  ///     gradients.
  public convenience init(
    gradients vectors: [Vector], rows: RowGradientStack?, layout: ParameterLayout, from start: Int? = nil
  ) {
    // Who names a beginning trains what lies behind it alone, and no table.
    precondition(
      start != nil || layout.tableCount == 0 || rows?.width == layout.tableWidth, "no place for rows of tables")
    let start = start ?? layout.tableCount
    precondition(vectors.allSatisfy { $0.count == layout.paddedCount - start }, "gradients for another layout")
    self.init(vectors, layout, from: start, rows: rows)
  }

  private init(_ vectors: [Vector], _ layout: ParameterLayout, from start: Int, rows: RowGradientStack?) {
    self.rows = rows
    vectorCount = vectors.count
    func view(_ vector: Vector, _ tensor: ParameterLayout.Tensor) -> Vector {
      let range = tensor.range
      return range.lowerBound < start
        ? vector.prefix(0) : vector[(range.lowerBound - start)..<(range.upperBound - start)]
    }
    flat = layout.tensors.map { tensor in vectors.map { view($0, tensor) } }
    self.matrices = layout.tensors.map { tensor in
      let first = (tensor.isTransposed ? tensor.shape.last : tensor.shape.first) ?? 1
      let rows = tensor.range.lowerBound < start ? 0 : first
      return vectors.map { view($0, tensor).matrix(rows: rows, columns: tensor.range.count / max(first, 1)) }
    }
  }

  /// The elements of a tensor in each vector.
  package func vectors(_ tensor: ParameterLayout.Handle) -> [Vector] { flat[tensor.index] }

  /// A tensor in each vector, as it lies there: as many rows as its first dimension has, of a transposed one as the last.
  package func matrices(_ tensor: ParameterLayout.Handle) -> [Matrix] { matrices[tensor.index] }

  /// The elements of a tensor in the only vector.
  package func vector(_ tensor: ParameterLayout.Handle) -> Vector { flat[tensor.index][0] }

  /// A tensor in the only vector, as `matrices` has it.
  package func matrix(_ tensor: ParameterLayout.Handle) -> Matrix { matrices[tensor.index][0] }
}
