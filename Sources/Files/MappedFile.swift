internal import Foundation

/// A file as bytes in memory: the kernel reads the pages that are touched, and no others. A class,
/// because the mapping ends with it.
@safe public final class MappedFile {
  public let path: String
  public let count: Int
  private let base: UnsafeMutableRawPointer?

  /// - Throws: `FileError`
  public init(path: String) throws(FileError) {
    self.path = path
    // A pipe would be waited for; it is refused below.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
    count = Int(status.st_size)
    if count == 0 {
      unsafe base = nil
    } else {
      let mapping = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
      guard unsafe mapping != MAP_FAILED else { throw .cannotOpen(path: path, code: errno) }
      unsafe base = mapping
    }
  }

  deinit {
    if let base = unsafe base { unsafe munmap(base, count) }
  }

  /// All bytes, valid within `body`. A file that another process cuts short meanwhile ends this
  /// one with SIGBUS, as with every memory map.
  public func withBytes<Result, Failure>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
    let bytes = unsafe UnsafeBufferPointer<UInt8>(
      start: base?.assumingMemoryBound(to: UInt8.self), count: base == nil ? 0 : count)
    return try body(unsafe bytes.span)
  }
}
