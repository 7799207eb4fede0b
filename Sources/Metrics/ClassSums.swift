internal import Foundation

/// What the metrics of a whole confusion matrix follow from: its diagonal, and the sums of its rows and columns. Counts, or
/// expected ones. Definitions as scikit-learn's; "present" are the classes with at least one true sample.
package struct ClassSums: Equatable, Sendable {
  /// n_c: true samples of each class. [C]
  package var supports: [Double]
  /// Of them those that are predicted to be of it. [C]
  package var hits: [Double]
  /// Samples that are predicted to be of each class. [C]
  package var predicted: [Double]

  /// Without samples.
  package init(classCount: Int) {
    supports = Array(repeating: 0, count: classCount)
    (hits, predicted) = (supports, supports)
  }

  package init(_ confusion: ConfusionMatrix) {
    self.init(classCount: confusion.classCount)
    for (index, count) in confusion.counts.enumerated() where count != 0 {
      add(Double(count), actual: index / confusion.classCount, predicted: index % confusion.classCount)
    }
  }

  package mutating func add(_ count: Double, actual: Int, predicted place: Int) {
    supports[actual] += count
    predicted[place] += count
    if actual == place { hits[actual] += count }
  }

  private var sampleCount: Double { supports.reduce(0, +) }

  package var accuracy: Double {
    let samples = sampleCount
    return samples == 0 ? 0 : hits.reduce(0, +) / samples
  }

  /// The recalls of the classes present.
  private var recalls: [Double] {
    supports.indices.filter { supports[$0] > 0 }.map { hits[$0] / supports[$0] }
  }

  /// Mean recall over the classes present.
  package var balancedAccuracy: Double {
    let recalls = recalls
    return recalls.isEmpty ? 0 : recalls.reduce(0, +) / Double(recalls.count)
  }

  /// Mean F1 over the classes that occur as truth or as prediction.
  package var macroF1: Double {
    var (sum, count) = (0.0, 0)
    for index in supports.indices where supports[index] + predicted[index] > 0 {
      sum += 2 * hits[index] / (supports[index] + predicted[index])
      count += 1
    }
    return count == 0 ? 0 : sum / Double(count)
  }

  /// Geometric mean of the recalls of the classes present. 0 where one class is never found.
  ///
  /// Source: Kubat, Matwin (ICML 1997); as imbalanced-learn's geometric_mean_score.
  package var gMean: Double {
    let recalls = recalls
    guard !recalls.isEmpty, !recalls.contains(0) else { return 0 }
    return exp(recalls.reduce(0) { $0 + log($1) } / Double(recalls.count))
  }

  /// Matthews' correlation coefficient for C classes (Gorodkin 2004). 0 where it is undefined.
  package var mcc: Double {
    let samples = sampleCount
    let correct = hits.reduce(0, +)
    var (truthTimesPrediction, truthSquared, predictionSquared) = (0.0, 0.0, 0.0)
    for index in supports.indices {
      truthTimesPrediction += supports[index] * predicted[index]
      truthSquared += supports[index] * supports[index]
      predictionSquared += predicted[index] * predicted[index]
    }
    let denominator = ((samples * samples - predictionSquared) * (samples * samples - truthSquared)).squareRoot()
    return denominator == 0 ? 0 : (correct * samples - truthTimesPrediction) / denominator
  }
}
