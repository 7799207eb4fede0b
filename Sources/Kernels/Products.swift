internal import CBLAS
public import Tensors

/// c = op(a) · op(b), or c += op(a) · op(b) where `accumulating`.
///
/// A product's bits depend on the shapes of the whole call, not on its rows alone (OpenBLAS picks
/// its blocking by them). Whoever needs the same bits twice must make the same call twice.
///
/// - Parameters:
///   - a: [m, k], or [k, m] where `transposingA`.
///   - b: [k, n], or [n, k] where `transposingB`.
///   - c: [m, n]
public func multiply(
  _ a: Matrix, transposingA: Bool = false, _ b: Matrix, transposingB: Bool = false,
  into c: Matrix, accumulating: Bool = false
) {
  let (m, k) = transposingA ? (a.columns, a.rows) : (a.rows, a.columns)
  let (bRows, n) = transposingB ? (b.columns, b.rows) : (b.rows, b.columns)
  precondition(
    k == bRows && c.rows == m && c.columns == n,
    "[\(m), \(k)] · [\(bRows), \(n)] into [\(c.rows), \(c.columns)]")
  guard m > 0, n > 0 else { return }
  unsafe cblas_sgemm(
    CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans, transposingB ? CblasTrans : CblasNoTrans,
    Int32(m), Int32(n), Int32(k), 1,
    a.pointer, Int32(max(a.stride, 1)), b.pointer, Int32(max(b.stride, 1)),
    accumulating ? 1 : 0, c.pointer, Int32(c.stride))
}

/// The BLAS library and the threads it uses.
public enum LinearAlgebra {
  /// OpenBLAS starts a thread per core unless it is told otherwise, in every rank.
  public static func useThreads(_ count: Int) {
    openblas_set_num_threads(Int32(count))
  }

  /// The library's own description: "OpenBLAS 0.3.21 DYNAMIC_ARCH … SkylakeX".
  public static var description: String {
    guard let text = unsafe openblas_get_config() else { return "OpenBLAS" }
    return unsafe String(cString: text)
  }
}
