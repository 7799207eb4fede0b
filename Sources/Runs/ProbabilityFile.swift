internal import Collectives
internal import Datasets
internal import Files
internal import Models
internal import Tensors
internal import Training

/// What a model says of each sample of a part of the data, as a file: CSV with the columns of `predict` behind `row`, the
/// sample's place in the data from 1 (records that could not be read count, a header doesn't), and `label`, its true class.
/// Samples that are ignored have no line. Rows are in the order of the data: the same bytes at any number of ranks.
///
/// One rank after the other judges its samples and hands what it has written to the root, some hundred samples at a time:
/// so the memory that it takes does not grow with the data.
struct ProbabilityFile<C: Communicator> {
  private let model: JudgedModel
  private let samples: Dataset
  private let rule: ProbabilityRule
  private let decision: DecisionRule?
  private let communicator: C
  /// Of each class.
  private let fields: [[UInt8]]

  /// Batches after which the ranks meet.
  private static var batchesBetweenMeetings: Int { 64 }

  init(
    _ model: JudgedModel, _ samples: Dataset, _ rule: ProbabilityRule, decision: DecisionRule?, over communicator: C
  ) {
    self.model = model
    self.samples = samples
    self.rule = rule
    self.decision = decision
    self.communicator = communicator
    fields = samples.classNames.map { Array(CSVField.text($0).utf8) }
  }

  /// Writes it. Collective.
  ///
  /// - Parameters:
  ///   - path: Of the root alone.
  ///   - isStopRequested: Whether this rank was asked to stop.
  /// - Returns: Whether it was written: nobody was asked to stop meanwhile.
  /// - Throws: `AgreedFailure` with `FileError`; `CollectiveError`.
  func write(to path: String?, unless isStopRequested: () -> Bool) throws -> Bool {
    let file = try communicator.agree { try path.map { try ResultFile($0, replaces: true) } }
    var failure: (any Error)?
    func put(_ bytes: [UInt8]) {
      guard failure == nil, !bytes.isEmpty else { return }
      do { _ = try file?.append(bytes) } catch { failure = error }
    }
    put(head)
    var batch = 0
    /// Collective: a batch of one rank comes to the root.
    func take(_ bytes: [UInt8], from rank: Int) throws {
      var bytes = bytes
      if rank > 0 {
        bytes = try communicator.pass(
          bytes, to: communicator.rank == rank ? 0 : nil, from: communicator.isRoot ? rank : nil)
      }
      if communicator.isRoot { put(bytes) }
      batch += 1
      guard batch % Self.batchesBetweenMeetings == 0 else { return }
      let wishes = try communicator.sum([failure == nil ? 0 : 1, isStopRequested() ? 1 : 0])
      if wishes[0] > 0 { try communicator.agree { if let failure { throw failure } } }
      if wishes[1] > 0 { throw Interruption() }
    }
    do {
      for rank in 0..<communicator.size {
        guard communicator.rank != rank else {
          for shard in samples.shards { try forEachBatch(of: shard) { try take($0, from: rank) } }
          continue
        }
        let counts = samples.layout.shards(ofRank: rank).map { samples.sampleCounts[$0] }
        for _ in 0..<counts.reduce(0, { $0 + JudgedModel.batchCount(ofSamples: $1) }) { try take([], from: rank) }
      }
    } catch is Interruption {
      return false
    }
    try communicator.agree {
      if let failure { throw failure }
      try file?.finish()
    }
    return true
  }

  /// Somebody was asked to stop, and all ranks know of it.
  private struct Interruption: Error {}

  private var head: [UInt8] {
    let names = ["row", "label", "prediction"] + samples.classNames.map { "probability:\($0)" }
    return Array((names.map(CSVField.text).joined(separator: ",") + "\n").utf8)
  }

  /// The lines of a shard, a batch at a time.
  private func forEachBatch(of shard: Shard, _ body: ([UInt8]) throws -> Void) rethrows {
    try model.forEachBatch(of: shard, in: samples, by: rule, decision: decision) { rows, predictions, probabilities in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(rows.count * (16 + 11 * samples.classCount))
      for (sample, row) in rows.enumerated() where shard.labels[row] >= 0 {
        bytes += Array("\(samples.samples.place(ofRow: row, in: shard) + 1),".utf8)
        bytes += fields[Int(shard.labels[row])]
        bytes.append(UInt8(ascii: ","))
        bytes += fields[Int(predictions[sample])]
        for classIndex in 0..<probabilities.rows {
          bytes.append(UInt8(ascii: ","))
          DecimalWriter.append(probabilities[classIndex, sample], to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
      }
      try body(bytes)
    }
  }
}
