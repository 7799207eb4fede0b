public import Failures
public import Files
internal import Foundation

/// The folder of a run. Its files are written whole, and a folder that holds something is not
/// written into unless the user says so.
public struct RunDirectory: Sendable {
  public let path: String
  private let lock: RunLock

  /// What an `--overwrite` removes at once: the file that is appended to, and the one that says that
  /// a run is complete. The others stay until the new run replaces them.
  private static let removedFiles = [metricsFile, summaryFile]
  static let metricsFile = "metrics.jsonl"
  private static let summaryFile = "summary.json"

  /// Whether a folder holds a run that was begun, and neither its end nor anything that it does not begin with.
  public static func holdsBeginning(_ path: String) -> Bool {
    let files = Set((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
    let ofBeginning: Set = ["config.yaml", "class_weights.json", metricsFile, "checkpoints"]
    return files.isSuperset(of: ["config.yaml", "class_weights.json"])
      && files.filter { !$0.hasSuffix(AtomicFile.temporarySuffix) }
        .isSubset(of: ofBeginning)
  }

  /// Whether a folder is one that a run was begun in.
  public static func isRun(_ path: String) -> Bool {
    ["config.yaml", "class_weights.json", "checkpoints"].allSatisfy {
      FileManager.default.fileExists(atPath: path + "/" + $0)
    }
  }

  public var metricsPath: String { path + "/" + Self.metricsFile }

  /// That of the run whose folder of checkpoints holds `checkpoint`.
  public static func metricsPath(besideCheckpoint checkpoint: String) -> String {
    URL(fileURLWithPath: checkpoint).deletingLastPathComponent().deletingLastPathComponent().path + "/" + metricsFile
  }

  /// The length of metrics.jsonl; 0 where there is none.
  public var metricsBytes: Int {
    ((try? FileManager.default.attributesOfItem(atPath: metricsPath))?[.size] as? NSNumber)?.intValue ?? 0
  }

  /// Removes what was appended to metrics.jsonl behind its first `length` bytes.
  ///
  /// - Returns: False where it has fewer.
  /// - Throws: `FileError`
  public func cutMetrics(to length: Int) throws(FileError) -> Bool {
    let bytes = metricsBytes
    if bytes > length { try AtomicFile.cut(metricsPath, to: length) }
    return bytes >= length
  }

  public enum Choice: Equatable, Sendable {
    /// This folder; it must be new or empty, unless it may be overwritten.
    case exactly(String, overwrite: Bool)
    /// This folder, in which a run was begun that did not come to a checkpoint: it begins again.
    case begunAgain(String)
    /// This folder, in which a run goes on.
    case continued(String)
    /// runs/name, or the first of runs/name-2, runs/name-3, … that is free.
    case next(name: String)
  }

  /// Says early what `create` would refuse, before time is spent on the data.
  public static func check(_ choice: Choice) throws(RunDirectoryError) {
    guard case .exactly(let path, let overwrite) = choice else { return }
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else { throw .cannotCreate(path: path, reason: "a file has that name") }
    guard overwrite || isFree(path) else { throw .notEmpty(path: path) }
  }

  /// - Throws: `RunDirectoryError`
  public static func create(_ choice: Choice) throws(RunDirectoryError) -> RunDirectory {
    switch choice {
    case .exactly(let path, let overwrite):
      try check(choice)
      _ = try make(path)
      return try RunDirectory(locking: path, removing: overwrite ? removedFiles : [])
    case .begunAgain(let path):
      return try RunDirectory(locking: path, removing: removedFiles)
    case .continued(let path):
      return try RunDirectory(locking: path, removing: [summaryFile])
    case .next(let name):
      // Making the folder is what takes its name: two runs that begin together get two folders.
      var path = "runs/\(name)"
      var number = 2
      while try !make(path) {
        path = "runs/\(name)-\(number)"
        number += 1
      }
      return try RunDirectory(locking: path, removing: [])
    }
  }

  private init(locking path: String, removing files: [String]) throws(RunDirectoryError) {
    _ = try Self.make(path + "/checkpoints")
    guard let lock = RunLock(path + "/checkpoints/.lock") else { throw .inUse(path: path) }
    self.path = path
    self.lock = lock
    for file in files { try Self.remove(path + "/" + file) }
  }

  /// - Throws: `FileError`, and what `content` throws.
  public func write(to file: String, _ content: (_ append: ([UInt8]) throws -> Void) throws -> Void) throws {
    try AtomicFile.write(to: path + "/" + file, content)
  }

  /// - Throws: `FileError`
  public func write(_ text: String, to file: String) throws {
    try AtomicFile.write(text, to: path + "/" + file)
  }

  /// - Throws: `FileError`
  public func append(_ text: String, to file: String) throws(FileError) {
    try AtomicFile.append(text, to: path + "/" + file)
  }

  private static func isFree(_ path: String) -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return true }
    return (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? false
  }

  /// Makes a folder, and those that it lies in.
  ///
  /// - Returns: False where something of that name is there already.
  private static func make(_ path: String) throws(RunDirectoryError) -> Bool {
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(path: path, reason: error.localizedDescription)
    }
    guard unsafe mkdir(path, 0o755) != 0 else { return true }
    guard errno == EEXIST else { throw .cannotCreate(path: path, reason: unsafe String(cString: strerror(errno))) }
    return false
  }

  /// Removes a file, where it is one; a folder of that name is somebody's.
  private static func remove(_ path: String) throws(RunDirectoryError) {
    guard unsafe unlink(path) != 0, errno != ENOENT else { return }
    throw .cannotCreate(path: path, reason: unsafe String(cString: strerror(errno)))
  }
}

/// A run directory that cannot be used.
public enum RunDirectoryError: Failure, Equatable {
  case notEmpty(path: String)
  case inUse(path: String)
  case cannotCreate(path: String, reason: String)

  public var exitStatus: ExitStatus { .cannotCreate }

  public var description: String {
    switch self {
    case .notEmpty(let path):
      "the run directory \(path) is not empty; pass --overwrite to replace the run in it, or another --run-dir"
    case .inUse(let path):
      "another job writes into the run directory \(path); wait for its end, or pass another --run-dir"
    case .cannotCreate(let path, let reason):
      "cannot create the run directory \(path): \(reason)"
    }
  }
}
