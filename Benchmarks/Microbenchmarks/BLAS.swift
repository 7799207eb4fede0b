import Foundation
import Tensors

/// SGEMM of the machine's BLAS library, on one thread. The program itself needs none.
struct BLAS {
  private typealias SetThreads = @convention(c) (Int32) -> Void
  private typealias SGEMM =
    @convention(c) (
      _ layout: UInt32, _ transposeA: UInt32, _ transposeB: UInt32, _ m: Int32, _ n: Int32, _ k: Int32, _ alpha: Float,
      _ a: UnsafePointer<Float>, _ lda: Int32, _ b: UnsafePointer<Float>, _ ldb: Int32, _ beta: Float,
      _ c: UnsafeMutablePointer<Float>, _ ldc: Int32
    ) -> Void

  private let sgemm: SGEMM

  /// Nil where there is no OpenBLAS.
  init?() {
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW), let sgemm = dlsym(library, "cblas_sgemm"),
      let setThreads = dlsym(library, "openblas_set_num_threads")
    else { return nil }
    unsafeBitCast(setThreads, to: SetThreads.self)(1)
    self.sgemm = unsafeBitCast(sgemm, to: SGEMM.self)
  }

  /// c = op(a) · op(b)
  func multiply(_ a: Matrix, _ transposingA: Bool, _ b: Matrix, _ transposingB: Bool, into c: Matrix) {
    // CblasRowMajor, CblasNoTrans, CblasTrans
    let (rowMajor, asIs, transposed) = (UInt32(101), UInt32(111), UInt32(112))
    sgemm(
      rowMajor, transposingA ? transposed : asIs, transposingB ? transposed : asIs, Int32(c.rows), Int32(c.columns),
      Int32(transposingA ? a.rows : a.columns), 1, a.pointer, Int32(a.stride), b.pointer, Int32(b.stride), 0,
      c.pointer, Int32(c.stride))
  }
}
