internal import Foundation

/// A file as bytes in memory: the kernel reads the pages that are touched, and no others. A class,
/// because the mapping ends with it.
@safe public final class MappedFile {
  public let path: String
  public let count: Int
  /// Size, time and inode: the same of two ranks that have a file from one disk.
  public let identity: String
  private let descriptor: Int32
  private let base: UnsafeMutableRawPointer?

  /// - Throws: `FileError`
  public init(path: String) throws(FileError) {
    self.path = path
    // A pipe would be waited for; it is refused below.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
    let status: stat
    do throws(FileError) {
      status = try Self.status(descriptor, path: path)
      count = Int(status.st_size)
      identity = "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_ino)"
      unsafe base = try unsafe Self.map(descriptor, count: count, path: path)
      self.descriptor = descriptor
    } catch {
      close(descriptor)
      throw error
    }
    if let base = unsafe base { unsafe MappingGuard.add(base, descriptor: descriptor, status, path: path) }
  }

  private static func status(_ descriptor: Int32, path: String) throws(FileError) -> stat {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
    return status
  }

  /// Nil for an empty file, which cannot be mapped.
  private static func map(
    _ descriptor: Int32, count: Int, path: String
  ) throws(FileError) -> UnsafeMutableRawPointer? {
    guard count > 0 else { return nil }
    let mapping = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard unsafe mapping != MAP_FAILED else { throw .cannotOpen(path: path, code: errno) }
    return unsafe mapping
  }

  deinit {
    if let base = unsafe base {
      unsafe MappingGuard.remove(base)
      unsafe munmap(base, count)
    }
    close(descriptor)
  }

  /// Checks that no file was cut short or written to while it was mapped. What was read of one that was is wrong.
  ///
  /// - Throws: `FileError.changed`
  public static func checkUnchanged() throws(FileError) {
    if let path = MappingGuard.pathOfChanged { throw .changed(path: path) }
  }

  /// Forgets files that were changed and are no longer mapped: who reads others has nothing to do with them.
  public static func forgetChangedFiles() { MappingGuard.forgetChanged() }

  /// Gives the memory of a part back; who reads it again gets it from the file again. For who goes through a file that is
  /// larger than the memory.
  public func release(_ range: Range<Int>) {
    guard let base = unsafe base else { return }
    // Whole pages within the range alone.
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = (range.lowerBound + page - 1) / page * page
    let end = min(range.upperBound, count) / page * page
    if start < end { unsafe madvise(base + start, end - start, MADV_DONTNEED) }
  }

  /// All bytes, valid within `body`. Where another process cuts the file short meanwhile, zeros stand in place of what
  /// is lost (`MappingGuard`): ask `checkUnchanged` before what was read is used.
  public func withBytes<Result, Failure>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
    let bytes = unsafe UnsafeBufferPointer<UInt8>(
      start: base?.assumingMemoryBound(to: UInt8.self), count: base == nil ? 0 : count)
    return try body(unsafe bytes.span)
  }
}
