internal import Dispatch
internal import Foundation
internal import Synchronization
internal import Threads

/// Files that are written whole or not at all.
public enum AtomicFile {
  /// Of the name that a file has until it is whole.
  public static let temporarySuffix = ".partial"

  /// Writes a file under a temporary name, brings it to the disk, and gives it its name. Whoever
  /// opens `path` at any moment finds the old content or the new (docs/promises.md, 6).
  ///
  /// - Parameter syncingFolder: Whether the new name is to be on the disk, too, when it returns. Else a machine that loses
  ///   power may come back with the old content, whole; some milliseconds are saved on most disks.
  /// - Throws: `FileError`; the temporary file is then gone, and `path` as it was.
  public static func write(_ bytes: [UInt8], to path: String, syncingFolder: Bool = true) throws {
    try write(to: path, syncingFolder: syncingFolder) { try $0(bytes) }
  }

  /// The same for content that comes piece by piece.
  ///
  /// - Parameter content: Hands each piece to the function that it is given.
  /// - Throws: `FileError`, and what `content` throws.
  public static func write(
    to path: String, syncingFolder: Bool = true, _ content: (_ append: ([UInt8]) throws -> Void) throws -> Void
  ) throws {
    try begin(path, content).finish(syncingFolder: syncingFolder)
  }

  /// Writes all of a file but does not wait for the disk: `UnnamedFile.finish` does, and names it.
  ///
  /// - Parameter content: Hands each piece to the function that it is given.
  /// - Throws: `FileError`, and what `content` throws; the temporary file is then gone.
  public static func begin(
    _ path: String, _ content: (_ append: ([UInt8]) throws -> Void) throws -> Void
  ) throws -> UnnamedFile {
    let temporary = path + temporarySuffix
    let file = UnnamedFile(path: path, temporary: temporary, descriptor: try create(temporary, for: path))
    do {
      try content { bytes in
        if let code = WholeWrite.write(bytes, to: file.descriptor) {
          throw FileError.cannotWrite(path: path, code: code)
        }
      }
    } catch {
      file.remove()
      throw error
    }
    return file
  }

  /// Writes files that belong together, and brings them to the disk at the same time: it takes hardly longer than one. The
  /// names of the folders' entries come to the disk later.
  ///
  /// - Parameter files: Get their names in this order.
  /// - Throws: `FileError`; the files before the one that it is about have their new content then.
  public static func write(_ files: [(path: String, text: String)]) throws {
    var unnamed: [UnnamedFile] = []
    // Those that get no name.
    defer { for file in unnamed { file.remove() } }
    for (path, text) in files { unnamed.append(try begin(path) { try $0(Array(text.utf8)) }) }
    for failure in together(unnamed.map { file in { file.sync() } }) { try name(unnamed.removeFirst(), after: failure) }
  }

  /// A file that is written and has its temporary name yet: to be finished or removed, once.
  public struct UnnamedFile: Sendable {
    fileprivate let path: String
    fileprivate let temporary: String
    fileprivate let descriptor: Int32

    /// - Returns: An error's number.
    fileprivate func sync() -> Int32? { fsync(descriptor) == 0 ? nil : errno }

    /// Brings it to the disk, and gives it its name.
    ///
    /// - Parameter syncingFolder: Whether the new name is to be on the disk, too, when it returns.
    /// - Throws: `FileError`; the temporary file is then gone, and `path` as it was.
    public func finish(syncingFolder: Bool = true) throws(FileError) {
      try AtomicFile.name(self, after: sync())
      if syncingFolder { AtomicFile.syncFolder(of: path) }
    }

    public func remove() {
      close(descriptor)
      unsafe unlink(temporary)
    }
  }

  /// - Parameter failure: Of bringing it to the disk.
  private static func name(_ file: UnnamedFile, after failure: Int32?) throws(FileError) {
    var failure = failure
    if close(file.descriptor) != 0, failure == nil { failure = errno }
    if failure == nil, unsafe rename(file.temporary, file.path) != 0 { failure = errno }
    guard let failure else { return }
    unsafe unlink(file.temporary)
    throw .cannotWrite(path: file.path, code: failure)
  }

  /// Calls all at the same time, each on a thread of its own, so that the disk brings many files home in one go; one
  /// after the other where there are no threads. (They wait for the disk: one core is enough.)
  ///
  /// - Returns: What each returned: an error's number.
  private static func together(_ calls: [@Sendable () -> Int32?]) -> [Int32?] {
    let failures = Mutex([Int32?](repeating: nil, count: calls.count))
    let group = DispatchGroup()
    for (index, call) in calls.enumerated() {
      let work: @Sendable () -> Void = {
        let failure = call()
        failures.withLock { $0[index] = failure }
        group.leave()
      }
      group.enter()
      if index == calls.count - 1 || !BackgroundThread.start(work) { work() }
    }
    group.wait()
    return failures.withLock { $0 }
  }

  /// Opens a file that was not there before. What has its name, left by a write that was interrupted, is removed by
  /// that name: a link that somebody has put there is not followed, a pipe not waited for.
  private static func create(_ temporary: String, for path: String) throws(FileError) -> Int32 {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    var descriptor = unsafe open(temporary, flags, 0o644)
    if descriptor < 0, errno == EEXIST {
      guard unsafe unlink(temporary) == 0 else { throw .cannotCreate(path: temporary, code: errno) }
      descriptor = unsafe open(temporary, flags, 0o644)
    }
    guard descriptor >= 0 else { throw .cannotCreate(path: path, code: errno) }
    return descriptor
  }

  public static func write(_ text: String, to path: String, syncingFolder: Bool = true) throws {
    try write(Array(text.utf8), to: path, syncingFolder: syncingFolder)
  }

  /// For files that are not replaced but changed: no link is followed to another, no pipe waited for.
  private static let guardedFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK

  /// Brings what was appended to a file to the disk, and at the same time the names in its folder.
  ///
  /// - Throws: `FileError`
  public static func sync(_ path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_RDONLY | guardedFlags)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
    defer { close(descriptor) }
    let failures = together([
      { fsync(descriptor) == 0 ? nil : errno },
      {
        syncFolder(of: path)
        return nil
      },
    ])
    if let code = failures.lazy.compactMap(\.self).first { throw .cannotWrite(path: path, code: code) }
  }

  /// Cuts a file to `length` bytes, where it is longer.
  ///
  /// - Throws: `FileError`
  public static func cut(_ path: String, to length: Int) throws(FileError) {
    let descriptor = unsafe open(path, O_WRONLY | guardedFlags)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
    defer { close(descriptor) }
    guard ftruncate(descriptor, length) == 0 else { throw .cannotWrite(path: path, code: errno) }
  }

  /// Appends `text` to a file, making it if there is none: the whole text, or nothing of it.
  public static func append(_ text: String, to path: String) throws(FileError) {
    try append(Array(text.utf8), to: path)
  }

  /// The same of bytes.
  public static func append(_ bytes: [UInt8], to path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | guardedFlags, 0o644)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, code: errno) }
    let length = lseek(descriptor, 0, SEEK_END)
    var failure = WholeWrite.write(bytes, to: descriptor)
    if failure != nil, ftruncate(descriptor, length) != 0 { failure = errno }
    if close(descriptor) != 0, failure == nil { failure = errno }
    if let failure { throw .cannotWrite(path: path, code: failure) }
  }

  /// The new name itself is on the disk only when the folder is. A file system that can't sync
  /// folders has nothing better to offer.
  public static func syncFolder(of path: String) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
