public import Failures
public import Files
internal import Foundation

/// The folder of a run. Its files are written whole, and a folder that holds something is not
/// written into unless the user says so.
public struct RunDirectory: Sendable {
  public let path: String

  /// What a run writes; an `--overwrite` removes these and leaves all else.
  private static let ownFiles = [
    "config.yaml", "class_weights.json", "metrics.jsonl", "model.safetensors", "summary.json", "confusion_matrix.csv",
  ]

  public enum Choice: Equatable, Sendable {
    /// This folder; it must be new or empty, unless it may be overwritten.
    case exactly(String, overwrite: Bool)
    /// runs/name, or the first of runs/name-2, runs/name-3, … that is free.
    case next(name: String)
  }

  /// Says early what `create` would refuse, before time is spent on the data.
  public static func check(_ choice: Choice) throws(RunDirectoryError) {
    guard case .exactly(let path, overwrite: false) = choice else { return }
    guard isFree(path) else { throw .notEmpty(path: path) }
  }

  /// - Throws: `RunDirectoryError`
  public static func create(_ choice: Choice) throws(RunDirectoryError) -> RunDirectory {
    try check(choice)
    let path: String
    switch choice {
    case .exactly(let exact, _): path = exact
    case .next(let name): path = firstFree(name)
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(path: path, reason: String(describing: (error as NSError).localizedDescription))
    }
    for file in ownFiles { try? FileManager.default.removeItem(atPath: path + "/" + file) }
    return RunDirectory(path: path)
  }

  /// - Throws: `FileError`
  public func write(_ bytes: [UInt8], to file: String) throws(FileError) {
    try AtomicFile.write(bytes, to: path + "/" + file)
  }

  /// - Throws: `FileError`
  public func write(_ text: String, to file: String) throws(FileError) {
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

  private static func firstFree(_ name: String) -> String {
    var path = "runs/\(name)"
    var number = 2
    while !isFree(path) {
      path = "runs/\(name)-\(number)"
      number += 1
    }
    return path
  }
}

/// A run directory that cannot be used.
public enum RunDirectoryError: Failure, Equatable {
  case notEmpty(path: String)
  case cannotCreate(path: String, reason: String)

  public var exitStatus: ExitStatus { .cannotCreate }

  public var description: String {
    switch self {
    case .notEmpty(let path):
      "the run directory \(path) is not empty (or no folder); pass --overwrite to replace the run in it, or another --run-dir"
    case .cannotCreate(let path, let reason):
      "cannot create the run directory \(path): \(reason)"
    }
  }
}
