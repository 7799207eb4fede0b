internal import Configuration
internal import Files
internal import Foundation
public import Metrics
internal import Training

/// What a run of a comparison came to, on the part of the data that all runs are judged by: judged.json in its folder.
/// Nothing in it depends on ranks or on time.
public struct Judgement: Codable, Equatable, Sendable {
  /// "test", "validation"
  public let split: String
  public let classNames: [String]
  /// Of each class.
  public let trainingSamples: [Int]
  /// [C, C], true class after true class.
  private let counts: [Int64]
  /// Mean −log p of the true class; nil where it is not finite.
  public let logLoss: Double?
  /// Means over classes; nil where samples were not ranked.
  public let rocAUC: Double?
  public let averagePrecision: Double?

  enum CodingKeys: String, CodingKey {
    case split
    case classNames = "classes"
    case trainingSamples = "training_samples"
    case counts = "confusion_matrix"
    case logLoss = "log_loss"
    case rocAUC = "roc_auc"
    case averagePrecision = "average_precision"
  }

  /// By the test part where there is one, else by that for validation.
  init(_ end: RunEnd) {
    let (split, evaluation) = end.final.test.map { ("test", $0) } ?? end.final.decisive
    self.init(
      split: split, classNames: end.run.classes.map(\.name), trainingSamples: end.run.classes.map(\.count),
      confusion: evaluation.confusion, logLoss: evaluation.logLoss, ranking: evaluation.ranking)
  }

  package init(
    split: String, classNames: [String], trainingSamples: [Int], confusion: ConfusionMatrix, logLoss: Double?,
    ranking: RankingMetrics? = nil
  ) {
    precondition(confusion.classCount == classNames.count && trainingSamples.count == classNames.count)
    self.split = split
    self.classNames = classNames
    self.trainingSamples = trainingSamples
    counts = confusion.counts
    self.logLoss = logLoss.flatMap { $0.isFinite ? $0 : nil }
    (rocAUC, averagePrecision) = (ranking?.macroROCAUC, ranking?.macroAveragePrecision)
  }

  public var confusion: ConfusionMatrix { ConfusionMatrix(classCount: classNames.count, counts: counts) }

  /// Nil where it is not finite, or follows from more than this.
  func value(of metric: ModelMetric) -> Double? {
    metric.value(confusion, logLoss: logLoss, rocAUC: rocAUC, averagePrecision: averagePrecision)
  }

  /// n_test / n_train
  var testToTraining: Double {
    let training = trainingSamples.reduce(0, +)
    return training > 0 ? Double(confusion.sampleCount) / Double(training) : 0
  }

  private static let file = "judged.json"

  /// (Where a machine loses it with its power, the run is gone on with, and gives it again.)
  ///
  /// - Throws: `FileError`
  func write(toRun folder: String) throws {
    try AtomicFile.write(try JSONText.pretty(self), to: "\(folder)/\(Self.file)", syncingFolder: false)
  }

  /// Of a run that has come to its end; nil where it has not, or was judged by nothing yet.
  static func ofRun(_ folder: String) -> Judgement? {
    guard FileManager.default.fileExists(atPath: "\(folder)/\(RunDirectory.summaryFile)"),
      let bytes = try? WholeFile.bytes(at: "\(folder)/\(file)"),
      let judgement = try? JSONDecoder().decode(Judgement.self, from: Data(bytes)),
      judgement.counts.count == judgement.classNames.count * judgement.classNames.count,
      judgement.trainingSamples.count == judgement.classNames.count
    else { return nil }
    return judgement
  }

  /// Forgets what a run came to that is trained anew.
  static func remove(ofRun folder: String) { unsafe unlink("\(folder)/\(file)") }
}
