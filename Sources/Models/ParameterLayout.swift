internal import Kernels
internal import Tensors

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
  func values(in parameters: Vector) -> Vector {
    let elements = parameters[range]
    guard isTransposed else { return elements }
    let values = Vector(zeros: elements.count)
    forEachPlace { values[$0] = elements[$1] }
    return values
  }

  /// Puts elements in the order of `shape` where they belong.
  func set(_ values: Vector, in parameters: Vector) {
    let elements = parameters[range]
    guard isTransposed else { return elements.copy(from: values) }
    precondition(values.count == elements.count, "\(values.count) elements for \(name)")
    forEachPlace { elements[$1] = values[$0] }
  }

  /// - Parameter body: Takes the place of an element of a transposed matrix in the order of `shape`, and that in `range`.
  private func forEachPlace(_ body: (Int, Int) -> Void) {
    let (rows, columns) = (shape[0], shape[1])
    for row in 0..<rows {
      for column in 0..<columns { body(row * columns + column, column * rows + row) }
    }
  }
}
