public import Collectives
public import Failures
internal import RandomStreams
internal import Tensors

extension Dataset {
  /// Takes a share of every class out for validation. Collective.
  ///
  /// Of the n_c samples of class c, round(fraction · n_c) are drawn, but never all of them. The
  /// draw depends on the seed and on the place of a sample among those of its class in the whole
  /// data set, so it is the same at any number of ranks. Ignored samples stay in the training part.
  ///
  /// - Parameter fraction: 0 < fraction < 1
  public func splitForValidation(
    fraction: Double, seed: UInt64, over communicator: some Communicator
  ) throws -> (training: Dataset, validation: Dataset) {
    precondition(fraction > 0 && fraction < 1, "validation fraction \(fraction)")
    let shardCounts = try shardClassCounts(over: communicator)
    let totals = (0..<classCount).map { label in shardCounts.reduce(0) { $0 + $1[label] } }

    let draws = totals.enumerated().map { label, total in
      let drawn = min(Int((fraction * Double(total)).rounded()), max(total - 1, 0))
      return (
        order: IndexPermutation(count: total, seed: seed, purpose: .validationSplit, index: label), drawn: drawn
      )
    }
    guard draws.contains(where: { $0.drawn > 0 }) else {
      try communicator.fail(with: ValidationSplitError.empty(fraction: fraction, name: name))
    }
    var training = self
    var validation = self
    training.shards = []
    validation.shards = []
    for shard in shards {
      // The places of this shard's samples among those of their class.
      var nextPlace = (0..<classCount).map { label in
        (0..<shard.index).reduce(0) { $0 + shardCounts[$1][label] }
      }
      var (kept, drawn): ([Int], [Int]) = ([], [])
      for (row, label) in shard.labels.enumerated() {
        guard label >= 0 else {
          kept.append(row)
          continue
        }
        let place = nextPlace[Int(label)]
        nextPlace[Int(label)] += 1
        let draw = draws[Int(label)]
        if draw.order[place] < draw.drawn { drawn.append(row) } else { kept.append(row) }
      }
      validation.shards.append(shard.selecting(drawn))
      training.shards.append(shard.selecting(kept))
    }
    return (
      try training.recountingSamples(over: communicator), try validation.recountingSamples(over: communicator)
    )
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
  case empty(fraction: Double, name: String)

  public var exitStatus: ExitStatus { .badConfiguration }

  public var description: String {
    switch self {
    case .empty(let fraction, let name):
      "--validation-fraction \(fraction) of \(name) is no sample of any class; raise it"
    }
  }
}

extension Shard {
  /// The samples `rows`, in that order, in memory of their own.
  func selecting(_ rows: [Int]) -> Shard {
    Shard(index: index, features: features.selecting(rows), labels: rows.map { labels[$0] })
  }
}
