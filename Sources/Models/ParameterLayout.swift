internal import Kernels
public import Tensors

/// Where each tensor of a network lies in one flat vector: the form in which optimizers and
/// reductions see parameters and gradients.
///
/// Tables of which samples look up few rows stand first. A gradient has nothing of them in a vector, but their rows that
/// were met (`RowGradients`); its vector is of the tensors behind them.
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
    /// Whether they lie there as those of its transpose do: of a table [rows, width] that files have as [width, rows].
    let isTransposed: Bool
  }

  /// A tensor of a layout, for who put it there.
  public struct Handle: Hashable, Sendable {
    let index: Int
  }

  /// In the order of the vector.
  public private(set) var tensors: [Tensor] = []
  private var names: Set<String> = []
  /// Elements of the tables, which stand before those of all other tensors.
  public private(set) var tableCount = 0
  /// Numbers of a row of each table; 0 where there are no tables.
  public private(set) var tableWidth = 0
  /// Elements of the tensors that embed columns without being tables: they stand behind those, before all others.
  public private(set) var embeddingCount = 0

  /// Without tensors.
  public init() {}

  /// Elements of all tensors.
  public var count: Int { tensors.last?.range.upperBound ?? 0 }
  /// The length of a vector that holds them, padded with zeros to whole lanes behind the tables.
  public var paddedCount: Int { tableCount + paddedGradientCount }
  /// The length of a vector that holds the gradients of all tensors but tables, padded with zeros to whole lanes.
  public var paddedGradientCount: Int { paddedToLanes(count - tableCount) }
  /// Rows of all tables.
  public var tableRows: Int { tableWidth == 0 ? 0 : tableCount / tableWidth }

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
    return put(name, shape: shape, initial: initial)
  }

  private mutating func put(
    _ name: String, shape: [Int], initial: InitialDistribution, isTransposed: Bool = false
  ) -> Handle {
    precondition(names.insert(name).inserted, "two tensors \(name)")
    precondition(shape.allSatisfy { $0 > 0 }, "\(name) of shape \(shape)")
    let range = count..<(count + shape.reduce(1, *))
    tensors.append(Tensor(name: name, shape: shape, initial: initial, range: range, isTransposed: isTransposed))
    return Handle(index: tensors.count - 1)
  }

  /// Puts a table behind the other tables, before any tensor that is none.
  ///
  /// - Parameters:
  ///   - name: Of no other tensor.
  ///   - width: The same of all tables.
  ///   - isTransposed: Whether files have it, and it is drawn, as [width, rows].
  public mutating func appendTable(
    _ name: String, rows: Int, width: Int, initial: InitialDistribution, isTransposed: Bool = false
  ) -> Handle {
    precondition(count == tableCount, "the table \(name) behind a tensor that is none")
    precondition(tableWidth == 0 || tableWidth == width, "tables of \(tableWidth) and \(width) numbers a row")
    let shape = isTransposed ? [width, rows] : [rows, width]
    let handle = put(name, shape: shape, initial: initial, isTransposed: isTransposed)
    (tableCount, tableWidth) = (count, width)
    return handle
  }

  /// Puts a tensor that embeds columns, and is no table, behind the tables and others of its kind.
  mutating func appendEmbedding(_ name: String, shape: [Int], initial: InitialDistribution) -> Handle {
    precondition(count == tableCount + embeddingCount, "the embedding \(name) behind a tensor that is none")
    let handle = append(name, shape: shape, initial: initial)
    embeddingCount = count - tableCount
    return handle
  }

  /// Nil where there is none of that name.
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }

  /// The tensor that a handle stands for.
  public subscript(handle: Handle) -> Tensor { tensors[handle.index] }
}

extension ParameterLayout.Tensor {
  /// Its elements in a vector of the layout, in the order of `shape`: a view where they lie so.
  func values(in vector: Vector) -> Vector {
    guard isTransposed else { return vector[range] }
    let values = Vector(zeros: range.count)
    transpose(vector, into: values)
    return values
  }

  /// - Parameter values: Receive the elements of one that is transposed, in the order of `shape`.
  fileprivate func transpose(_ vector: Vector, into values: Vector) {
    lying(in: vector).transpose(into: values.matrix(rows: shape[0], columns: shape[1]))
  }

  /// Puts elements in the order of `shape` where they belong.
  func set(_ values: Vector, in vector: Vector) {
    guard isTransposed else { return vector[range].copy(from: values) }
    values.matrix(rows: shape[0], columns: shape[1]).transpose(into: lying(in: vector))
  }

  private func lying(in vector: Vector) -> Matrix { vector[range].matrix(rows: shape[1], columns: shape[0]) }
}

/// Vectors of all parameters as files have them.
extension ParameterLayout {
  /// A vector of the layout whose tensors have the order of their shapes: itself where they lie so.
  public func inFileOrder(_ vector: Vector) -> Vector {
    let transposed = tensors.filter(\.isTransposed)
    guard !transposed.isEmpty else { return vector }
    let ordered = Vector(zeros: vector.count)
    ordered.copy(from: vector)
    for tensor in transposed { tensor.transpose(vector, into: ordered[tensor.range]) }
    return ordered
  }

  /// Takes what `inFileOrder` gives.
  public func copy(fileOrder ordered: Vector, into vector: Vector) {
    vector.copy(from: ordered)
    for tensor in tensors where tensor.isTransposed { tensor.set(ordered[tensor.range], in: vector) }
  }
}
