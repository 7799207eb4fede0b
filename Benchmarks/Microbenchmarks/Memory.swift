import Kernels
import RandomStreams
import Tensors

/// What moves through memory.
enum Memory {
  /// Bytes read and written in copying 256 MB.
  static func measureCopy() {
    let source = Vector(zeros: 64_000_000)
    let target = Vector(zeros: 64_000_000)
    let time = microseconds(seconds: 0.2) { target.copy(from: source) }
    report("memory copy", ["gigabytes_per_second": 2 * 4 * Double(source.count) / time * 1e-3])
  }

  /// Random rows of a data set, brought together batch by batch: all that a linear step waits for.
  static func measureGather(rows: Int, columns: Int, batchSize: Int) {
    let source = Matrix(zeros: rows, columns)
    let labels = [Int32](repeating: 0, count: rows)
    var order = (0..<UInt32(rows)).map { $0 }
    RandomStream(seed: 1, purpose: .shuffle).shuffle(&order)
    let stride = paddedToLanes(columns)
    let target = Matrix(Storage(zeros: batchSize * stride), rows: batchSize, columns: columns, stride: stride)
    var targetLabels = [Int32](repeating: 0, count: batchSize)
    let batches = rows / batchSize
    let time = microseconds(seconds: 0.1) {
      for batch in 0..<batches {
        gatherSamples(
          of: source, labels: labels, order, batch * batchSize..<(batch + 1) * batchSize, into: target,
          labels: &targetLabels, at: 0)
      }
    }
    report(
      "gather",
      [
        "columns": Double(columns), "nanoseconds_per_row": time * 1e3 / Double(batches * batchSize),
        "gigabytes_per_second": Double(4 * columns * batches * batchSize) / time * 1e-3,
      ])
  }

  /// Adam reads four vectors and writes three.
  static func measureAdam(parameterCount: Int) {
    let count = paddedToLanes(parameterCount)
    let parameters = Vector(zeros: count)
    let gradient = Vector((0..<count).map { Float($0 % 7) })
    var adam = Adam(
      parameterCount: count, betas: (0.9, 0.999), epsilon: 1e-8, weightDecay: 0, decouplesWeightDecay: false)
    let time = microseconds {
      adam.step(parameters, gradient: gradient, gradientScale: 1e-3, learningRates: .all(1e-3))
    }
    report(
      "adam",
      [
        "parameters": Double(parameterCount), "microseconds": time,
        "gigabytes_per_second": 7 * 4 * Double(count) / time * 1e-3,
      ])
  }
}
