import Foundation
import Models
import TestSupport
import Testing

/// Weights after some epochs against PyTorch in float64: Reference/make_training_reference.py.
@Suite(.serialized) struct TrainingReferenceTests {
  struct Reference: Decodable, Sendable {
    let common: [String]
    let cases: [Case]
  }

  struct Case: Decodable, Sendable {
    let name: String
    let model: String
    let labels: String
    let arguments: [String]
    /// layers.0.weight, layers.0.bias, …, flattened.
    let parameters: [[Double]]
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Reference")

  private func load() throws -> Reference {
    try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: Self.folder.appendingPathComponent("training_reference.json")))
  }

  private func parameters(_ data: Data) throws -> [Double] {
    let file = try Safetensors(decoding: [UInt8](data), path: "")
    return file.tensors.sorted { rank($0.name) < rank($1.name) }.flatMap { $0.values.array.map(Double.init) }
  }

  /// "layers.1.weight" before "layers.1.bias".
  private func rank(_ name: String) -> Int {
    let parts = name.split(separator: ".")
    return (Int(parts[1]) ?? 0) * 2 + (parts[2] == "bias" ? 1 : 0)
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  private func check(ranks: Int?) async throws {
    let reference = try load()
    #expect(reference.cases.count == 167)
    let folder = try TemporaryFolder()
    var worst = (error: 0.0, name: "")
    for test in reference.cases {
      let start = Self.folder.appendingPathComponent("\(test.model).safetensors")
      let outcome = try await Program.trainer.run(
        [
          Self.folder.appendingPathComponent("features.npy").path, "--labels",
          Self.folder.appendingPathComponent(test.labels).path,
          "--init", start.path, "--run-dir", "run", "--overwrite", "--quiet",
        ] + reference.common + test.arguments,
        ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(test.name): \(outcome.error)")
      let result = try parameters(folder.data("run/model.safetensors"))
      let expected = test.parameters.flatMap { $0 }
      try #require(result.count == expected.count)
      let travelled = distance(expected, try parameters(Data(contentsOf: start)))
      let error = distance(result, expected) / travelled
      #expect(error < 1e-5, "\(test.name)")
      if error > worst.error { worst = (error, test.name) }
    }
    print("largest error over distance travelled: \(worst.error) (\(worst.name))")
  }

  @Test func `one process agrees with PyTorch in float64`() async throws {
    try await check(ranks: nil)
  }

  #if MPI
    @Test func `three ranks agree with PyTorch in float64`() async throws {
      try await check(ranks: 3)
    }
  #endif
}
