internal import Foundation

/// Files that are written whole or not at all.
public enum AtomicFile {
  /// Of the name that a file has until it is whole.
  public static let temporarySuffix = ".partial"

  /// Writes a file under a temporary name, brings it to the disk, and gives it its name. Whoever
  /// opens `path` at any moment finds the old content or the new (docs/promises.md, 6).
  ///
  /// - Throws: `FileError`; the temporary file is then gone, and `path` as it was.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { try $0(bytes) }
  }

  /// The same for content that comes piece by piece.
  ///
  /// - Parameter content: Hands each piece to the function that it is given.
  /// - Throws: `FileError`, and what `content` throws.
  public static func write(to path: String, _ content: (_ append: ([UInt8]) throws -> Void) throws -> Void) throws {
    let temporary = path + temporarySuffix
    let descriptor = try create(temporary, for: path)
    do {
      try content { bytes in
        if let code = WholeWrite.write(bytes, to: descriptor) { throw FileError.cannotWrite(path: path, code: code) }
      }
    } catch {
      close(descriptor)
      unsafe unlink(temporary)
      throw error
    }
    var failure: Int32?
    if fsync(descriptor) != 0 { failure = errno }
    if close(descriptor) != 0, failure == nil { failure = errno }
    if failure == nil, unsafe rename(temporary, path) != 0 { failure = errno }
    if let failure {
      unsafe unlink(temporary)
      throw FileError.cannotWrite(path: path, code: failure)
    }
    syncFolder(of: path)
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

  public static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// For files that are not replaced but changed: no link is followed to another, no pipe waited for.
  private static let guardedFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK

  /// Brings what was appended to a file to the disk.
  ///
  /// - Throws: `FileError`
  public static func sync(_ path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_RDONLY | guardedFlags)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .cannotWrite(path: path, code: errno) }
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
  static func syncFolder(of path: String) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
