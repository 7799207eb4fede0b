internal import Files
internal import Foundation
internal import Synchronization
internal import Tensors
internal import Threads
internal import Training

/// Writes checkpoints on a thread of its own: training stops only while the state is copied, unless checkpoints come
/// faster than the disk takes them, or there is no memory for a thread. Only the root has one.
///
/// All that threads share is guarded by `condition`, but for the flag that every step looks at.
public final class CheckpointWriter: @unchecked Sendable {
  private let folder: CheckpointFolder
  private let keptCount: Int
  /// The file that must be on the disk before a checkpoint that knows its length.
  private let metricsPath: String

  private let condition = NSCondition()
  private var waiting: Checkpoint?
  private var isWriting = false
  private var hasThread = false
  private var failure: (any Error)?
  private var latest: CheckpointRecord?
  /// Vectors of checkpoints that are written.
  private var freeMemory: [[Vector]] = []
  private let failed = Atomic<Bool>(false)

  /// - Parameters:
  ///   - keptCount: Checkpoints that are kept, the newest, beside that of the best epoch.
  ///   - resumed: What the run goes on from, which is on the disk already.
  public init(folder: CheckpointFolder, keeping keptCount: Int, metricsPath: String, resumed: CheckpointRecord?) {
    self.folder = folder
    self.keptCount = keptCount
    self.metricsPath = metricsPath
    latest = resumed
  }

  /// Whether a checkpoint could not be written.
  public var hasFailed: Bool { failed.load(ordering: .relaxed) }

  /// Takes a checkpoint to be written.
  ///
  /// - Parameters:
  ///   - checkpoint: Its vectors are copied.
  ///   - mayDrop: Whether it may be left out where an earlier one is still being written.
  /// - Throws: Why an earlier one could not be written.
  public func submit(_ checkpoint: Checkpoint, mayDrop: Bool) throws {
    condition.lock()
    defer { condition.unlock() }
    if mayDrop, waiting != nil || isWriting { return }
    while waiting != nil, failure == nil { condition.wait() }
    if let failure { throw failure }
    // The end of an epoch may be the end of the run, too.
    guard checkpoint.record != latest else { return }
    latest = checkpoint.record
    if !hasThread { hasThread = BackgroundThread.start { self.writeAll() } }
    guard hasThread else { return try write(checkpoint) }
    waiting = checkpoint.copied(into: freeMemory.popLast() ?? [])
    condition.broadcast()
  }

  /// Waits until everything is written.
  ///
  /// - Throws: Why something could not be.
  public func finish() throws {
    condition.lock()
    defer { condition.unlock() }
    while failure == nil, waiting != nil || isWriting { condition.wait() }
    if let failure { throw failure }
  }

  private func writeAll() {
    condition.lock()
    while failure == nil {
      guard let checkpoint = waiting else {
        condition.wait()
        continue
      }
      waiting = nil
      isWriting = true
      condition.broadcast()
      condition.unlock()
      let outcome = Result { try write(checkpoint) }
      condition.lock()
      isWriting = false
      freeMemory.append(checkpoint.vectors)
      if case .failure(let error) = outcome {
        failure = error
        failed.store(true, ordering: .relaxed)
      }
      condition.broadcast()
    }
    condition.unlock()
  }

  private func write(_ checkpoint: Checkpoint) throws {
    let record = checkpoint.record
    try folder.make()
    if record.metricsBytes > 0 { try AtomicFile.sync(metricsPath) } else { AtomicFile.syncFolder(of: folder.path) }
    try checkpoint.write(to: folder.path(ofStep: record.step))
    folder.prune(keeping: keptCount, best: record.progress.best.map { $0.step + record.step - record.progress.step })
  }
}
