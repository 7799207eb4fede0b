public import Datasets
public import Models
public import Tensors

extension JudgedModel {
  /// What the model says of the samples of a shard, batch after batch.
  ///
  /// - Parameters:
  ///   - rule: How logits become probabilities.
  ///   - decision: How logits become a class; nil where the largest decides.
  ///   - body: Takes the rows of a batch, their classes, and their probabilities, [C, n], valid until it returns.
  public func forEachBatch(
    of shard: Shard, in dataset: Dataset, by rule: ProbabilityRule, decision: DecisionRule?,
    _ body: (Range<Int>, [Int32], Matrix) throws -> Void
  ) rethrows {
    var samples = ConsecutiveSamples(of: dataset, capacity: Evaluator.batchSize)
    let probabilities = BatchProbabilities(classCount: dataset.classCount)
    var predictions: [Int32] = []
    for rows in Evaluator.batches(of: shard) {
      let logits = logits(of: samples(shard, rows), shard, rows)
      DecisionRule.predict(decision, logits, into: &predictions)
      try body(rows, predictions, probabilities(logits, by: rule))
    }
  }

  /// How many batches there are of a shard with so many samples.
  public static func batchCount(ofSamples count: Int) -> Int {
    (count + Evaluator.batchSize - 1) / Evaluator.batchSize
  }
}
