/// What is said of one class. A ratio whose denominator is 0 counts as 0, as in scikit-learn with
/// zero_division = 0.
public struct ClassMetrics: Equatable, Sendable {
  public let precision: Double
  public let recall: Double
  public let f1: Double
  /// True samples of the class.
  public let support: Int
}

// Definitions as scikit-learn's. "Present" are the classes with at least one true sample.
extension ConfusionMatrix {
  public var perClass: [ClassMetrics] {
    (0..<classCount).map { index in
      let hits = self[index, index]
      let support = support(of: index)
      let predicted = predictedCount(of: index)
      return ClassMetrics(
        precision: ratio(hits, predicted), recall: ratio(hits, support),
        f1: ratio(2 * hits, support + predicted), support: support)
    }
  }

  /// The recall of each class; nil of those that have no samples. [C]
  public var recalls: [Double?] {
    (0..<classCount).map { index in
      let support = support(of: index)
      return support == 0 ? nil : ratio(self[index, index], support)
    }
  }

  public var accuracy: Double { ClassSums(self).accuracy }

  /// Mean recall over the classes present.
  public var balancedAccuracy: Double { ClassSums(self).balancedAccuracy }

  /// Mean F1 over the classes that occur as truth or as prediction.
  public var macroF1: Double { ClassSums(self).macroF1 }

  /// Geometric mean of the recalls of the classes present. 0 where one class is never found.
  public var gMean: Double { ClassSums(self).gMean }

  /// Matthews' correlation coefficient for C classes. 0 where it is undefined.
  public var mcc: Double { ClassSums(self).mcc }

  /// Mean F1, each class counting by its support.
  public var weightedF1: Double {
    let total = Double(sampleCount)
    guard total > 0 else { return 0 }
    return perClass.reduce(0) { $0 + $1.f1 * Double($1.support) } / total
  }

  /// Cohen's kappa. 0 where chance alone would agree always.
  public var kappa: Double {
    let samples = Double(sampleCount)
    guard samples > 0 else { return 0 }
    let byChance = (0..<classCount).reduce(0.0) {
      $0 + Double(support(of: $1)) * Double(predictedCount(of: $1)) / (samples * samples)
    }
    return byChance == 1 ? 0 : (accuracy - byChance) / (1 - byChance)
  }

  private func ratio(_ numerator: Int, _ denominator: Int) -> Double {
    denominator == 0 ? 0 : Double(numerator) / Double(denominator)
  }
}
