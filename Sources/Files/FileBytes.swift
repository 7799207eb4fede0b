/// Bytes that came from a file: a part of it as it is mapped, or what was unpacked from it.
public struct FileBytes {
  public let path: String
  private let content: Content

  private enum Content {
    case mapped(MappedFile, Range<Int>)
    case unpacked([UInt8])
  }

  /// All of `file`.
  public init(_ file: MappedFile) {
    self.init(file, 0..<file.count)
  }

  public init(_ file: MappedFile, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= file.count)
    path = file.path
    content = .mapped(file, range)
  }

  public init(path: String, _ bytes: [UInt8]) {
    self.path = path
    content = .unpacked(bytes)
  }

  /// The bytes, valid within `body`.
  public func withBytes<Result, Failure>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
    switch content {
    case .mapped(let file, let range):
      return try file.withBytes { bytes throws(Failure) in try body(bytes.extracting(range)) }
    case .unpacked(let bytes):
      return try body(bytes.span)
    }
  }
}
