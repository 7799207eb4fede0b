/// A call of the C library for each row would take longer than most rows.
@inline(__always) @unsafe
func copyRow(from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ width: Int) {
  var index = 0
  while index + laneCount <= width {
    unsafe target.store(UnsafeRawPointer(source + index).loadUnaligned(as: Lanes.self), at: index)
    index += laneCount
  }
  if index + laneCount / 2 <= width {
    unsafe target.store8(UnsafeRawPointer(source + index).loadUnaligned(as: SIMD8<Float>.self), at: index)
    index += laneCount / 2
  }
  while index < width {
    unsafe target[index] = source[index]
    index += 1
  }
}

/// Brings rows of a table together.
///
/// - Parameters:
///   - rows: Their numbers, none of which is checked.
///   - width: Numbers of a row of the table.
///   - target: Receives a row for each, apart by `stride`; what lies between them stays as it is.
@inline(__always) @unsafe
func gatherRows(
  _ rows: Span<Int32>, of table: UnsafePointer<Float>, _ width: Int, into target: UnsafeMutablePointer<Float>,
  stride: Int
) {
  // A width that the compiler knows: a row of eight is two instructions then. (Asked within the loop it would make a step
  // on a million words a fifth slower.)
  let half = SIMD8<Float>.scalarCount
  if width == half {
    for place in 0..<rows.count {
      unsafe copyRow(from: table + Int(rows[unchecked: place]) * half, to: target + place * stride, half)
    }
  } else {
    for place in 0..<rows.count {
      unsafe copyRow(from: table + Int(rows[unchecked: place]) * width, to: target + place * stride, width)
    }
  }
}

/// Puts rows back where they are in a table, as `gatherRows` has brought them together.
@inline(__always) @unsafe
func scatterRows(
  _ rows: Span<Int32>, of table: UnsafeMutablePointer<Float>, _ width: Int, from source: UnsafePointer<Float>
) {
  let half = SIMD8<Float>.scalarCount
  if width == half {
    for place in 0..<rows.count {
      unsafe copyRow(from: source + place * half, to: table + Int(rows[unchecked: place]) * half, half)
    }
  } else {
    for place in 0..<rows.count {
      unsafe copyRow(from: source + place * width, to: table + Int(rows[unchecked: place]) * width, width)
    }
  }
}
