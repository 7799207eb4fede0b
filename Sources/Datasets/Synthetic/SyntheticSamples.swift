internal import RandomStreams
internal import Tensors

/// Any samples of a `SyntheticData`.
struct SyntheticSamples {
  private let data: SyntheticData
  private let order: IndexPermutation
  private var centers: [[Double]] = []
  /// The places of the permuted order behind those of each class: the first class takes the first places, and so on.
  private var ends: [Int] = []

  init(_ data: SyntheticData) {
    self.data = data
    order = IndexPermutation(count: data.sampleCount, seed: data.seed, purpose: .syntheticLabels)
    centers = (0..<data.classCount).map(center)
    for count in data.classCounts { ends.append((ends.last ?? 0) + count) }
  }

  /// Their features, [n, D], and classes.
  subscript(rows: Range<Int>) -> (features: Matrix, labels: [Int32]) {
    let features = Matrix(zeros: rows.count, data.featureCount)
    let labels = rows.map { sample in
      let place = order[sample]
      // The last end is N, beyond every place.
      return Int32(ends.firstIndex { place < $0 } ?? ends.count - 1)
    }
    for (row, sample) in rows.enumerated() {
      fill(features.row(row), sample: sample, center: centers[Int(labels[row])])
    }
    return (features, labels)
  }

  /// A random direction of length `separation`.
  private func center(ofClass index: Int) -> [Double] {
    var stream = RandomStream(seed: data.seed, purpose: .syntheticCenters, index: index)
    let direction = (0..<data.featureCount).map { _ in stream.normal() }
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return direction.map { $0 / length * data.separation }
  }

  private func fill(_ row: Vector, sample: Int, center: [Double]) {
    var stream = RandomStream(seed: data.seed, purpose: .syntheticFeatures, index: sample)
    for feature in 0..<row.count {
      row[feature] =
        data.separation == 0
        ? Float(stream.nextWord() >> 8) * 0x1p-24 : Float(center[feature] + stream.normal())
    }
  }
}
