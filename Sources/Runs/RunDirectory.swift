public import Failures
public import Files
internal import Foundation

/// The folder of a run. Its files are written whole, and a folder that holds something is not
/// written into unless the user says so.
public struct RunDirectory: Sendable {
  public let path: String
  private let lock: RunLock
  /// What the run that is gone on with had in its summary, if it had come to one: how fast it was trained is not known where
  /// nothing is left to train.
  private(set) var earlierSamplesPerSecond: Double?

  /// What an `--overwrite` removes at once: the files that are appended to, and the one that says that
  /// a run is complete. The others stay until the new run replaces them.
  private static let removedFiles = [metricsFile, summaryFile, logFile, logTextFile] + probabilityFiles
  static let validationProbabilitiesFile = "validation_probabilities.csv"
  static let outOfFoldProbabilitiesFile = "out_of_fold_probabilities.csv"
  /// What only some runs have at their end.
  private static let probabilityFiles = [validationProbabilitiesFile, outOfFoldProbabilitiesFile]
  static let metricsFile = "metrics.jsonl"
  static let summaryFile = "summary.json"
  public static let configurationFile = "config.yaml"
  static let weightsFile = "class_weights.json"
  public static let modelFile = "model.safetensors"
  static let confusionFile = "confusion_matrix.csv"
  static let logFile = "log.jsonl"
  static let logTextFile = "log.txt"
  static let reportFile = "report.html"
  static let reportDataFile = "report.json"
  static let checkpointFolder = "checkpoints"
  private static let lockFile = ".lock"
  private static let allFiles =
    [
      configurationFile, weightsFile, metricsFile, modelFile, confusionFile, reportFile, reportDataFile,
      summaryFile, logFile, logTextFile,
    ] + probabilityFiles

  /// Whether a folder holds a run that was begun, and neither its end nor anything that it does not begin with. One that
  /// was killed at once may have no more than the folder of its checkpoints with their lock.
  public static func holdsBeginning(_ path: String) -> Bool {
    let files = Set((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
    let ofBeginning: Set = [
      configurationFile, weightsFile, metricsFile, checkpointFolder, logFile, logTextFile, EventFiles.membersFolder,
      EventFiles.unnamedFile,
    ]
    let checkpoints = try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(checkpointFolder)")
    return (files.isSuperset(of: [configurationFile, weightsFile]) || checkpoints == [lockFile])
      && files.filter { !$0.hasSuffix(AtomicFile.temporarySuffix) && !EventFiles.isOne($0) }
        .isSubset(of: ofBeginning)
  }

  /// Whether a folder is one that a run was begun in; or a copy of what one has come to, without its checkpoints.
  public static func isRun(_ path: String) -> Bool {
    func holds(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + file) }
    return holds(configurationFile) && (holds(modelFile) || holds(weightsFile) && holds(checkpointFolder))
  }

  /// Whether the folder of a run holds states to go on from.
  static func hasCheckpoints(_ path: String) -> Bool {
    let files = try? FileManager.default.contentsOfDirectory(atPath: path + "/" + checkpointFolder)
    return files?.contains { $0 != lockFile } ?? false
  }

  /// What to name in place of a folder that is none of a run but has some, as that of a comparison does: "; it holds runs:
  /// name one, such as runs/a"; "" where it has none.
  static func words(ofRunsIn path: String) -> String {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    let folder = path.hasSuffix("/") ? path : path + "/"
    return names.first { isRun(folder + $0) }.map { "; it holds runs: name one, such as \((folder + $0).asShellWord)" }
      ?? ""
  }

  public var metricsPath: String { path + "/" + Self.metricsFile }

  /// That of the run whose folder of checkpoints holds `checkpoint`.
  public static func metricsPath(besideCheckpoint checkpoint: String) -> String {
    folder(ofCheckpoint: checkpoint) + "/" + metricsFile
  }

  /// The folder of the run whose folder of checkpoints holds `checkpoint`.
  static func folder(ofCheckpoint checkpoint: String) -> String {
    URL(fileURLWithPath: checkpoint).deletingLastPathComponent().deletingLastPathComponent().path
  }

  /// The length of metrics.jsonl; 0 where there is none.
  public var metricsBytes: Int {
    ((try? FileManager.default.attributesOfItem(atPath: metricsPath))?[.size] as? NSNumber)?.intValue ?? 0
  }

  /// Removes what was appended to metrics.jsonl behind its first `length` bytes; and half a line, where it then ends
  /// in one.
  ///
  /// - Returns: False where it has fewer, or no whole line there.
  /// - Throws: `FileError`
  public func cutMetrics(to length: Int) throws(FileError) -> Bool {
    guard metricsBytes > 0 else { return length == 0 }
    let bytes = try WholeFile.bytes(at: metricsPath).prefix(length)
    let whole = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    if metricsBytes > whole { try AtomicFile.cut(metricsPath, to: whole) }
    return whole == length
  }

  /// Begins metrics.jsonl with the whole lines among the first `length` bytes of another one.
  ///
  /// - Returns: False where that has fewer, or no whole line there.
  /// - Throws: `FileError`
  public func copyMetrics(from path: String, length: Int) throws -> Bool {
    guard length > 0 else { return true }
    guard let bytes = try? WholeFile.bytes(at: path).prefix(length) else { return false }
    let whole = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    if whole > 0 { try AtomicFile.write(Array(bytes.prefix(whole)), to: metricsPath) }
    return whole == length
  }

  /// The folder that a run is to have.
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
  ///
  /// - Throws: `RunDirectoryError`
  public static func check(_ choice: Choice) throws(RunDirectoryError) {
    let path: String
    switch choice {
    case .exactly(let folder, _), .begunAgain(let folder), .continued(let folder): path = folder
    case .next: return
    }
    guard let isFolder = isFolder(path) else { return }
    guard isFolder else { throw .cannotCreate(path: path, reason: "a file has that name") }
    if case .exactly(_, overwrite: false) = choice, !holdsNothing(path) { throw .notEmpty(path: path) }
    // What would else be found out at the first checkpoint, or at the end.
    guard Self.isFolder(path + "/" + checkpointFolder) ?? true else {
      throw .cannotCreate(path: path, reason: "\(checkpointFolder) in it is a file, and has to be a folder; remove it")
    }
    for file in allFiles where Self.isFolder(path + "/" + file) == true {
      throw .cannotCreate(path: path, reason: "\(file) in it is a folder, and has to be a file; remove it")
    }
  }

  /// Says early that a file which is read is one that a run in a folder replaces.
  ///
  /// - Throws: `RunDirectoryError`
  static func check(_ inputs: [String], replacedIn folder: String) throws(RunDirectoryError) {
    for input in inputs {
      guard let within = FilePath.components(of: input, in: folder) else { continue }
      // The folder itself, as that of the run whose model is gone on with.
      if within.first.map({ allFiles.contains($0) || $0 == checkpointFolder }) ?? true {
        throw .replacesInput(path: folder, file: input)
      }
    }
  }

  /// Keeps other jobs out of a folder that a run was begun in.
  ///
  /// - Returns: Nil where there is no such folder.
  /// - Throws: `RunDirectoryError.inUse`
  public static func lock(_ path: String) throws(RunDirectoryError) -> RunLock? {
    guard isFolder(path + "/" + checkpointFolder) == true else { return nil }
    guard let lock = RunLock("\(path)/\(checkpointFolder)/\(lockFile)") else { throw .inUse(path: path) }
    return lock
  }

  /// Makes the folder, or takes it over.
  ///
  /// - Parameter lock: What `lock` gave for it.
  /// - Throws: `RunDirectoryError`
  public static func create(_ choice: Choice, holding lock: RunLock? = nil) throws(RunDirectoryError) -> RunDirectory {
    switch choice {
    case .exactly(let path, let overwrite):
      try check(choice)
      _ = try make(path)
      let directory = try RunDirectory(path, lock, removing: [])
      // Another job may have begun and ended in it until it was locked.
      guard overwrite || holdsNothing(path, but: [checkpointFolder]),
        overwrite || holdsNothing(path + "/" + checkpointFolder, but: [lockFile])
      else { throw .notEmpty(path: path) }
      if overwrite { try directory.remove(removedFiles + EventFiles.allNames(ofRun: path)) }
      return directory
    case .begunAgain(let path):
      return try RunDirectory(path, lock, removing: removedFiles + EventFiles.allNames(ofRun: path))
    case .continued(let path):
      let speed = samplesPerSecond(ofRun: path)
      var directory = try RunDirectory(path, lock, removing: [summaryFile] + probabilityFiles)
      directory.earlierSamplesPerSecond = speed
      return directory
    case .next(let name):
      // Making the folder is what takes its name: two runs that begin together get two folders.
      var path = "runs/\(name)"
      var number = 2
      while try !make(path) {
        path = "runs/\(name)-\(number)"
        number += 1
      }
      return try RunDirectory(path, lock, removing: [])
    }
  }

  /// What its summary says; nil where there is none.
  private static func samplesPerSecond(ofRun path: String) -> Double? {
    struct Summary: Decodable { let samplesPerSecond: Double }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let text = try? WholeFile.bytes(at: "\(path)/\(summaryFile)")
    return text.flatMap { try? decoder.decode(Summary.self, from: Data($0)) }?.samplesPerSecond
  }

  /// Locks the folder, and removes files of it and what interrupted writes have left.
  private init(_ path: String, _ lock: RunLock?, removing files: [String]) throws(RunDirectoryError) {
    _ = try Self.make(path + "/" + Self.checkpointFolder)
    self.path = path
    if let lock {
      self.lock = lock
    } else if let lock = try Self.lock(path) {
      self.lock = lock
    } else {
      throw .cannotCreate(path: path, reason: "\(Self.checkpointFolder) in it is no folder")
    }
    try remove(files + Self.allFiles.map { $0 + AtomicFile.temporarySuffix })
  }

  /// - Throws: `FileError`, and what `content` throws.
  public func write(to file: String, _ content: (_ append: ([UInt8]) throws -> Void) throws -> Void) throws {
    try AtomicFile.write(to: path + "/" + file, syncingFolder: false, content)
  }

  /// The names of files are on the disk before anything depends on them: before a checkpoint is, and with the last file.
  ///
  /// - Throws: `FileError`
  public func write(_ text: String, to file: String, isLast: Bool = false) throws {
    try AtomicFile.write(text, to: path + "/" + file, syncingFolder: isLast)
  }

  /// The same of several that belong together.
  func write(_ files: [(file: String, text: String)]) throws {
    try AtomicFile.write(files.map { (path: path + "/" + $0.file, text: $0.text) })
  }

  /// - Throws: `FileError`
  public func append(_ text: String, to file: String) throws(FileError) {
    try AtomicFile.append(text, to: path + "/" + file)
  }

  /// Nil where nothing has that name.
  private static func isFolder(_ path: String) -> Bool? {
    var isFolder: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) ? isFolder.boolValue : nil
  }

  /// Whether a folder is empty, but for `names`; a folder that cannot be looked into is not.
  private static func holdsNothing(_ path: String, but names: Set<String> = []) -> Bool {
    guard let found = try? FileManager.default.contentsOfDirectory(atPath: path) else { return false }
    return names.isSuperset(of: found)
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

  /// Removes files, where they are; a folder of that name is somebody's.
  private func remove(_ files: [String]) throws(RunDirectoryError) {
    for file in files where unsafe unlink(path + "/" + file) != 0 && errno != ENOENT {
      throw .cannotCreate(path: path, reason: "\(file): \(unsafe String(cString: strerror(errno)))")
    }
  }
}

/// A run directory that cannot be used.
public enum RunDirectoryError: Failure, Equatable {
  case notEmpty(path: String)
  case inUse(path: String)
  case cannotCreate(path: String, reason: String)
  case replacesInput(path: String, file: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .notEmpty, .inUse, .cannotCreate: .cannotCreate
    case .replacesInput: .usage
    }
  }

  public var description: String {
    switch self {
    case .notEmpty(let path):
      """
      the run directory \(path) is not empty; pass another --run-dir, or, to train, --overwrite to replace the run in it\
      \(RunDirectory.hasCheckpoints(path) ? ", or --resume auto to go on with it" : "")
      """
    case .inUse(let path):
      "another job writes into the run directory \(path); wait for its end, or pass another --run-dir"
    case .cannotCreate(let path, let reason):
      "cannot create the run directory \(path): \(reason)"
    case .replacesInput(let path, let file):
      "\(file) is read for a run that would replace it in \(path); pass another --run-dir"
    }
  }
}
