internal import Foundation

/// A file that a user names for a result which comes piece by piece: it has its name when it is whole, and where it never
/// is, nothing is left. Others that write to the same name meanwhile are not disturbed.
///
/// Until it is whole it has no name at all (O_TMPFILE), so that it is gone with the process, however that ends; on file
/// systems that know no such files it has a name of its own. A pipe or a device is written to as it is. A class, because
/// it is gone with the last who knows it.
public final class ResultFile {
  /// The file itself, where a link was named.
  public let path: String
  private let replaces: Bool
  private let kind: Kind
  private var descriptor: Int32

  private enum Kind {
    case unnamed
    case named(String)
    /// A pipe or a device.
    case stream
  }

  /// From the kernel's headers, which write it as an expression: __O_TMPFILE | O_DIRECTORY.
  private static let unnamedFlag: Int32 = 0o20_000_000 | O_DIRECTORY

  /// - Parameters:
  ///   - replaces: Whether what has the name may be replaced, now and when the file is whole.
  ///   - inputs: Files that are read for the result, which it does not replace.
  /// - Throws: `ResultFileError`, `FileError`
  public init(_ name: String, replaces: Bool, of inputs: [String] = []) throws {
    self.replaces = replaces
    var status = stat()
    let exists = unsafe stat(name, &status) == 0
    path = exists ? URL(fileURLWithPath: name).resolvingSymlinksInPath().path : name
    let type = status.st_mode & S_IFMT
    if exists, type == S_IFDIR { throw ResultFileError.folder(path: name) }
    if exists, type != S_IFREG {
      kind = .stream
      descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileError.cannotCreate(path: path, code: errno) }
      return
    }
    if exists, !replaces { throw ResultFileError.exists(path: name) }
    try Self.check(name, of: inputs)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let unnamed = unsafe open(folder, O_WRONLY | O_CLOEXEC | Self.unnamedFlag, 0o644)
    if unnamed >= 0 {
      (kind, descriptor) = (.unnamed, unnamed)
      return
    }
    let temporary = "\(path).\(getpid())\(AtomicFile.temporarySuffix)"
    kind = .named(temporary)
    descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError.cannotCreate(path: path, code: errno) }
  }

  /// Says early that a name is one of those that are read.
  ///
  /// - Throws: `ResultFileError.input`
  public static func check(_ name: String, of inputs: [String]) throws(ResultFileError) {
    guard !inputs.contains(where: { FilePath.areSame($0, name) }) else { throw .input(path: name) }
  }

  /// Says early that a name is none of a page of HTML.
  ///
  /// - Throws: `ResultFileError.noPage`
  public static func checkPage(_ name: String) throws(ResultFileError) {
    guard ["html", "htm"].contains(URL(fileURLWithPath: name).pathExtension.lowercased()) || name.hasPrefix("/dev/")
    else {
      throw .noPage(path: name)
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if case .named(let temporary) = kind { unsafe unlink(temporary) }
  }

  /// - Returns: False where it is a pipe that nobody reads any more.
  /// - Throws: `FileError`
  public func append(_ bytes: [UInt8]) throws(FileError) -> Bool {
    guard let code = WholeWrite.write(bytes, to: descriptor) else { return true }
    if code == EPIPE, case .stream = kind { return false }
    throw .cannotWrite(path: path, code: code)
  }

  /// Whether its beginning can be written over.
  public var isSeekable: Bool { if case .stream = kind { false } else { true } }

  /// Writes over the first bytes.
  ///
  /// - Throws: `FileError`
  public func replaceStart(with bytes: [UInt8]) throws(FileError) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .cannotWrite(path: path, code: errno) }
    if let code = WholeWrite.write(bytes, to: descriptor) { throw .cannotWrite(path: path, code: code) }
    guard lseek(descriptor, 0, SEEK_END) >= 0 else { throw .cannotWrite(path: path, code: errno) }
  }

  /// Brings it to the disk, and gives it its name. The last that is done with it.
  ///
  /// - Throws: `ResultFileError.exists` where a file of that name came into being meanwhile, `FileError`; what had the
  ///   name is as it was.
  public func finish() throws {
    defer {
      close(descriptor)
      descriptor = -1
    }
    if case .stream = kind { return }
    guard fsync(descriptor) == 0 else { throw FileError.cannotWrite(path: path, code: errno) }
    var temporary = "\(path).\(getpid())\(AtomicFile.temporarySuffix)"
    switch kind {
    case .stream: return
    case .named(let name): temporary = name
    case .unnamed:
      // A link by its number gives it a name.
      let link = "/proc/self/fd/\(descriptor)"
      if !replaces {
        guard unsafe linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else { throw failure(errno) }
        AtomicFile.syncFolder(of: path)
        return
      }
      guard unsafe linkat(AT_FDCWD, link, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0 else { throw failure(errno) }
    }
    // A file system without unnamed files may have no second names either: then the moment between is not covered.
    var code: Int32 = 0
    if !replaces, unsafe link(temporary, path) == 0 {
      unsafe unlink(temporary)
    } else if !replaces, errno == EEXIST {
      code = EEXIST
    } else if unsafe rename(temporary, path) != 0 {
      code = errno
    }
    guard code == 0 else {
      unsafe unlink(temporary)
      throw failure(code)
    }
    AtomicFile.syncFolder(of: path)
  }

  private func failure(_ code: Int32) -> any Error {
    code == EEXIST ? ResultFileError.exists(path: path) : FileError.cannotWrite(path: path, code: code)
  }
}
