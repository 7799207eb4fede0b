public import Tensors

/// The rows of tables that a step moves, brought together out of vectors as long as the tables, so that a rule of a
/// parameter's step is applied to them as to any vector; and put back where they were.
///
/// Memory and time are those of these rows. A class, as its memory is kept from step to step.
public final class TouchedRows {
  /// N
  private let width: Int
  private var rows: [Int32] = []
  /// The largest of them; 0 where there is none.
  private var lastRow = 0
  private var gradientStorage = Storage(zeros: 0)
  /// One for each vector that rows are gathered from at a time.
  private var gathered: [Storage] = []

  public init(width: Int) {
    self.width = width
  }

  /// Elements of the rows, padded to whole lanes.
  private var paddedCount: Int { paddedToLanes(rows.count * width) }

  /// Their gradients, row after row, and zeros up to whole lanes.
  public var gradient: Vector { Vector(gradientStorage, offset: 0, count: paddedCount) }

  /// Takes the rows of a gradient.
  public func take(_ gradients: RowGradients) {
    precondition(gradients.width == width, "rows of \(gradients.width) numbers, \(width) expected")
    rows.removeAll(keepingCapacity: true)
    rows.append(contentsOf: gradients.rows)
    // As unsigned numbers, of which negative ones would be the largest.
    var last: UInt32 = 0
    for row in rows { last = max(last, UInt32(bitPattern: row)) }
    lastRow = Int(last)
    Self.grow(&gradientStorage, to: paddedCount)
    let target = gradient
    unsafe gradients.values.withUnsafeBufferPointer { values in
      guard let source = values.baseAddress else { return }
      unsafe target.pointer.update(from: source, count: values.count)
    }
    for index in (rows.count * width)..<paddedCount { target[index] = 0 }
  }

  /// Calls `body` with the rows of several vectors, and puts back what it makes of them.
  ///
  /// - Parameters:
  ///   - tables: Vectors of whole rows.
  ///   - body: Takes as many vectors as there are tables, of as many elements as `gradient`; what stands behind the rows
  ///     is of no use.
  func update(_ tables: [Vector], _ body: ([Vector]) -> Void) {
    while gathered.count < tables.count { gathered.append(Storage(zeros: 0)) }
    for index in tables.indices { Self.grow(&gathered[index], to: paddedCount) }
    let vectors = tables.indices.map { Vector(gathered[$0], offset: 0, count: paddedCount) }
    for (table, vector) in zip(tables, vectors) {
      precondition(rows.isEmpty || lastRow < table.count / width, "row \(lastRow) of a table of \(table.count / width)")
      unsafe gatherRows(rows.span, of: table.pointer, width, into: vector.pointer, stride: width)
      for index in (rows.count * width)..<paddedCount { vector[index] = 0 }
    }
    body(vectors)
    for (table, vector) in zip(tables, vectors) {
      unsafe scatterRows(rows.span, of: table.pointer, width, from: vector.pointer)
    }
  }

  private static func grow(_ storage: inout Storage, to count: Int) {
    if storage.count < count { storage = Storage(zeros: max(count, 2 * storage.count)) }
  }
}
