internal import CIntrinsics

/// Reads what the features of an encoded column are in one sample.
///
/// Most are bins: behind the number itself ones, as far as it has come through them, one number between, zeros. Or they are
/// categories, of which one is 1. So there is a run of ones from the second feature on, which may be empty, and few others
/// that are not 0.
///
/// One column at a time.
@safe final class ColumnReader {
  /// Of the column that was read last, the features that are not 0 and not of the run, in ascending order.
  @unsafe let places: UnsafeMutableBufferPointer<Int>

  /// - Parameter widest: The most features of a column.
  init(widest: Int) {
    unsafe places = .allocate(capacity: widest)
  }

  deinit { unsafe places.deallocate() }

  /// - Parameter count: Of `features`.
  /// - Returns: How many from the second on are 1, one behind the other; and how many others are not 0, whose places `places`
  ///   has.
  @unsafe @inline(__always)
  func read(_ features: UnsafePointer<Float>, count: Int) -> (run: Int, others: Int) {
    var (run, others) = (0, 0)
    for start in stride(from: 0, to: count, by: 64) {
      let marks = unsafe cintrinsics_mark(features + start, min(64, count - start))
      var left = marks.others_than_zero
      // The first is no bin. Behind the first 64 a run goes on that has not ended.
      if start == 0 || run == start - 1 {
        let ones = start == 0 ? marks.ones | 1 : marks.ones
        let length = (~ones).trailingZeroBitCount
        run += start == 0 ? length - 1 : length
        left &= UInt64.max << UInt64(length) | (start == 0 ? 1 : 0)
      }
      while left != 0 {
        unsafe places[others] = start + left.trailingZeroBitCount
        others += 1
        left &= left &- 1
      }
    }
    return (run, others)
  }
}
