public import Collectives
public import Configuration
public import Failures
internal import RandomStreams
internal import Tensors

/// What is taken out of the training data.
public struct SplitFractions: Equatable, Sendable {
  /// Each 0 ..< 1, and their sum, too.
  public let validation: Double
  public let test: Double
  /// The test part in place of a share; `validation` is a share of the rest then.
  public let fold: Fold?

  public init(validation: Double, test: Double, fold: Fold? = nil) {
    precondition(validation >= 0 && test >= 0 && validation + test < 1, "fractions \(validation) and \(test)")
    precondition(fold == nil || test == 0, "a fold and a share for the test")
    self.validation = validation
    self.test = test
    self.fold = fold
  }

  var takesTest: Bool { test > 0 || fold != nil }

  /// How many of `total` samples of one class.
  func counts(of total: Int) -> (validation: Int, test: Int) {
    let validation = min(Int((self.validation * Double(total)).rounded()), max(total - 1, 0))
    let test = min(Int((self.test * Double(total)).rounded()), max(total - 1 - validation, 0))
    return (validation, test)
  }
}

extension Table {
  /// Takes shares of every class out for validation and for a test. Collective.
  ///
  /// Of the n_c samples of class c, round(fraction · n_c) are drawn for validation, then as many by the other fraction
  /// for the test, but never all of them. The draw depends on the seed and on the place of a sample among those of its
  /// class in the whole data set, so it is the same at any number of ranks; and the validation part is the same with a
  /// test part and without. Ignored samples stay in the training part.
  ///
  /// Of a fold F of K (`ClassDraw`), every sample is in the test part of one of the K, and every class is as evenly on
  /// them as its samples allow; a class of one sample is in none of the training then.
  ///
  /// - Throws: `ValidationSplitError` where a part that is asked for would be empty.
  public consuming func split(
    _ fractions: SplitFractions, seed: UInt64, over communicator: some Communicator
  ) throws -> TableParts {
    // Parts are copies, for which there may be no memory.
    guard fractions.validation > 0 || fractions.takesTest else { return TableParts(training: self) }
    let shardCounts = try shardClassCounts(over: communicator)
    let totals = (0..<classCount).map { label in shardCounts.reduce(0) { $0 + $1[label] } }
    let draws = ClassDraw.ofClasses(totals, fractions, seed: seed)
    for (option, value, isWanted, count) in [
      (
        "--validation-fraction", "\(fractions.validation)", fractions.validation > 0,
        draws.reduce(0) { $0 + $1.validationCount }
      ),
      ("--test-fraction", "\(fractions.test)", fractions.test > 0, draws.reduce(0) { $0 + $1.testCount }),
      ("--fold", fractions.fold?.description ?? "", fractions.fold != nil, draws.reduce(0) { $0 + $1.testCount }),
    ] where isWanted && count == 0 {
      try communicator.fail(with: ValidationSplitError.empty(option: option, value: value, name: name))
    }
    let (columns, reading, withoutShards) = (columns, reading, samples.with([]))
    // Each is let go of when it was split: no more than one is in memory twice.
    var left = Array(samples.shards.reversed())
    _ = consume self
    func table(_ shards: [Shard]) throws(CollectiveError) -> Table {
      Table(try withoutShards.with(shards, over: communicator), columns: columns, reading: reading)
    }
    var (training, validation, test): ([Shard], [Shard], [Shard]) = ([], [], [])
    while let shard = left.popLast() {
      // The places of this shard's samples among those of their class.
      var nextPlace = totals.indices.map { label in
        (0..<shard.index).reduce(0) { $0 + shardCounts[$1][label] }
      }
      var (kept, validated, tested): ([Int], [Int], [Int]) = ([], [], [])
      for (row, label) in shard.labels.enumerated() {
        guard label >= 0 else {
          kept.append(row)
          continue
        }
        switch draws[Int(label)].part(ofPlace: nextPlace[Int(label)]) {
        case .training: kept.append(row)
        case .validation: validated.append(row)
        case .test: tested.append(row)
        }
        nextPlace[Int(label)] += 1
      }
      validation.append(shard.selecting(validated))
      test.append(shard.selecting(tested))
      training.append(shard.selecting(kept))
    }
    return TableParts(
      training: try table(training), validation: fractions.validation > 0 ? try table(validation) : nil,
      test: fractions.takesTest ? try table(test) : nil)
  }
}

/// A split that leaves nothing to validate on.
public enum ValidationSplitError: Failure, Equatable {
  case empty(option: String, value: String, name: String)

  public var exitStatus: ExitStatus { .badConfiguration }

  public var description: String {
    switch self {
    case .empty("--fold", let fold, let name):
      "--fold \(fold) of \(name) is no sample of any class; there are fewer samples than folds"
    case .empty(let option, let value, let name):
      "\(option) \(value) of \(name) is no sample of any class; raise it"
    }
  }
}
