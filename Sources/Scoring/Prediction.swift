public import Collectives
internal import Configuration
public import Datasets
internal import Files
internal import Foundation
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
    public let notes: RowNotes
    /// Whether the reader of standard output, or of a pipe, had enough before the end.
    public let isCutShort: Bool
  }

  /// Predicts. Collective. Memory does not grow with the data.
  ///
  /// - Parameters:
  ///   - data: As the user names it.
  ///   - path: Of the file to write; nil for standard output.
  ///   - replaces: Whether a file of that name may be replaced.
  ///   - inputs: Files that are read beside the data.
  /// - Throws: `AgreedFailure` with what cannot be read or written; `CollectiveError`.
  public func write(
    _ data: String, to path: String?, replacing replaces: Bool, besides inputs: [String] = [], _ form: PredictionForm,
    over communicator: some Communicator
  ) throws -> Outcome {
    let writer = PredictionWriter(form, classNames: scorer.model.classNames)
    let file = try open(path, replacing: replaces, of: [data] + inputs, writer, over: communicator)
    var pieces = try input.pieces(of: data, over: communicator)
    var isCutShort = false
    /// Of the root.
    func put(_ bytes: [UInt8]) throws {
      guard !isCutShort else { return }
      isCutShort = try !(file?.append(bytes) ?? StandardOutput.write(bytes))
    }
    try communicator.agree { if communicator.isRoot { try put(writer.head(rowCount: 0)) } }
    var notebook = RowNotebook(scorer.model.columns)
    while let piece = try pieces.next(over: communicator) {
      let start = try notebook.add(piece, firstLost: pieces.lostRows.first, over: communicator)
      let bytes = try communicator.agree {
        try self.bytes(of: piece, writer, name: data, rowsBefore: start, &notebook)
      }
      try gather(bytes, over: communicator, put)
      if try communicator.sum(isCutShort ? 1 : 0) > 0 {
        isCutShort = true
        break
      }
    }
    let notes = try notebook.notes(of: pieces, over: communicator)
    try communicator.agree {
      guard let file else { return }
      if writer.headCountsRows { try file.replaceStart(with: writer.head(rowCount: notes.rows)) }
      try file.finish()
    }
    return Outcome(notes: notes, isCutShort: isCutShort)
  }

  /// The root's file. Collective.
  private func open(
    _ path: String?, replacing replaces: Bool, of inputs: [String], _ writer: PredictionWriter,
    over communicator: some Communicator
  ) throws -> ResultFile? {
    try communicator.agree {
      guard communicator.isRoot, let path else { return nil }
      let file = try ResultFile(path, replaces: replaces, of: inputs)
      guard file.isSeekable || !writer.headCountsRows else { throw ScoringError.notSeekable(path: path) }
      return file
    }
  }

  private func bytes(
    of piece: RowPiece, _ writer: PredictionWriter, name: String, rowsBefore: Int, _ notebook: inout RowNotebook
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(piece.rowCount * (8 + 11 * scorer.classCount))
    var predictions: [Int32] = []
    var lost = LostCount(piece)
    try scorer.logits(of: piece) { rows, logits, overflowing in
      for (sample, overflow) in overflowing.sorted(by: { $0.key < $1.key }) {
        try input.refuse(
          rowsBefore + piece.place(ofRow: rows.lowerBound + sample), name: name, overflow, unlessNotedIn: &notebook)
      }
      scorer.predict(logits, into: &predictions)
      rule.apply(to: logits)
      writer.append(predictions, logits, without: Set(overflowing.keys), to: &bytes) {
        lost.before(row: rows.lowerBound + $0)
      }
    }
    writer.appendLost(lost.before(row: piece.rowCount), to: &bytes)
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

/// Counts the rows that could not be read, from the first row of a piece to the last.
private struct LostCount {
  private var lost: ArraySlice<LostRows>

  init(_ piece: RowPiece) { lost = piece.lost[...] }

  /// Those before a row that were not counted yet.
  mutating func before(row: Int) -> Int {
    var count = 0
    while let next = lost.first, next.row <= row {
      count += next.count
      lost = lost.dropFirst()
    }
    return count
  }
}

extension RowPiece {
  /// The place of a row among all rows of the piece, those that could not be read among them.
  func place(ofRow row: Int) -> Int {
    row + lost.reduce(0) { $0 + ($1.row <= row ? $1.count : 0) }
  }
}

extension ModelInput {
  /// Notes a row whose numbers overflow, where bad rows are left out.
  ///
  /// - Parameter row: From 0.
  /// - Throws: `ScoringError.notFinite` or `modelNotFinite` where they are not.
  func refuse(
    _ row: Int, name: String, _ overflow: Overflow, unlessNotedIn notebook: inout RowNotebook
  ) throws(ScoringError) {
    let error: ScoringError =
      switch overflow {
      case .ofData: .notFinite(name: name, row: row + 1)
      case .ofModel(let largest): .modelNotFinite(name: name, row: row + 1, largestParameter: largest)
      }
    guard file.onBadRow == .skip else { throw error }
    notebook.addOverflow(row: row, error)
  }
}
