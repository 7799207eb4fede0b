internal import Collectives
internal import Datasets
internal import Kernels
internal import Models
internal import Tensors

/// What happens where a loss or a gradient is not finite: all ranks see it in the same sum, before the optimizer does.
extension TrainingStep {
  /// Steps that are left out whose origin is looked for; of more it is only known how many they are.
  public static var tracedSkips: Int { 5 }

  /// Leaves the step out, or ends the run, with the shard that it comes from and the likely cause. Collective.
  mutating func skipOrFail(_ stepInEpoch: Int, _ figures: StepFigures) throws -> StepResult {
    let what =
      !figures.loss.weightedLoss.isFinite ? "loss" : figures.largest.isFinite ? "square of the gradient" : "gradient"
    let wish = figures.wish
    let origin = skippedCount < Self.tracedSkips ? try origin(stepInEpoch) : ""
    let error = TrainingError.notFinite(
      what: what, step: stepCount, origin: origin, isSkipping: skipsNonfinite)
    guard skipsNonfinite else { try communicator.fail(with: error) }
    skippedCount += 1
    reasonOfSkipping = error
    return StepResult(loss: LossSums(), wish: wish, isSkipped: true)
  }

  /// The first shard whose part of the step is not finite, and what is unusual about it; where each shard's part is
  /// finite and only their sum is not, no shard. Collective.
  private mutating func origin(_ stepInEpoch: Int) throws -> String {
    var report = ""
    for index in samples.shards.indices where report.isEmpty {
      let (loss, gradient) = sums(ofShard: index, stepInEpoch)
      if !loss.weightedLoss.isFinite || !areSquaresFinite(upTo: largestMagnitude(gradient), scale: 1) {
        report =
          "in shard \(samples.shards[index].index) of \(plan.sampleCounts.count)\(cause(inShard: index, stepInEpoch))"
      }
    }
    // Ranks hold their shards in order.
    let reports = try communicator.allgather(Array(report.utf8))
    if let first = reports.first(where: { !$0.isEmpty }) { return String(decoding: first, as: UTF8.self) }
    return "only in the sum over the shards\(causeInParameters)"
  }

  /// One shard's part of a step, by itself.
  private mutating func sums(ofShard index: Int, _ stepInEpoch: Int) -> (loss: LossSums, gradient: Vector) {
    let layout = network.layout
    let gradient = Vector(zeros: layout.paddedGradientCount)
    let rows = layout.tableCount == 0 ? nil : RowGradientStack(rowCount: layout.tableRows, width: layout.tableWidth)
    let loss = addUpBatches(
      ofShard: index, stepInEpoch, into: TensorViews(gradients: [gradient], rows: rows, layout: layout))
    // Those of the tables, too, padded to whole lanes as they are.
    guard let rows, let tables else { return (loss, gradient) }
    tables.touched.take(rows[0])
    let ofTables = tables.touched.gradient
    let all = Vector(zeros: gradient.count + ofTables.count)
    all.prefix(gradient.count).copy(from: gradient)
    all[gradient.count...].copy(from: ofTables)
    return (loss, all)
  }

  /// Features are mostly of the order of 1; larger ones than this are no accident.
  private static var suspiciousFeature: Float { 1e4 }
  /// Parameters start below 1.
  private static var suspiciousParameter: Float { 1e4 }

  /// Words about the largest feature of the shard's samples, where it is very large; else about the parameters.
  private func cause(inShard index: Int, _ stepInEpoch: Int) -> String {
    var largest: (value: Float, row: Int, column: Int)?
    // Numbers of levels are as large as there are levels.
    let areLevels = network.shape.embedding?.areLevels ?? []
    samples.forEachFeature(ofShard: index, batches: plan.batches(ofStep: stepInEpoch)) { value, row, column in
      guard areLevels.isEmpty || !areLevels[column] else { return }
      guard value.isNaN || value.magnitude > largest?.value.magnitude ?? Self.suspiciousFeature else { return }
      largest = (value, row, column)
    }
    guard let largest else { return causeInParameters }
    return "; the likely cause is its sample \(largest.row), whose feature \"\(featureNames[largest.column])\" is "
      + "\(largest.value)"
  }

  private var causeInParameters: String {
    let parameters = network.parameters
    let largest = (0..<parameters.count).lazy.map { parameters[$0].magnitude }.max() ?? 0
    guard largest > Self.suspiciousParameter else { return "" }
    return "; the parameters have grown to \(largest): the learning rate is the likely cause"
  }
}
