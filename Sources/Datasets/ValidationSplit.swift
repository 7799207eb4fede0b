public import Collectives
public import Failures
internal import RandomStreams
internal import Tensors

/// The parts that a data set is cut into.
public struct DatasetParts {
  public var training: Dataset
  /// What a model is chosen by.
  public var validation: Dataset?
  /// What the final model is judged by, once.
  public var test: Dataset?

  public init(training: Dataset, validation: Dataset? = nil, test: Dataset? = nil) {
    self.training = training
    self.validation = validation
    self.test = test
  }
}

/// What is taken out of the training data.
public struct SplitFractions: Equatable, Sendable {
  /// Each 0 ..< 1, and their sum, too.
  public let validation: Double
  public let test: Double

  public init(validation: Double, test: Double) {
    precondition(validation >= 0 && test >= 0 && validation + test < 1, "fractions \(validation) and \(test)")
    self.validation = validation
    self.test = test
  }

  /// How many of `total` samples of one class.
  func counts(of total: Int) -> (validation: Int, test: Int) {
    let validation = min(Int((self.validation * Double(total)).rounded()), max(total - 1, 0))
    let test = min(Int((self.test * Double(total)).rounded()), max(total - 1 - validation, 0))
    return (validation, test)
  }
}

extension Dataset {
  /// Takes shares of every class out for validation and for a test. Collective.
  ///
  /// Of the n_c samples of class c, round(fraction · n_c) are drawn for validation, then as many by the other fraction
  /// for the test, but never all of them. The draw depends on the seed and on the place of a sample among those of its
  /// class in the whole data set, so it is the same at any number of ranks; and the validation part is the same with a
  /// test part and without. Ignored samples stay in the training part.
  ///
  /// - Throws: `ValidationSplitError` where a part that is asked for would be empty.
  public func split(
    _ fractions: SplitFractions, seed: UInt64, over communicator: some Communicator
  ) throws -> DatasetParts {
    // Parts are copies, for which there may be no memory.
    guard fractions.validation > 0 || fractions.test > 0 else { return DatasetParts(training: self) }
    let shardCounts = try shardClassCounts(over: communicator)
    let totals = (0..<classCount).map { label in shardCounts.reduce(0) { $0 + $1[label] } }

    let draws = totals.enumerated().map { label, total in
      (
        order: IndexPermutation(count: total, seed: seed, purpose: .validationSplit, index: label),
        counts: fractions.counts(of: total)
      )
    }
    for (option, fraction, count) in [
      ("--validation-fraction", fractions.validation, draws.reduce(0) { $0 + $1.counts.validation }),
      ("--test-fraction", fractions.test, draws.reduce(0) { $0 + $1.counts.test }),
    ] where fraction > 0 && count == 0 {
      try communicator.fail(with: ValidationSplitError.empty(option: option, fraction: fraction, name: name))
    }
    var (training, validation, test) = (self, self, self)
    training.shards = []
    validation.shards = []
    test.shards = []
    for shard in shards {
      // The places of this shard's samples among those of their class.
      var nextPlace = (0..<classCount).map { label in
        (0..<shard.index).reduce(0) { $0 + shardCounts[$1][label] }
      }
      var (kept, validated, tested): ([Int], [Int], [Int]) = ([], [], [])
      for (row, label) in shard.labels.enumerated() {
        guard label >= 0 else {
          kept.append(row)
          continue
        }
        let draw = draws[Int(label)]
        let drawn = draw.order[nextPlace[Int(label)]]
        nextPlace[Int(label)] += 1
        if drawn < draw.counts.validation {
          validated.append(row)
        } else if drawn < draw.counts.validation + draw.counts.test {
          tested.append(row)
        } else {
          kept.append(row)
        }
      }
      validation.shards.append(shard.selecting(validated))
      test.shards.append(shard.selecting(tested))
      training.shards.append(shard.selecting(kept))
    }
    return DatasetParts(
      training: try training.recountingSamples(over: communicator),
      validation: fractions.validation > 0 ? try validation.recountingSamples(over: communicator) : nil,
      test: fractions.test > 0 ? try test.recountingSamples(over: communicator) : nil)
  }

  private func recountingSamples(over communicator: some Communicator) throws(CollectiveError) -> Dataset {
    var counts = [Int64](repeating: 0, count: layout.shardCount)
    for shard in shards { counts[shard.index] = Int64(shard.sampleCount) }
    return Dataset(
      name: name, columns: columns, classNames: classNames, layout: layout, shards: shards,
      sampleCounts: try communicator.sum(counts).map { Int($0) })
  }
}

/// A split that leaves nothing to validate on.
public enum ValidationSplitError: Failure, Equatable {
  case empty(option: String, fraction: Double, name: String)

  public var exitStatus: ExitStatus { .badConfiguration }

  public var description: String {
    switch self {
    case .empty(let option, let fraction, let name):
      "\(option) \(fraction) of \(name) is no sample of any class; raise it"
    }
  }
}

extension Shard {
  /// The samples `rows`, in that order, in memory of their own.
  func selecting(_ rows: [Int]) -> Shard {
    Shard(index: index, features: features.selecting(rows), labels: rows.map { labels[$0] })
  }
}
