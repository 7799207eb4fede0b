/// The bytes of a file from its beginning, plain or unpacked by gzip.
public struct SequentialFile {
  public let path: String
  private let content: Content
  private let packedSize: Int
  /// Of a plain file: the next byte.
  private var position = 0
  /// Of a packed file: what has been unpacked and not yet taken.
  private var unpacked: ArraySlice<UInt8> = []

  private enum Content {
    case plain(MappedFile)
    case packed(GzipFile)
  }

  /// - Throws: `FileError`
  public init(path: String) throws(FileError) {
    self.path = path
    let file = try MappedFile(path: path)
    packedSize = file.count
    content = file.isGzip ? .packed(try GzipFile(path: path)) : .plain(file)
  }

  /// More bytes than there can be: of a packed file this is not known before its end is reached, but deflate
  /// packs at most 1,032 bytes into one.
  public var mostBytes: Int {
    switch content {
    case .plain(let file): file.count
    case .packed: packedSize * 1_040
    }
  }

  /// The next `count` bytes, or as many as there are.
  ///
  /// - Throws: `FileError`
  public mutating func read(_ count: Int) throws(FileError) -> [UInt8] {
    switch content {
    case .plain(let file):
      let end = min(position + count, file.count)
      defer { position = end }
      return file.withBytes { bytes in (position..<end).map { bytes[$0] } }
    case .packed(let file):
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count)
      while bytes.count < count, try fill(from: file) {
        let part = unpacked.prefix(count - bytes.count)
        bytes += part
        unpacked = unpacked.dropFirst(part.count)
      }
      return bytes
    }
  }

  /// Leaves out `count` bytes, or as many as there are.
  ///
  /// - Returns: How many there were.
  /// - Throws: `FileError`
  public mutating func skip(_ count: Int) throws(FileError) -> Int {
    switch content {
    case .plain(let file):
      let end = min(position + count, file.count)
      defer { position = end }
      return end - position
    case .packed(let file):
      var skipped = 0
      while skipped < count, try fill(from: file) {
        let part = min(count - skipped, unpacked.count)
        unpacked = unpacked.dropFirst(part)
        skipped += part
      }
      return skipped
    }
  }

  /// - Returns: Whether there is something to take.
  private mutating func fill(from file: GzipFile) throws(FileError) -> Bool {
    if unpacked.isEmpty { unpacked = try file.next() }
    return !unpacked.isEmpty
  }
}

extension MappedFile {
  /// Whether the file begins as gzip files do.
  public var isGzip: Bool { withBytes { $0.count >= 2 && $0[0] == 0x1F && $0[1] == 0x8B } }
}
