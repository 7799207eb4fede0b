import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The linear model by L-BFGS is scikit-learn's LogisticRegression with the same penalty: Reference/logistic_regression.py.
@Suite(.serialized) struct LogisticRegressionTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let features: [[Double]]
    let labels: [Int]
    let weightDecay: Double
    let classWeights: String
    let probabilities: [[Double]]

    enum CodingKeys: String, CodingKey {
      case name, features, labels, probabilities
      case weightDecay = "weight_decay"
      case classWeights = "class_weights"
    }

    var testDescription: String { name }
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Reference")

  private func cases() throws -> [Case] {
    try JSONDecoder().decode(
      [Case].self, from: Data(contentsOf: Self.folder.appendingPathComponent("logistic_regression.json")))
  }

  @Test(arguments: [nil, 3] as [Int?]) func `probabilities are scikit-learn's`(ranks: Int?) async throws {
    #if !MPI
      guard ranks == nil else { return }
    #endif
    let cases = try cases()
    #expect(cases.count == 2)
    for test in cases {
      let folder = try TemporaryFolder()
      let header = test.features[0].indices.map { "x\($0)," }.joined() + "label\n"
      let rows = zip(test.features, test.labels).map { "\($0.map { "\($0)," }.joined())\($1)\n" }
      try folder.write(header + rows.joined(), to: "data.csv")
      let outcome = try await Program.trainer.run(
        [
          "data.csv", "--standardize", "no", "--optimizer", "lbfgs", "--weight-decay", "\(test.weightDecay)",
          "--class-weights", test.classWeights, "--tolerance", "1e-6", "--epochs", "1000", "--run-dir", "run",
        ], ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      #expect(outcome.output.contains("ended by --tolerance 1e-06"))
      let predicted = try await Program.trainer.run(
        ["predict", "run", "data.csv", "--output", "p.csv"], ranks: ranks, in: folder)
      try #require(predicted.exitStatus == 0, "\(predicted.error)")
      let lines = try folder.text("p.csv").split(separator: "\n").dropFirst()
      #expect(lines.count == test.probabilities.count)
      var largest = 0.0
      for (line, expected) in zip(lines, test.probabilities) {
        let values = line.split(separator: ",").dropFirst().map { Double($0) ?? .nan }
        #expect(values.count == expected.count)
        for (a, b) in zip(values, expected) { largest = max(largest, abs(a - b)) }
      }
      #expect(largest < 1e-4, "\(test.name)")
    }
  }

  /// One that has scikit-learn, where somebody made it.
  private static let python: Executable = {
    let path = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent(".venv-tables/bin/python").path
    return FileManager.default.isExecutableFile(atPath: path) ? .path(FilePath(path)) : .name("python3")
  }()

  @Test(.enabled(if: FileManager.default.fileExists(atPath: RealDataTests.folder)))
  func `probabilities are scikit-learn's on public tables, where it is installed`() async throws {
    let script = Self.folder.appendingPathComponent("logistic_regression.py").path
    let tables = ["ann_thyroid", "dna", "yeast", "glass", "wine_quality_red", "german", "vehicle"]
    let result = try await Subprocess.run(
      Self.python, arguments: Arguments([script, "check", Program.trainer.path, RealDataTests.folder] + tables),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    // 77: there is nothing to compare with.
    #expect(
      [.exited(0), .exited(77)].contains(result.terminationStatus),
      "\(result.standardOutput)\(result.standardError)")
  }
}
