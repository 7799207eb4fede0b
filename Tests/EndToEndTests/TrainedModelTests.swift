import Collectives
import Configuration
import Datasets
import Foundation
import Kernels
import Models
import Tensors
import TestSupport
import Testing

/// The files of trained models, read again.
@Suite(.serialized) struct TrainedModelTests {
  private func read(_ data: Data) throws -> ModelFile {
    try ModelFile(try Safetensors(decoding: [UInt8](data), path: "m"), path: "m")
  }

  private func bytes(_ model: ModelFile) throws -> Data {
    var bytes = Data()
    try model.write { bytes += $0 }
    return bytes
  }

  /// What the model takes each row of a table for, by row of the actual class.
  private func confusion(_ model: ModelFile, _ path: String) throws -> [[Int]] {
    let alone = SingleProcessCommunicator()
    let layout = try ShardLayout(shardCount: 1, rankCount: 1)
    let raw = try DataOptions.defaults.read(path, labels: nil, layout: layout, over: alone)
    let table = try Table(raw, ignoring: nil, layout: layout, over: alone)
    #expect(table.classNames == model.classNames)
    let encoding = FeatureEncoding(columns: model.columns, featureNames: model.featureNames)
    let dataset = encoding.apply(to: table)
    let shard = dataset.shards[0]
    let features = dataset.features(of: shard)
    let network = FeedForwardNetwork(model.shape, dropout: Dropout(rate: 0), largestBatch: shard.sampleCount)
    network.parameters.prefix(model.members[0].count).copy(from: model.members[0])
    var batch = SparseBatch(featureCount: features.columns)
    if case .sparse(let matrix) = features { batch.append(matrix, rows: 0..<matrix.rows) }
    let logits = network.logits(of: features.isSparse ? .sparse(batch) : .dense(features.dense))
    var counts = model.classNames.map { _ in model.classNames.map { _ in 0 } }
    for (row, label) in shard.labels.enumerated() {
      let best = (0..<logits.rows).max { logits[$0, row] < logits[$1, row] } ?? 0
      counts[Int(label)][best] += 1
    }
    return counts
  }

  private func tables(in folder: TemporaryFolder) throws {
    let rows = (0..<400).map { row in
      let number = row % 11 == 3 ? "" : "\((row * 37) % 101).\(row % 7)"
      let color = ["red", "grün", "blue", "NA"][row * row % 4]
      let kind = ((row * 37) % 101 > 60) ? "a" : row % 5 == 0 ? "b" : "c"
      return
        "\(number),\(1_700_000_000 + row * 5),\(color),level \(row * 7 % 90),\(["01", "02", "10"][row % 3]),\(kind)"
    }
    try folder.write("number,when,color,many,zip,kind\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
    let sparse = (0..<300).map { row in
      "\(row % 3) \(row % 40 + 1):\(row % 9).5 \(50 + row % 3 * 7 + row % 2):1 \(90 + row % 10):0.25"
    }
    try folder.write(sparse.joined(separator: "\n") + "\n", to: "sparse.svm")
  }

  @Test(arguments: [
    ["table.csv"], ["table.csv", "--standardize", "no", "--class-weights", "per-batch", "--max-weight", "1"],
    ["table.csv", "--numeric-encoding", "piecewise", "--bins", "5"],
    ["table.csv", "--numeric-encoding", "quantile", "--hidden", "6"],
    ["table.csv", "--model", "mlp", "--hidden", "9,7", "--activation", "gelu", "--max-one-hot", "8"],
    ["sparse.svm", "--label-smoothing", "0.1"], ["sparse.svm", "--model", "mlp", "--hidden", "8", "--dropout", "0.1"],
  ])
  func `a trained model read again has its bytes, and takes rows for what it took them`(
    options: [String]
  ) async throws {
    let folder = try TemporaryFolder()
    try tables(in: folder)
    let outcome = try await Program.trainer.run(
      options + ["--epochs", "4", "--learning-rate", "0.01", "--quiet", "--run-dir", "run"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let stored = try folder.data("run/model.safetensors")
    let model = try read(stored)
    #expect(try bytes(model) == stored)
    // Its own judgement of the training data, at the end.
    let table = try folder.text("run/confusion_matrix.csv").split(separator: "\n").dropFirst()
    let said = table.map { $0.split(separator: ",").dropFirst().compactMap { Int($0) } }
    #expect(try confusion(model, folder.path(options[0])) == said)

    // A checkpoint is a model with more tensors.
    let checkpoints = try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))
    let newest = try #require(checkpoints.filter { $0.hasPrefix("step-") }.max())
    #expect(try bytes(read(folder.data("run/checkpoints/\(newest)"))) == stored)
  }

  @Test func `the models of the references are none that say what they are`() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Reference")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".safetensors") }
    #expect(!names.isEmpty)
    for name in names {
      let file = try Safetensors(
        decoding: [UInt8](try Data(contentsOf: folder.appendingPathComponent(name))), path: name)
      #expect(throws: ModelReadingError.notAModel(path: name)) { _ = try ModelFile(file, path: name) }
    }
  }
}
