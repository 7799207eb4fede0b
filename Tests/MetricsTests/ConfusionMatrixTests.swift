import Foundation
import Metrics
import Testing

@Suite struct ConfusionMatrixTests {
  /// Figures of scikit-learn: Reference/make_metrics_reference.py.
  struct Reference: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let confusion: [[Int64]]
    let accuracy, balancedAccuracy, macroF1, weightedF1, mcc, kappa: Double
    let precision, recall, f1: [Double]
    let support: [Int]

    var testDescription: String { name }

    static let all: [Reference] = {
      let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Reference/metrics_reference.json")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      do {
        return try decoder.decode([Reference].self, from: Data(contentsOf: file))
      } catch {
        Issue.record(error)
        return []
      }
    }()
  }

  @Test(arguments: Reference.all)
  func `agrees with scikit-learn`(_ reference: Reference) {
    func close(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) < 1e-12 }
    let matrix = ConfusionMatrix(classCount: reference.confusion.count, counts: reference.confusion.flatMap { $0 })
    #expect(close(matrix.accuracy, reference.accuracy))
    #expect(close(matrix.balancedAccuracy, reference.balancedAccuracy))
    #expect(close(matrix.macroF1, reference.macroF1))
    #expect(close(matrix.weightedF1, reference.weightedF1))
    #expect(close(matrix.mcc, reference.mcc))
    #expect(close(matrix.kappa, reference.kappa))
    for (index, metrics) in matrix.perClass.enumerated() {
      #expect(close(metrics.precision, reference.precision[index]))
      #expect(close(metrics.recall, reference.recall[index]))
      #expect(close(metrics.f1, reference.f1[index]))
      #expect(metrics.support == reference.support[index])
      #expect(matrix.recalls[index] == (metrics.support > 0 ? metrics.recall : nil))
    }
    let recalls = zip(reference.recall, reference.support).filter { $0.1 > 0 }.map(\.0)
    let gMean = pow(recalls.reduce(1, *), 1 / Double(recalls.count))
    #expect(close(matrix.gMean, gMean))
  }

  @Test func `there are reference figures`() {
    #expect(Reference.all.count == 9)
  }

  @Test func `rows are the true classes`() {
    var matrix = ConfusionMatrix(classCount: 3)
    matrix.record(actual: 1, predicted: 2)
    matrix.record(actual: 1, predicted: 2)
    #expect(matrix[1, 2] == 2 && matrix[2, 1] == 0)
    #expect(matrix.support(of: 1) == 2 && matrix.predictedCount(of: 2) == 2)
    #expect(matrix.counts == [0, 0, 0, 0, 0, 2, 0, 0, 0])
  }

  @Test func `a batch is recorded without its ignored samples`() {
    var matrix = ConfusionMatrix(classCount: 2)
    let labels: [Int32] = [9, 1, -1, 0, 1]
    matrix.record(actual: labels[1...], predicted: [0, 0, 1, 1, 7])
    #expect(matrix.counts == [0, 1, 1, 1])
  }

  @Test func `nothing gives no NaN`() {
    let matrix = ConfusionMatrix(classCount: 2)
    let values = [
      matrix.accuracy, matrix.balancedAccuracy, matrix.macroF1, matrix.weightedF1, matrix.gMean, matrix.mcc,
      matrix.kappa,
    ]
    #expect(values.allSatisfy { $0 == 0 })
  }

  @Test func `rows without a sample are taken from another matrix, and no others`() {
    let fold = ConfusionMatrix(classCount: 3, counts: [4, 1, 0, 0, 0, 0, 0, 0, 2])
    let training = ConfusionMatrix(classCount: 3, counts: [90, 5, 5, 1, 3, 0, 9, 9, 9])
    #expect(fold.filled(from: training).counts == [4, 1, 0, 1, 3, 0, 0, 0, 2])
    #expect(fold.filled(from: ConfusionMatrix(classCount: 3)) == fold)
  }
}
