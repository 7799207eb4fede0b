import Foundation
import Tensors
import Testing

/// Random cases with scikit-learn's figures: Reference/make_probability_reference.py.
struct ProbabilityReference: Decodable, Sendable {
  let kind: String
  let labels: [Int32]
  /// Float32, [n, C]
  let probabilities: Data
  let rocAuc, averagePrecision: [Double?]
  let macroRocAuc, macroAveragePrecision: Double?
  let logLoss, brier, calibrationError: Double

  static let all: [ProbabilityReference] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/probability_reference.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode([ProbabilityReference].self, from: Data(contentsOf: file))
    } catch {
      Issue.record(error)
      return []
    }
  }()

  var samples: ScoredSamples {
    ScoredSamples(
      classCount: rocAuc.count, labels: labels, probabilities: Vector(bytes: Array(probabilities)[...]).array)
  }
}

/// Samples that tests share out to ranks.
struct ScoredSamples: Sendable {
  let classCount: Int
  let labels: [Int32]
  /// [n, C]
  let probabilities: [Float]

  /// - Returns: [C, n]
  func matrix(_ range: Range<Int>) -> Matrix {
    let matrix = Matrix(zeros: classCount, range.count)
    for (column, sample) in range.enumerated() {
      for row in 0..<classCount { matrix[row, column] = probabilities[sample * classCount + row] }
    }
    return matrix
  }

  /// Calls `body` with the samples in batches.
  func batches(
    of size: Int, in range: Range<Int>? = nil, _ body: (Matrix, ArraySlice<Int32>) throws -> Void
  ) rethrows {
    let range = range ?? labels.indices
    for start in stride(from: range.lowerBound, to: range.upperBound, by: size) {
      let batch = start..<min(start + size, range.upperBound)
      try body(matrix(batch), labels[batch])
    }
  }
}

func isClose(_ value: Double?, _ expected: Double?) -> Bool {
  guard let value, let expected else { return value == nil && expected == nil }
  return abs(value - expected) < 1e-12
}
