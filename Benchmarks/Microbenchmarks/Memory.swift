import Kernels
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

  /// Adam reads four vectors and writes three.
  static func measureAdam(parameterCount: Int) {
    let count = paddedToLanes(parameterCount)
    let parameters = Vector(zeros: count)
    let gradient = Vector((0..<count).map { Float($0 % 7) })
    var adam = Adam(
      parameterCount: count, betas: (0.9, 0.999), epsilon: 1e-8, weightDecay: 0, decouplesWeightDecay: false)
    let time = microseconds {
      adam.step(parameters, gradient: gradient, gradientScale: 1e-3, learningRate: 1e-3)
    }
    report(
      "adam",
      [
        "parameters": Double(parameterCount), "microseconds": time,
        "gigabytes_per_second": 7 * 4 * Double(count) / time * 1e-3,
      ])
  }
}
