internal import Files
internal import Foundation
internal import Training

/// The folder of a run's checkpoints: step-0000001200.safetensors, and so on.
public struct CheckpointFolder: Sendable {
  public let path: String

  public init(ofRun run: String) {
    path = run + "/checkpoints"
  }

  /// A file of the folder.
  public struct Entry: Equatable, Sendable {
    public let step: Int
    public let path: String
  }

  private static let prefix = "step-"
  private static let suffix = ".safetensors"
  /// Of files that are no longer taken, and not removed: they are damaged, or of a run that was gone on with from an
  /// earlier step.
  private static let asideSuffix = ".passed-over"

  func path(ofStep step: Int) -> String {
    let digits = String(step)
    return "\(path)/\(Self.prefix)\(String(repeating: "0", count: max(10 - digits.count, 0)))\(digits)\(Self.suffix)"
  }

  /// Newest first. None where there is no such folder.
  public var entries: [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { name -> Entry? in
      guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix),
        let step = Int(name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count))
      else { return nil }
      return Entry(step: step, path: "\(path)/\(name)")
    }.sorted { $0.step > $1.step }
  }

  /// A checkpoint that was found, and why damaged ones were not taken on the way to it.
  public struct Search {
    public let found: (entry: Entry, checkpoint: Checkpoint)?
    public let passedOver: [String]
  }

  /// The newest checkpoint that is whole.
  ///
  /// - Throws: `FileError` where one cannot be read, and `CheckpointError` where one is of another version of the
  ///   program: it may be whole, and is not passed over.
  public func newestWhole() throws -> Search {
    var passedOver: [String] = []
    for entry in entries {
      do {
        return Search(found: (entry, try Self.read(entry)), passedOver: passedOver)
      } catch let error as CheckpointError {
        guard case .damaged(let path, let reason) = error else { throw error }
        passedOver.append("the checkpoint \(path) is damaged: \(reason)")
      }
    }
    return Search(found: nil, passedOver: passedOver)
  }

  /// - Throws: `FileError`, `CheckpointError`
  public static func read(_ entry: Entry) throws -> Checkpoint {
    let checkpoint = try Checkpoint(readingFrom: entry.path)
    let step = checkpoint.record.step
    guard step == entry.step else {
      throw CheckpointError.damaged(path: entry.path, reason: "it has the name of another; it is of step \(step)")
    }
    return checkpoint
  }

  /// Makes the folder.
  ///
  /// - Throws: `FileError`
  func make() throws(FileError) {
    guard unsafe mkdir(path, 0o755) != 0, errno != EEXIST else { return }
    throw .cannotCreate(path: path, code: errno)
  }

  /// Gives other names to the checkpoints after `step`, which are none of the run that goes on from there, and removes
  /// what an interrupted write has left.
  public func setAside(after step: Int) {
    for entry in entries where entry.step > step {
      _ = unsafe rename(entry.path, entry.path + Self.asideSuffix)
    }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where name.hasPrefix(Self.prefix) && name.hasSuffix(Self.suffix + AtomicFile.temporarySuffix) {
      _ = unsafe unlink("\(path)/\(name)")
    }
  }

  /// Removes every checkpoint, of a run that is to be overwritten.
  public func removeAll() {
    for entry in entries { _ = unsafe unlink(entry.path) }
  }

  /// Removes all but the newest `count` and that of step `best`.
  func prune(keeping count: Int, best: Int?) {
    for entry in entries.dropFirst(count) where entry.step != best { _ = unsafe unlink(entry.path) }
  }
}
