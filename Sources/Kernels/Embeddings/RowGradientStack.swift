public import Tensors

/// The gradients of tables that several shards have of a batch, added up in the order of a tree: a stack of sums, of which
/// the last two are joined when the tree says so (see `BatchSegment`).
///
/// All tables of a model count as one, one behind the other. Memory and time are those of the rows that samples have met,
/// but for a number for each row of the tables. A class, as its memory is kept from step to step.
public final class RowGradientStack {
  /// N
  public let width: Int
  /// Of each row of the tables: its place in the sum that is open; −1 for none.
  private var places: [Int32]
  private var stack: [RowGradients] = []
  private var scratch: RowGradients
  private var order: [Int32] = []
  /// Sums on the stack; memory of more may lie behind them.
  public private(set) var count = 0

  /// - Parameter rowCount: Of all tables.
  public init(rowCount: Int, width: Int) {
    precondition(rowCount >= 0 && rowCount <= Int(Int32.max))
    self.width = width
    places = Array(repeating: -1, count: rowCount)
    scratch = RowGradients(width: width)
  }

  /// A sum of those that are on the stack.
  public subscript(index: Int) -> RowGradients {
    precondition(index < count, "sum \(index) of \(count)")
    return stack[index]
  }

  public func removeAll() { count = 0 }

  /// Adds the gradients of some samples, one after another, to a sum of their own on top of the stack.
  ///
  /// - Parameters:
  ///   - samples: Rows of `x` and `dY`.
  ///   - x: [n, D], the numbers of rows in some of its columns.
  ///   - dY: [n, …], the gradient of the values that were looked up.
  ///   - accumulating: Whether to go on with the sum that is on top.
  public func add(_ samples: Range<Int>, of x: Matrix, _ columns: [TableColumn], dY: Matrix, accumulating: Bool) {
    precondition(samples.upperBound <= min(x.rows, dY.rows) && samples.lowerBound >= 0)
    precondition(columns.allSatisfy { $0.fits(x, dY, width: width) && $0.firstRow + $0.rowCount <= places.count })
    precondition(!accumulating || count > 0, "no sum to go on with")
    if !accumulating {
      if count == stack.count { stack.append(RowGradients(width: width)) }
      stack[count].removeAll()
      count += 1
    }
    var top = RowGradients(width: width)
    swap(&top, &stack[count - 1])
    for (place, row) in top.rows.enumerated() { places[Int(row)] = Int32(place) }
    for sample in samples {
      for column in columns {
        let row = column.row(in: x, of: sample)
        var place = Int(places[row])
        if place < 0 {
          place = top.rows.count
          places[row] = Int32(place)
          top.rows.append(Int32(row))
          for _ in 0..<width { top.values.append(0) }
        }
        unsafe top.values.withUnsafeMutableBufferPointer { values in
          let source = unsafe dY.pointer + (sample * dY.stride + column.output)
          for index in 0..<width { unsafe values[place * width + index] += source[index] }
        }
      }
    }
    for row in top.rows { places[Int(row)] = -1 }
    sort(&top)
    swap(&top, &stack[count - 1])
  }

  /// Puts a sum on top.
  public func push(_ sum: RowGradients) {
    precondition(sum.width == width, "rows of \(sum.width) numbers, \(width) expected")
    if count == stack.count { stack.append(sum) } else { stack[count] = sum }
    count += 1
  }

  /// Adds the last sum to the one before it, which is then the last.
  public func join() {
    precondition(count >= 2, "\(count) sums cannot be joined")
    scratch.becomeSum(stack[count - 2], stack[count - 1])
    swap(&scratch, &stack[count - 2])
    count -= 1
  }

  /// Puts the rows in ascending order.
  private func sort(_ sum: inout RowGradients) {
    let rows = sum.rows
    guard !zip(rows, rows.dropFirst()).allSatisfy({ $0 < $1 }) else { return }
    order.removeAll(keepingCapacity: true)
    order.append(contentsOf: 0..<Int32(rows.count))
    order.sort { rows[Int($0)] < rows[Int($1)] }
    scratch.removeAll()
    for place in order {
      scratch.rows.append(rows[Int(place)])
      let start = Int(place) * width
      scratch.values.append(contentsOf: sum.values[start..<(start + width)])
    }
    swap(&scratch, &sum)
  }
}

/// A column of a batch that holds numbers of rows of a table.
public struct TableColumn: Equatable, Sendable {
  /// Where the number of the row stands among the columns of x.
  public let feature: Int
  /// Where its table begins among the rows of all tables.
  public let firstRow: Int
  /// Of its table.
  public let rowCount: Int
  /// Where the N values of the row belong among the columns of y.
  public let output: Int

  public init(feature: Int, firstRow: Int, rowCount: Int, output: Int) {
    (self.feature, self.firstRow, self.rowCount, self.output) = (feature, firstRow, rowCount, output)
  }

  fileprivate func fits(_ x: Matrix, _ y: Matrix, width: Int) -> Bool {
    feature >= 0 && feature < x.columns && firstRow >= 0 && output >= 0 && output + width <= y.columns
  }

  /// The row of a sample, among those of all tables.
  @inline(__always)
  fileprivate func row(in x: Matrix, of sample: Int) -> Int {
    let row = unsafe Int(x.pointer[sample * x.stride + feature])
    precondition(row >= 0 && row < rowCount, "row \(row) of a table of \(rowCount)")
    return firstRow + row
  }
}

/// Writes the rows of tables that samples ask for into y.
///
/// - Parameters:
///   - x: [n, D]
///   - tables: [rows of all tables, N]
///   - y: [n, …]; N values of each column from its `output` on.
public func lookUp(_ x: Matrix, _ columns: [TableColumn], in tables: Matrix, into y: Matrix) {
  let width = tables.columns
  precondition(y.rows >= x.rows && tables.stride == width)
  precondition(columns.allSatisfy { $0.fits(x, y, width: width) && $0.firstRow + $0.rowCount <= tables.rows })
  for sample in 0..<x.rows {
    for column in columns {
      let source = unsafe tables.pointer + column.row(in: x, of: sample) * width
      let target = unsafe y.pointer + (sample * y.stride + column.output)
      for index in 0..<width { unsafe target[index] = source[index] }
    }
  }
}
