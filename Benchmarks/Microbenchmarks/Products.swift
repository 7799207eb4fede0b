import Kernels
import Tensors

/// The products of a layer, by the program's kernels and by the BLAS library.
struct Products {
  private let products = MatrixProducts()
  private let blas = BLAS()

  /// Forward, and backward with respect to input and weight, for a batch of `rows`.
  func measureLayer(rows: Int, inputs: Int, outputs: Int) {
    let x = randomMatrix(rows, inputs)
    let weight = randomMatrix(outputs, inputs)
    let y = randomMatrix(rows, outputs)
    measure("forward", x, false, weight, true, into: Matrix(zeros: rows, outputs))
    measure("backward input", y, false, weight, false, into: Matrix(zeros: rows, inputs))
    measure("backward weight", y, true, x, false, into: Matrix(zeros: outputs, inputs))
  }

  func measureSquare(_ n: Int) {
    measure("square", randomMatrix(n, n), false, randomMatrix(n, n), false, into: Matrix(zeros: n, n))
  }

  private func measure(
    _ product: String, _ a: Matrix, _ transposingA: Bool, _ b: Matrix, _ transposingB: Bool, into c: Matrix
  ) {
    let (m, n, k) = (c.rows, c.columns, transposingA ? a.rows : a.columns)
    let ours = microseconds {
      products.multiply(a, transposingA: transposingA, b, transposingB: transposingB, into: c)
    }
    let theirs = blas.map { blas in
      microseconds { blas.multiply(a, transposingA, b, transposingB, into: c) }
    }
    let kiloflops = 2e-3 * Double(m) * Double(n) * Double(k)
    let shape: KeyValuePairs = ["m": Double(m), "n": Double(n), "k": Double(k), "gflops": kiloflops / ours]
    report("product \(product)", Array(shape) + (theirs.map { [("blas_gflops", kiloflops / $0)] } ?? []))
  }
}
