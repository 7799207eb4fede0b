public import Collectives

/// Tables of which several runs need copies: each run's encoding may write into the memory of its own.
extension TableParts {
  /// All samples as those of one rank, in the same shards; on every rank. Collective.
  public borrowing func onEveryRank(over communicator: some Communicator) throws -> TableParts {
    TableParts(
      training: try training.onEveryRank(over: communicator),
      validation: try validation.onEveryRank(over: communicator),
      test: try test.onEveryRank(over: communicator))
  }

  /// The same in memory of its own.
  public borrowing func copy() -> TableParts {
    TableParts(training: training.copy(), validation: validation.copy(), test: test.copy())
  }

  /// Whether all samples may be kept on every rank. The same on all ranks. Collective.
  public borrowing func fitOnEveryRank(over communicator: some Communicator) throws(CollectiveError) -> Bool {
    let fit = [
      try training.fitsOnEveryRank(over: communicator), try validation.fitsOnEveryRank(over: communicator),
      try test.fitsOnEveryRank(over: communicator),
    ]
    return fit.allSatisfy { $0 }
  }

  /// Takes shares of every class out of the training part; see `Table.split`. What is there of other parts stays, unless
  /// a share is taken for them. Collective.
  public consuming func split(
    _ fractions: SplitFractions, seed: UInt64, over communicator: some Communicator
  ) throws -> TableParts {
    let given = validation.take()
    var parts = try training.split(fractions, seed: seed, over: communicator)
    if fractions.validation == 0 { parts.validation = given }
    return parts
  }
}

extension Table {
  fileprivate borrowing func onEveryRank(over communicator: some Communicator) throws -> Table {
    Table(try samples.onEveryRank(over: communicator), columns: columns, reading: reading)
  }

  fileprivate borrowing func copy() -> Table {
    let shards = samples.shards.map { $0.selecting(Array($0.labels.indices)) }
    return Table(samples.with(shards), columns: columns, reading: reading)
  }
}

extension Optional where Wrapped == Table {
  fileprivate borrowing func fitsOnEveryRank(over communicator: some Communicator) throws(CollectiveError) -> Bool {
    switch self {
    case .some(let table): try table.fitsOnEveryRank(over: communicator)
    case .none: true
    }
  }

  fileprivate borrowing func onEveryRank(over communicator: some Communicator) throws -> Table? {
    switch self {
    case .some(let table): try table.onEveryRank(over: communicator)
    case .none: nil
    }
  }

  fileprivate borrowing func copy() -> Table? {
    switch self {
    case .some(let table): table.copy()
    case .none: nil
    }
  }
}
