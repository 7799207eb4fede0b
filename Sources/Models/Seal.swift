internal import Files

/// The checksum that a file of tensors has of itself among its metadata: CRC-32 of the whole file with zeros in the
/// checksum's own place.
public enum Seal {
  /// What a file's checksum says of it.
  public enum Finding: Equatable {
    /// There is no checksum.
    case missing
    case whole
    /// Both checksums, in words.
    case broken(reason: String)
  }

  /// Its key in the metadata.
  public static let key = "checksum"

  /// Stands in the place of the checksum while it is computed.
  fileprivate static let blank = "00000000"

  /// Computes the checksum of a file's bytes, and compares it with the one that stands in them.
  public static func finding(in bytes: [UInt8]) -> Finding {
    guard let place = place(in: bytes) else { return .missing }
    let stored = String(decoding: bytes[place], as: UTF8.self)
    var checksum = CRC32()
    checksum.add(bytes.span.extracting(..<place.lowerBound))
    checksum.add(Array(blank.utf8))
    checksum.add(bytes.span.extracting(place.upperBound...))
    guard checksum.text != stored else { return .whole }
    return .broken(reason: "its checksum is \(checksum.text), not \(stored)")
  }

  /// Where the checksum stands in the header. In a text within the header a quote has a backslash before it, so the
  /// key is found nowhere else.
  private static func place(in bytes: [UInt8]) -> Range<Int>? {
    guard bytes.count >= 8 else { return nil }
    let length = (0..<8).reduce(0 as UInt64) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
    guard length <= UInt64(bytes.count - 8) else { return nil }
    let key = Array("\"\(key)\":\"".utf8)
    let header = bytes[8..<(8 + Int(length))]
    guard let start = header.indices.first(where: { header[$0...].starts(with: key) }) else { return nil }
    let place = (start + key.count)..<(start + key.count + blank.utf8.count)
    return place.upperBound <= header.endIndex ? place : nil
  }
}

extension Safetensors {
  /// The same with the checksum of what `write` makes of it.
  ///
  /// - Throws: What the encoding of the header throws.
  public func sealed() throws -> Safetensors {
    var sealed = self
    sealed.metadata[Seal.key] = Seal.blank
    var checksum = CRC32()
    try sealed.write { checksum.add($0) }
    sealed.metadata[Seal.key] = checksum.text
    return sealed
  }

  /// Reads a file that is to be used: with its checksum, where it has one, as files of other programs and models of
  /// older versions do not.
  ///
  /// - Parameter path: For messages.
  /// - Throws: `SafetensorsError`; `.damaged` where a single bit of a file with a checksum is not as it was written.
  public init(verifying bytes: [UInt8], path: String) throws(SafetensorsError) {
    let finding = Seal.finding(in: bytes)
    if case .broken(let reason) = finding { throw .damaged(path: path, reason: reason) }
    try self.init(decoding: bytes, path: path)
    // The key of the checksum may be what is damaged. Versions without one had these keys, and no others.
    if finding == .missing, metadata[ModelFile.Key.format] == ModelFile.format,
      let unknown = metadata.keys.sorted().first(where: { !ModelFile.Key.unsealed.contains($0) })
    {
      throw .damaged(
        path: path, reason: "it has no checksum, but a key \"\(unknown.prefix(60))\" that files without do not have")
    }
  }
}
