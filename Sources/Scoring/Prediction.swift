public import Collectives
public import Datasets
internal import Files
public import Models
internal import Tensors

/// What a model makes of every row of some data, written in the order of the rows.
public struct Prediction {
  private let scorer: Scorer
  private let rule: ProbabilityRule
  private let input: ModelInput

  /// - Parameter input: Without labels.
  public init(_ model: ModelFile, _ rule: ProbabilityRule, _ input: ModelInput) {
    scorer = Scorer(model)
    self.rule = rule
    self.input = input
  }

  /// What came of it.
  public struct Outcome: Sendable {
    /// Those that could not be read among them.
    public fileprivate(set) var rows = 0
    public fileprivate(set) var lostRows = 0
    /// What was wrong with one of them.
    public fileprivate(set) var firstLost: String?
    public fileprivate(set) var unknownColumns: [String] = []
    /// Whether the reader of standard output had enough before the end.
    public fileprivate(set) var isCutShort = false
  }

  /// Predicts. Collective. Memory does not grow with the data.
  ///
  /// - Parameters:
  ///   - data: As the user names it.
  ///   - path: Of the file to write; nil for standard output.
  /// - Throws: `AgreedFailure` with what cannot be read or written; `CollectiveError`.
  public func write(
    _ data: String, to path: String?, _ form: PredictionForm, over communicator: some Communicator
  ) throws -> Outcome {
    let writer = PredictionWriter(form, classNames: scorer.model.classNames)
    var pieces = try input.pieces(of: data, over: communicator)
    var outcome = Outcome()
    outcome.unknownColumns = pieces.unknownColumns
    let file: NewFile? = try communicator.agree {
      guard communicator.isRoot, let path else { return nil }
      return try NewFile(path)
    }
    /// Of the root.
    func put(_ bytes: [UInt8]) throws {
      if let file {
        try file.append(bytes)
      } else if !outcome.isCutShort {
        outcome.isCutShort = try !StandardOutput.write(bytes)
      }
    }
    try communicator.agree { if communicator.isRoot { try put(writer.head(rowCount: 0)) } }
    var rows = 0
    while let piece = try pieces.next(over: communicator) {
      let bytes = try communicator.agree { try self.bytes(of: piece, writer, name: data) }
      rows += piece.rowCount + piece.lost.reduce(0) { $0 + $1.count }
      try gather(bytes, over: communicator, put)
      if try communicator.sum(outcome.isCutShort ? 1 : 0) > 0 {
        outcome.isCutShort = true
        break
      }
    }
    let sums = try communicator.sum([Int64(rows), Int64(pieces.lostRows.count)])
    (outcome.rows, outcome.lostRows) = (Int(sums[0]), Int(sums[1]))
    let reasons = try communicator.allgather(Array((pieces.lostRows.first ?? "").utf8))
    outcome.firstLost = reasons.first { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
    try communicator.agree {
      guard let file else { return }
      if writer.headCountsRows { try file.replaceStart(with: writer.head(rowCount: outcome.rows)) }
      try file.finish()
    }
    return outcome
  }

  private func bytes(of piece: RowPiece, _ writer: PredictionWriter, name: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(piece.rowCount * (8 + 11 * scorer.classCount))
    var predictions: [Int32] = []
    var lost = piece.lost[...]
    func lostRows(before row: Int) -> Int {
      var count = 0
      while let next = lost.first, next.row <= row {
        count += next.count
        lost = lost.dropFirst()
      }
      return count
    }
    try scorer.logits(of: piece, name: name) { rows, logits in
      scorer.predict(logits, into: &predictions)
      rule.apply(to: logits)
      writer.append(predictions, logits, to: &bytes) { lostRows(before: rows.lowerBound + $0) }
    }
    writer.appendLost(lostRows(before: piece.rowCount), to: &bytes)
    return bytes
  }

  /// Hands every rank's bytes to the root, one rank's after the other's. Collective.
  private func gather(
    _ bytes: [UInt8], over communicator: some Communicator, _ put: ([UInt8]) throws -> Void
  ) throws {
    var failure: (any Error)?
    for rank in 0..<communicator.size {
      let isSender = communicator.rank == rank
      var part = bytes
      if rank > 0 {
        part = try communicator.pass(
          isSender ? bytes : [], to: isSender ? 0 : nil, from: communicator.isRoot ? rank : nil)
      }
      guard communicator.isRoot, failure == nil, !part.isEmpty else { continue }
      do { try put(part) } catch { failure = error }
    }
    try communicator.agree { if let failure { throw failure } }
  }
}
