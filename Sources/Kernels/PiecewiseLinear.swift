public import Tensors

/// A column of numbers, each written as a standardized one and as how far it has come through each of T bins.
///
/// With edges b₀ < … < b_T the number x becomes (x − mean) / scale, then, for t = 1 … T,
///
///     clip((x − b_{t−1}) / (b_t − b_{t−1}), 0, 1)
///
/// where the first is not clipped below and the last not above, so that beyond the edges x goes on in a straight line: ones,
/// at most one number between, zeros. All is computed in Double and then rounded to Float32.
///
/// Source: Gorishniy, Rubachev, Babenko, "On Embeddings for Numerical Features in Tabular Deep Learning" (2022), section 3.2.
public struct PiecewiseLinear: Sendable {
  private let mean: Double
  private let scale: Double
  /// In place of a number that is missing.
  private let fill: Double
  /// Is added to numbers first.
  private let offset: Double
  /// T + 1, ascending.
  private let edges: [Double]
  /// Whether a last feature says that the number is missing.
  private let marksMissing: Bool
  /// Those between two bins, and +∞ up to whole groups of lanes.
  private let inner: [Double]
  /// T ones, T zeros: T of them from T − k on are the bins before bin k, and all others.
  private let steps: [Float]

  /// - Parameters:
  ///   - edges: Two or more, ascending, each once.
  ///   - marksMissing: Whether one more feature, behind the bins, is 1 where the number is missing, else 0.
  public init(
    mean: Double, scale: Double, fill: Double, offset: Double, edges: [Double], marksMissing: Bool
  ) {
    precondition(edges.count >= 2 && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }, "\(edges) are no edges")
    self.mean = mean
    self.scale = scale
    self.fill = fill
    self.offset = offset
    self.edges = edges
    self.marksMissing = marksMissing
    let bins = edges.count - 1
    let groups = (bins - 1 + Self.lanes - 1) / Self.lanes
    inner = edges[1..<bins] + Array(repeating: .infinity, count: groups * Self.lanes - (bins - 1))
    steps = Array(repeating: 1, count: bins) + Array(repeating: 0, count: bins)
  }

  /// Of Double.
  private static let lanes = 8

  /// Features that a number becomes: 1 + T, and 1 where missing ones are marked.
  public var width: Int { edges.count + (marksMissing ? 1 : 0) }

  /// - Parameters:
  ///   - raw: [n, …]; NaN stands for a number that is missing.
  ///   - column: Whose numbers.
  ///   - features: [n, …], other memory; receives `width` features of each row from `place` on.
  public func callAsFunction(_ raw: Matrix, column: Int, into features: Matrix, at place: Int) {
    precondition(column >= 0 && column < raw.columns && raw.rows <= features.rows, "column \(column) of \(raw.columns)")
    precondition(
      place >= 0 && place + width <= features.columns, "\(width) of \(features.columns) features at \(place)")
    precondition(raw.storage !== features.storage)
    let bins = edges.count - 1
    unsafe edges.withUnsafeBufferPointer { edges in
      unsafe steps.withUnsafeBufferPointer { steps in
        unsafe inner.withUnsafeBufferPointer { inner in
          for row in 0..<raw.rows {
            let value = unsafe raw.pointer[row * raw.stride + column]
            let target = unsafe features.pointer + (row * features.stride + place)
            let known = value.isNaN ? fill : Double(value) + offset
            unsafe target[0] = Float((known - mean) / scale)
            // +∞ is above what fills up the lanes, too.
            let bin = unsafe min(count(of: inner, notAbove: known), bins - 1)
            unsafe copy(steps.baseAddress.unsafelyUnwrapped + (bins - bin), count: bins, to: target + 1)
            unsafe target[1 + bin] = Float((known - edges[bin]) / (edges[bin + 1] - edges[bin]))
            if marksMissing { unsafe target[1 + bins] = value.isNaN ? 1 : 0 }
          }
        }
      }
    }
  }

  /// How many edges are not above the number: all are compared, which takes less time than a search, whose branches cannot
  /// be foreseen.
  @inline(__always)
  private func count(of edges: UnsafeBufferPointer<Double>, notAbove number: Double) -> Int {
    let number = SIMD8(repeating: number)
    var counts = SIMD8<Int64>.zero
    for start in stride(from: 0, to: edges.count, by: Self.lanes) {
      let group = unsafe UnsafeRawPointer(edges.baseAddress.unsafelyUnwrapped + start)
        .loadUnaligned(as: SIMD8<Double>.self)
      counts = counts.replacing(with: counts &+ 1, where: group .<= number)
    }
    let four = counts.lowHalf &+ counts.highHalf
    let two = four.lowHalf &+ four.highHalf
    return Int(two[0] + two[1])
  }

  /// By whole lanes first. (There are few: a call of memcpy would take longer.)
  @inline(__always)
  private func copy(_ source: UnsafePointer<Float>, count: Int, to target: UnsafeMutablePointer<Float>) {
    var index = 0
    while index + laneCount <= count {
      unsafe target.store(UnsafeRawPointer(source + index).loadUnaligned(as: Lanes.self), at: index)
      index += laneCount
    }
    while index < count {
      unsafe target[index] = source[index]
      index += 1
    }
  }
}
