internal import Foundation

/// Keeps a second job out of a run's folder while this process lives. A class, because its file is open so long.
public final class RunLock: Sendable {
  private let descriptor: Int32

  /// - Parameter path: A file of the folder; it is made, and stays.
  /// - Returns: Nil where another process has the lock. A file system that has no locks is taken at its word.
  init?(_ path: String) {
    // Neither a link nor a pipe is what this program has put there.
    let flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    var file = unsafe open(path, O_RDONLY | O_CREAT | flags, 0o644)
    if file < 0, errno == ELOOP {
      // A link in the lock's place would leave two jobs without one.
      unsafe unlink(path)
      file = unsafe open(path, O_RDONLY | O_CREAT | flags, 0o644)
    }
    var isLocked = file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0
    if !isLocked, errno == EBADF {
      // NFS locks only what is open for writing.
      close(file)
      file = unsafe open(path, O_RDWR | flags)
      isLocked = file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0
    }
    if !isLocked, ![ENOLCK, ENOTSUP, EOPNOTSUPP, ENOSYS, EROFS].contains(errno) {
      if file >= 0 { close(file) }
      return nil
    }
    descriptor = file
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }
}
