import RandomStreams
import Tensors

/// Random tensors for tests.
struct RandomValues {
  private var stream: RandomStream

  init(_ seed: UInt64) {
    stream = RandomStream(seed: seed, purpose: .syntheticFeatures)
  }

  mutating func vector(_ count: Int, scale: Double = 1) -> Vector {
    Vector((0..<count).map { _ in Float(stream.normal() * scale) })
  }

  mutating func matrix(_ rows: Int, _ columns: Int, scale: Double = 1) -> Matrix {
    vector(rows * columns, scale: scale).matrix(rows: rows, columns: columns)
  }

  mutating func labels(_ count: Int, classes: Int, ignoring share: Double = 0) -> [Int32] {
    (0..<count).map { _ in
      stream.uniform() < share ? -1 : Int32(stream.index(below: UInt32(classes)))
    }
  }
}
