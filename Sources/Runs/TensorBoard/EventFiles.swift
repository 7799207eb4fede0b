internal import Checkpoints
internal import Files
internal import Foundation
internal import TensorBoard

/// The files of events of a folder. There is one; a run that is gone on with writes another in its place, whose name has
/// the next number: a TensorBoard that shows the old one while it is replaced goes on to it.
struct EventFiles {
  /// The folder.
  let path: String

  private static let prefix = "events.out.tfevents."
  private static let digits = 6

  /// Where the events of a member are that has several beside it; from 1.
  static func member(_ number: Int, ofRun path: String) -> EventFiles {
    EventFiles(path: "\(path)/\(membersFolder)/\(number)")
  }

  /// A file that has no name yet.
  static let unnamedFile = ".events"
  static let membersFolder = "members"

  /// The members that have files of events.
  static func members(ofRun path: String) -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(membersFolder)")) ?? []
    return names.compactMap(Int.init).filter { $0 > 0 && !member($0, ofRun: path).names.isEmpty }.sorted()
  }

  /// Whether a file of that name is one of these.
  static func isOne(_ name: String) -> Bool { number(name) != nil }

  private static func number(_ name: String) -> Int? {
    let digits = name.dropFirst(prefix.count)
    guard name.hasPrefix(prefix), digits.count == Self.digits, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return nil
    }
    return Int(digits)
  }

  /// In the order of their numbers.
  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter(Self.isOne).sorted()
  }

  /// Of the run in a folder, and of its members; relative to it.
  static func allNames(ofRun path: String) -> [String] {
    EventFiles(path: path).names
      + members(ofRun: path).flatMap { number in
        member(number, ofRun: path).names.map { "\(membersFolder)/\(number)/\($0)" }
      }
  }

  /// The name that a new file gets, behind all that are there.
  var nextName: String {
    let number = (names.last.flatMap(Self.number) ?? 0) + 1
    return Self.prefix + String(repeating: "0", count: max(Self.digits - "\(number)".count, 0)) + "\(number)"
  }

  /// What the newest file holds, up to where it is cut or damaged: it has all that older ones have.
  var events: [StoredEvent] {
    guard let name = names.last, let bytes = try? WholeFile.bytes(at: "\(path)/\(name)") else { return [] }
    return StoredEvent.all(in: bytes)
  }
}

/// Appends to the file of events of a folder, which it begins with what is kept of an earlier one.
final class EventWriter {
  private let files: EventFiles
  /// What the file begins with; nil once it does.
  private var beginning: [UInt8]?
  private var path = ""

  /// Nothing is written before `begin`, or the first event.
  ///
  /// - Parameter beginning: What stands before all else. Where it cannot be written, the next attempt does so.
  init(_ files: EventFiles, beginning: [UInt8]) {
    self.files = files
    self.beginning = beginning
  }

  /// - Throws: `FileError`, `RunDirectoryError`; then nothing of `event` is written.
  func append(_ event: Event) throws {
    try write(event.bytes)
  }

  /// Makes the file, and removes those in whose place it is.
  ///
  /// - Throws: `FileError`, `RunDirectoryError`
  func begin() throws { try write([]) }

  private func write(_ bytes: [UInt8]) throws {
    guard let beginning else { return try AtomicFile.append(bytes, to: path) }
    do {
      try FileManager.default.createDirectory(atPath: files.path, withIntermediateDirectories: true)
    } catch {
      throw RunDirectoryError.cannotCreate(path: files.path, reason: error.localizedDescription)
    }
    let earlier = files.names
    path = "\(files.path)/\(files.nextName)"
    // TensorBoard takes whatever has the prefix in its name, until it is whole, too.
    let whole = "\(files.path)/\(EventFiles.unnamedFile)"
    try AtomicFile.write(beginning + bytes, to: whole, syncingFolder: !earlier.isEmpty)
    guard unsafe rename(whole, path) == 0 else { throw FileError.cannotCreate(path: path, code: errno) }
    self.beginning = nil
    for name in earlier { unsafe unlink("\(files.path)/\(name)") }
  }
}
