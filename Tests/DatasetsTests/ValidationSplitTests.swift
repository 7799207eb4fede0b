import Collectives
import Configuration
import Datasets
import Tensors
import Testing

private let alone = SingleProcessCommunicator()

@Suite struct ValidationSplitTests {
  /// The parts of rows 0, 1, …, as they were read.
  private func split(
    _ labels: [String], _ fractions: SplitFractions, shards: Int = 3, seed: UInt64 = 1
  ) throws -> DatasetParts {
    let parts = try SmallTable.table(labels, shards: shards).split(fractions, seed: seed, over: alone)
    return parts.encoded(by: FeatureEncoding(columns: [], featureNames: ["row"]))
  }

  @Test func `every class gives its share, and no sample is lost`() throws {
    let labels = Array(repeating: "a", count: 100) + Array(repeating: "b", count: 11) + ["c", "d", "d"]
    let parts = try split(labels, SplitFractions(validation: 0.2, test: 0.1), shards: 5)
    let (training, validation, test) = (parts.training, try #require(parts.validation), try #require(parts.test))
    #expect(try validation.classCounts(over: alone) == [20, 2, 0, 0])
    #expect(try test.classCounts(over: alone) == [10, 1, 0, 0])
    #expect(try training.classCounts(over: alone) == [70, 8, 1, 2])
    func rows(_ data: Dataset) -> [Float] {
      data.shards.flatMap { shard in (0..<shard.sampleCount).map { shard.features.dense[$0, 0] } }
    }
    #expect((rows(training) + rows(validation) + rows(test)).sorted() == (0..<114).map(Float.init))
    // Nothing moves for a test part.
    let without = try split(labels, SplitFractions(validation: 0.2, test: 0), shards: 5)
    #expect(without.test == nil && without.validation.map(rows) == rows(validation))
    #expect(training.sampleCounts == training.shards.map(\.sampleCount))
  }

  @Test func `samples of every part know where they stood`() throws {
    let labels = (0..<90).map { $0 % 7 == 0 ? "b" : "a" }
    let parts = try split(labels, SplitFractions(validation: 0.3, test: 0.2), shards: 4)
    for data in [parts.training, try #require(parts.validation), try #require(parts.test)] {
      let folds = try SampleFolds(3, of: data, seed: 1, over: alone)
      let fold = try data.parts(leavingOut: 1, of: folds, over: alone)
      for part in [data, fold.training, fold.heldOut, try fold.heldOut.onEveryRank(over: alone)] {
        #expect(part.sampleCount > 0)
        for shard in part.shards {
          for row in 0..<shard.sampleCount {
            #expect(Float(part.samples.place(ofRow: row, in: shard)) == shard.features.dense[row, 0])
          }
        }
      }
    }
  }

  @Test func `the draw does not depend on the shards, and follows the seed`() throws {
    let labels = (0..<200).map { String($0 % 3) }
    func drawn(shards: Int, seed: UInt64) throws -> [Float] {
      let parts = try split(labels, SplitFractions(validation: 0.3, test: 0.3), shards: shards, seed: seed)
      return [parts.validation, parts.test].flatMap { part in
        part?.shards.flatMap { shard in (0..<shard.sampleCount).map { shard.features.dense[$0, 0] } } ?? []
      }
    }
    #expect(try drawn(shards: 3, seed: 1) == drawn(shards: 17, seed: 1))
    #expect(try drawn(shards: 3, seed: 1) != drawn(shards: 3, seed: 2))
  }

  @Test(arguments: [2, 3, 5, 7])
  func `every sample is in the test part of one fold, and folds are even in all and in each class`(count: Int) throws {
    var labels: [String] = []
    for (label, number) in [("a", 60), ("b", 30), ("c", 7), ("d", 1), ("e", 1), ("f", 1), ("g", 1)] {
      labels += Array(repeating: label, count: number)
    }
    func rows(_ data: Dataset?) -> [Float] {
      data?.shards.flatMap { shard in (0..<shard.sampleCount).map { shard.features.dense[$0, 0] } } ?? []
    }
    var tested: [Float] = []
    var counts: [[Int]] = []
    for index in 0..<count {
      let fractions = SplitFractions(validation: 0.25, test: 0, fold: Fold(index, of: count))
      let parts = try split(labels, fractions, shards: 5)
      #expect((rows(parts.training) + rows(parts.validation) + rows(parts.test)).sorted() == (0..<101).map(Float.init))
      // A quarter of what the fold leaves.
      let ofTest = try #require(try parts.test?.classCounts(over: alone))
      let left = zip([60, 30, 7], ofTest).map { $0 - $1 }
      let validated = try #require(try parts.validation?.classCounts(over: alone))
      #expect(Array(validated.prefix(3)) == left.map { Int((0.25 * Double($0)).rounded()) })
      tested += rows(parts.test)
      counts.append(ofTest)
      // Whatever the shards, and without validation.
      let fold = SplitFractions(validation: 0, test: 0, fold: Fold(index, of: count))
      #expect(try rows(split(labels, fold, shards: 17).test) == rows(parts.test))
      #expect(try rows(split(labels, fold, seed: 2).test) != rows(parts.test))
    }
    #expect(tested.sorted() == (0..<101).map(Float.init))
    var figures = (0..<7).map { label in counts.map { $0[label] } }
    figures.append(counts.map { $0.reduce(0, +) })
    #expect(figures.allSatisfy { ($0.max() ?? 0) - ($0.min() ?? 9) <= 1 })
    // What is small does not all go to the first folds.
    if count == 2 { #expect(counts.allSatisfy { $0.suffix(4).reduce(0, +) == 2 }) }
  }

  @Test func `a fold of fewer samples than folds is refused`() {
    #expect(throws: AgreedFailure.self) {
      _ = try split(["a", "b", "a"], SplitFractions(validation: 0, test: 0, fold: Fold(4, of: 5)))
    }
  }

  @Test func `a class is never emptied`() throws {
    for fractions in [
      SplitFractions(validation: 0.99, test: 0), SplitFractions(validation: 0, test: 0.99),
      SplitFractions(validation: 0.3, test: 0.69),
    ] {
      let parts = try split(["a", "b", "b", "b"], fractions)
      #expect(try parts.training.classCounts(over: alone) == [1, 1])
    }
  }
}
