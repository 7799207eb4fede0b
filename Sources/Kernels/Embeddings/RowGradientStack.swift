public import Tensors

/// The gradients of tables that several shards have of a batch, added up in the order of a tree: a stack of sums, of which
/// the last two are joined when the tree says so (see `BatchSegment`).
///
/// A sum of two has the rows of the first, then those that only the second has; a row that only one of them has stays as it
/// is, bit by bit. So what comes of a tree of sums depends on the tree alone, and not on which parts of it met where: the
/// rows, the order in which samples met them, and their values. (The norm of a gradient is added up in that order.)
///
/// All tables of a model count as one, one behind the other. Memory and time are those of the rows that samples have met,
/// but for a number for each row of the tables. A class, as its memory is kept from step to step.
public final class RowGradientStack {
  /// N
  public let width: Int
  /// Of each row of the tables: its place in the sum that is looked into; −1 for none.
  private var places: [Int32]
  private var stack: [RowGradients] = []
  /// Sums on the stack; memory of more may lie behind them.
  public private(set) var count = 0

  /// - Parameter rowCount: Of all tables.
  public init(rowCount: Int, width: Int) {
    precondition(rowCount >= 0 && rowCount <= Int(Int32.max))
    self.width = width
    places = Array(repeating: -1, count: rowCount)
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
    if !accumulating { pushEmpty() }
    changeTop { top, places in
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
    }
  }

  /// Puts a sum on top.
  public func push(_ sum: RowGradients) {
    precondition(sum.width == width, "rows of \(sum.width) numbers, \(width) expected")
    precondition(sum.rows.allSatisfy { $0 >= 0 && $0 < places.count }, "rows beyond \(places.count)")
    if count == stack.count { stack.append(sum) } else { stack[count] = sum }
    count += 1
  }

  /// Adds the last sum to the one before it, which is then the last.
  public func join() {
    precondition(count >= 2, "\(count) sums cannot be joined")
    count -= 1
    let last = stack[count]
    changeTop { top, places in
      let known = top.rows.count
      for row in last.rows where places[Int(row)] < 0 {
        places[Int(row)] = Int32(top.rows.count)
        top.rows.append(row)
      }
      top.values.append(contentsOf: repeatElement(0, count: (top.rows.count - known) * width))
      unsafe top.values.withUnsafeMutableBufferPointer { sums in
        unsafe last.values.withUnsafeBufferPointer { values in
          guard let sums = sums.baseAddress, let values = values.baseAddress else { return }
          for (index, row) in last.rows.enumerated() {
            let place = Int(places[Int(row)])
            let (sum, added) = unsafe (sums + place * width, values + index * width)
            if place < known {
              for column in 0..<width { unsafe sum[column] += added[column] }
            } else {
              unsafe copyRow(from: added, to: sum, width)
            }
          }
        }
      }
    }
  }

  private func pushEmpty() {
    if count == stack.count { stack.append(RowGradients(width: width)) }
    stack[count].removeAll()
    count += 1
  }

  /// - Parameter body: Changes the sum on top, and may note the places of rows that it adds.
  private func changeTop(_ body: (_ top: inout RowGradients, _ places: inout [Int32]) -> Void) {
    precondition(count > 0, "no sum to go on with")
    var top = RowGradients(width: width)
    swap(&top, &stack[count - 1])
    for (place, row) in top.rows.enumerated() { places[Int(row)] = Int32(place) }
    body(&top, &places)
    for row in top.rows { places[Int(row)] = -1 }
    swap(&top, &stack[count - 1])
  }
}

/// Rows that were added up elsewhere, in a memory whose rows are padded.
extension RowGradientStack {
  /// Puts a sum on top.
  ///
  /// - Parameters:
  ///   - rows: Each once.
  ///   - values: [rows, N], rows apart by `stride`.
  @unsafe func push(_ rows: ArraySlice<Int32>, _ values: UnsafePointer<Float>, stride: Int) {
    pushEmpty()
    unsafe stack[count - 1].append(rows, from: values, stride: stride)
  }

  /// Reads rows of the sum on top.
  ///
  /// - Parameter values: Receives [rows, N], rows apart by `stride`; zeros for a row that it does not have.
  @unsafe func load(_ rows: [Int32], into values: UnsafeMutablePointer<Float>, stride: Int) {
    changeTop { top, places in
      for (place, row) in rows.enumerated() {
        let target = unsafe values + place * stride
        let known = Int(places[Int(row)])
        for index in 0..<width { unsafe target[index] = known < 0 ? 0 : top.values[known * width + index] }
      }
    }
  }

  /// Replaces rows of the sum on top, or adds them to it where it has none of them.
  @unsafe func replace(_ rows: [Int32], by values: UnsafePointer<Float>, stride: Int) {
    changeTop { top, places in
      for (place, row) in rows.enumerated() {
        let source = unsafe values + place * stride
        let known = Int(places[Int(row)])
        if known < 0 {
          unsafe top.append([row], from: source, stride: width)
        } else {
          for index in 0..<width { unsafe top.values[known * width + index] = source[index] }
        }
      }
    }
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
