internal import Glibc

/// A thread beside the main one. Foundation's `Thread` does not say when it can't be started; who then waits for it
/// waits for ever.
public enum BackgroundThread {
  /// Bytes: for what does not recurse. The usual 8 MiB would count against a process's limit.
  public static let smallStack = 512 << 10

  /// Starts a thread that runs `body` and ends with it.
  ///
  /// - Parameter stackSize: Bytes.
  /// - Returns: Whether there is memory for it, and leave.
  public static func start(stackSize: Int = smallStack, _ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    guard unsafe pthread_attr_init(&attributes) == 0 else { return false }
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, stackSize)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

    let work = unsafe Unmanaged.passRetained(Work(body))
    var thread: pthread_t = 0
    let status = unsafe pthread_create(
      &thread, &attributes,
      { pointer in
        guard let pointer = unsafe pointer else { return nil }
        let work = unsafe Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
        work.body()
        return nil
      }, work.toOpaque())
    if status != 0 { unsafe work.release() }
    return status == 0
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
      self.body = body
    }
  }
}
