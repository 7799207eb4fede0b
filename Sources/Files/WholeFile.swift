/// Small files, read at once.
public enum WholeFile {
  /// - Throws: `FileError`
  public static func bytes(at path: String) throws(FileError) -> [UInt8] {
    try MappedFile(path: path).withBytes { span in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(span.count)
      for index in span.indices { bytes.append(span[index]) }
      return bytes
    }
  }

  /// - Throws: `FileError`
  public static func text(at path: String) throws(FileError) -> String {
    String(decoding: try bytes(at: path), as: UTF8.self)
  }
}
