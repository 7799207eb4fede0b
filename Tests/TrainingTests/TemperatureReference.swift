import Collectives
import Datasets
import Foundation
import Kernels
import Models
import Tensors
import Testing

/// Random cases with scipy's figures: Reference/make_temperature_reference.py.
struct TemperatureReference: Decodable, Sendable {
  let kind: String
  let classes: Int
  /// Float32, [n, C]
  let logits: Data
  let labels: [Int32]
  let weights: [Double]
  let temperature, logLoss, logLossAt1: Double
  /// Whether another temperature would make a difference.
  let isSharp: Bool

  static let all: [TemperatureReference] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/temperature_reference.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode([TemperatureReference].self, from: Data(contentsOf: file))
    } catch {
      Issue.record(error)
      return []
    }
  }()

  /// Samples whose features are the logits.
  func dataset(shards shardCount: Int = 5, over communicator: some Communicator) throws -> Dataset {
    let layout = try ShardLayout(shardCount: shardCount, rankCount: communicator.size)
    let features = Vector(bytes: Array(logits)[...]).matrix(rows: labels.count, columns: classes)
    let shards = layout.shards(ofRank: communicator.rank).map { index in
      let rows = layout.range(ofShard: index, in: labels.count)
      return Shard(index: index, features: .dense(features.rows(rows)), labels: Array(labels[rows]))
    }
    return Dataset(
      name: kind, featureNames: (0..<classes).map { "z\($0)" }, classNames: (0..<classes).map { "\($0)" },
      layout: layout, shards: shards,
      sampleCounts: (0..<shardCount).map { layout.range(ofShard: $0, in: labels.count).count })
  }

  var identity: FeedForwardNetwork { Self.identity(classes: classes) }

  /// The network whose logits are its features.
  static func identity(classes: Int) -> FeedForwardNetwork {
    let network = FeedForwardNetwork(
      ModelShape(featureCount: classes, hidden: [], classCount: classes, activation: .relu), dropout: Dropout(rate: 0),
      largestBatch: 256)
    for index in 0..<classes { network.parameters[index * classes + index] = 1 }
    return network
  }

  /// The mean of −log p_y by a rule, in Double, over samples that have a say.
  func logLoss(_ rule: ProbabilityRule) -> Double {
    let logits = Vector(bytes: Array(logits)[...]).matrix(rows: labels.count, columns: classes)
    var (sum, count) = (0.0, 0)
    for (row, label) in labels.enumerated() where label >= 0 && weights[Int(label)] > 0 {
      let a = (0..<classes).map { (Double(logits[row, $0]) + rule.shifts[$0]) * rule.inverseTemperature }
      let largest = a.max() ?? 0
      sum += log(a.reduce(0) { $0 + exp($1 - largest) }) + largest - a[Int(label)]
      count += 1
    }
    return sum / Double(count)
  }
}
