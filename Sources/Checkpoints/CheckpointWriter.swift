internal import Files
internal import Foundation
internal import Synchronization
internal import Tensors
internal import Threads
internal import Training

/// Writes checkpoints on a thread of its own: training stops only while the state is copied, unless checkpoints come
/// faster than the disk takes them, or there is no memory for a thread. Only the root has one.
///
/// A large state is not copied, as that would take a rank nearly twice the memory of its model: training stops until the
/// system has taken it, and the thread waits for the disk.
///
/// All that threads share is guarded by `condition`, but for the flag that every step looks at.
public final class CheckpointWriter: @unchecked Sendable {
  private let folder: CheckpointFolder
  private let keptCount: Int
  /// The file that must be on the disk before a checkpoint that knows its length.
  private let metricsPath: String

  /// Bytes of the vectors of a state that is copied.
  private let mostCopied: Int

  /// A checkpoint as it waits to be written.
  private enum Work {
    case copied(Checkpoint)
    /// The system has all of it.
    case begun(CheckpointRecord, AtomicFile.UnnamedFile)
  }

  private let condition = NSCondition()
  private var waiting: Work?
  private var isWriting = false
  private var hasThread = false
  /// Whether the thread is to end when nothing waits: a process may train thousands of runs.
  private var isIdle = false
  private var failure: (any Error)?
  private var latest: CheckpointRecord?
  /// Until then those of ordinary epochs are left out.
  private var restsUntil = ContinuousClock.now
  /// When the one that is being written was submitted.
  private var begunAt = ContinuousClock.now
  private let rest: @Sendable (Duration) -> Duration
  /// Vectors of checkpoints that are written.
  private var freeMemory: [[Vector]] = []
  private let failed = Atomic<Bool>(false)

  /// - Parameters:
  ///   - keptCount: Checkpoints that are kept, the newest, beside that of the best epoch.
  ///   - resumed: What the run goes on from, which is on the disk already.
  ///   - mostCopied: Bytes of the vectors of a state, beyond which they are not copied.
  ///   - rest: For how long `leavesOutNext` holds after a checkpoint that took so long. By default twenty times as long, so
  ///     that those of short epochs take a twentieth of the time; but no more than a second, which a kill may then cost.
  public init(
    folder: CheckpointFolder, keeping keptCount: Int, metricsPath: String, resumed: CheckpointRecord?,
    mostCopied: Int = 16 << 20, rest: @escaping @Sendable (Duration) -> Duration = { min($0 * 20, .seconds(1)) }
  ) {
    self.rest = rest
    self.mostCopied = mostCopied
    self.folder = folder
    self.keptCount = keptCount
    self.metricsPath = metricsPath
    latest = resumed
  }

  /// Whether a checkpoint could not be written.
  public var hasFailed: Bool { failed.load(ordering: .relaxed) }

  /// Whether a checkpoint that may be left out is: while an earlier one is being written, and thereafter for a rest.
  public var leavesOutNext: Bool {
    condition.lock()
    defer { condition.unlock() }
    return waiting != nil || isWriting || ContinuousClock.now < restsUntil
  }

  /// Takes a checkpoint to be written.
  ///
  /// - Parameter checkpoint: Its vectors are no longer needed when it returns.
  /// - Throws: Why it, or an earlier one, could not be written.
  public func submit(_ checkpoint: Checkpoint) throws {
    condition.lock()
    defer { condition.unlock() }
    while waiting != nil, failure == nil { condition.wait() }
    if let failure { throw failure }
    // The end of an epoch may be the end of the run, too.
    guard checkpoint.record != latest else { return }
    latest = checkpoint.record
    begunAt = .now
    isIdle = false
    if !hasThread { hasThread = BackgroundThread.start { self.writeAll() } }
    guard hasThread else {
      try finish(begin(checkpoint), checkpoint.record)
      return restsUntil = .now + rest(.now - begunAt)
    }
    let byteCount = checkpoint.vectors.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride }
    if byteCount <= mostCopied {
      waiting = .copied(checkpoint.copied(into: freeMemory.popLast() ?? []))
    } else {
      do {
        waiting = .begun(checkpoint.record, try begin(checkpoint))
      } catch {
        fail(with: error)
        throw error
      }
    }
    condition.broadcast()
  }

  /// Waits until everything is written. It is where a run stands still or ends, so the memory of copies is given back, and
  /// the thread.
  ///
  /// - Throws: Why something could not be.
  public func finish() throws {
    condition.lock()
    defer { condition.unlock() }
    while failure == nil, waiting != nil || isWriting { condition.wait() }
    freeMemory = []
    isIdle = true
    condition.broadcast()
    if let failure { throw failure }
  }

  private func writeAll() {
    condition.lock()
    while failure == nil {
      guard let work = waiting else {
        if isIdle { break }
        condition.wait()
        continue
      }
      waiting = nil
      isWriting = true
      condition.broadcast()
      condition.unlock()
      let outcome = Result { try write(work) }
      condition.lock()
      isWriting = false
      restsUntil = .now + rest(.now - begunAt)
      if case .copied(let checkpoint) = work { freeMemory.append(checkpoint.vectors) }
      if case .failure(let error) = outcome { fail(with: error) }
      condition.broadcast()
    }
    if case .begun(_, let file)? = waiting { file.remove() }
    hasThread = false
    condition.unlock()
  }

  private func fail(with error: any Error) {
    failure = error
    failed.store(true, ordering: .relaxed)
  }

  private func begin(_ checkpoint: Checkpoint) throws -> AtomicFile.UnnamedFile {
    try folder.make()
    return try checkpoint.begin(folder.path(ofStep: checkpoint.record.step))
  }

  private func write(_ work: Work) throws {
    switch work {
    case .copied(let checkpoint): try finish(begin(checkpoint), checkpoint.record)
    case .begun(let record, let file): try finish(file, record)
    }
  }

  private func finish(_ file: AtomicFile.UnnamedFile, _ record: CheckpointRecord) throws {
    do {
      if record.metricsBytes > 0 { try AtomicFile.sync(metricsPath) } else { AtomicFile.syncFolder(of: folder.path) }
    } catch {
      file.remove()
      throw error
    }
    try file.finish()
    folder.prune(keeping: keptCount, best: record.progress.best.map { $0.step + record.step - record.progress.step })
  }
}
