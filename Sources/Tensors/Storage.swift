internal import CIntrinsics

/// A run of Float32 at a fixed, 64-byte-aligned address: what MPI and SIMD code read and
/// write in place. It is made once and never grows; its identity is the point, hence a class.
@safe public final class Storage {
  public let count: Int
  /// Valid for `count` elements while the storage lives. Only kernels and the MPI binding use it.
  @unsafe public let pointer: UnsafeMutablePointer<Float>
  /// Bytes. Rows that are read in random order would each need a page of 4 KiB looked up.
  private static var hugePage: Int { 2 << 20 }

  /// Zeros. `count` may be 0. Where there is no memory, the process ends with a message: ask `MemoryError.check` before
  /// a large one, which can be said by all ranks together.
  public init(zeros count: Int) {
    precondition(count >= 0, "storage of \(count) elements")
    self.count = count
    let byteCount = max(count, 1) * MemoryLayout<Float>.stride
    let usesHugePages = byteCount >= 2 * Self.hugePage
    guard
      let bytes = unsafe cintrinsics_allocate(byteCount, usesHugePages ? Self.hugePage : 64)
    else { MemoryError.end(byteCount: byteCount) }
    if usesHugePages { unsafe cintrinsics_advise_huge_pages(bytes, byteCount) }
    unsafe pointer = bytes.bindMemory(to: Float.self, capacity: max(count, 1))
    unsafe pointer.initialize(repeating: 0, count: count)
  }

  deinit {
    unsafe cintrinsics_free(pointer)
  }

  /// An element.
  public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index \(index) outside storage of \(count)")
      return unsafe pointer[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) outside storage of \(count)")
      unsafe pointer[index] = newValue
    }
  }
}
