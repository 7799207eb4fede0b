internal import Files
internal import Foundation

/// What each run of a comparison reads: the checksums of the bytes of files, by their names as they are typed. Runs that have
/// ended are not trained again, so that nothing else tells when the data is no longer theirs.
struct ComparisonInputs: Codable {
  /// By the name of a run's folder, and by that of a file: CRC-32, in hexadecimal digits.
  private var runs: [String: [String: String]] = [:]

  static let file = ".inputs.json"

  init() {}

  /// Those that a comparison has left in its folder; none where it has left none (as older versions did).
  init(in folder: String) {
    if let bytes = try? WholeFile.bytes(at: "\(folder)/\(Self.file)"),
      let read = try? JSONDecoder().decode(Self.self, from: Data(bytes))
    {
      self = read
    }
  }

  mutating func note(_ files: [String], ofRun run: String, _ sums: FileSums) {
    runs[run] = files.reduce(into: [:]) { $0[$1] = sums[$1] }
  }

  /// The first file, by its letters, that is another than when a run began; nil where none is, or it is no longer there.
  func change(ofRun run: String, _ sums: FileSums) -> String? {
    (runs[run] ?? [:]).filter { file, sum in sums[file].map { $0 != sum } ?? false }.keys.min()
  }

  /// - Throws: `FileError`
  func write(to folder: String) throws {
    try AtomicFile.write(try JSONText.pretty(self), to: "\(folder)/\(Self.file)", syncingFolder: false)
  }
}

/// The checksums of files, each read once. A class, for what it knows already.
final class FileSums {
  private var known: [String: String?] = [:]

  /// CRC-32, in hexadecimal digits; nil of what is no regular file: a pipe, a folder, data that is made up.
  subscript(name: String) -> String? {
    if let sum = known[name] { return sum }
    let sum = Self.sum(ofFile: name)
    known[name] = .some(sum)
    return sum
  }

  private static func sum(ofFile name: String) -> String? {
    // The name may be that of an array in a file: "data.h5:x".
    let outer = name.lastIndex(of: ":").map { String(name[..<$0]) }
    let path = [name, outer].compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0) }
    guard !name.hasPrefix("synthetic:"), let path, let bytes = try? MappedFile(path: path) else { return nil }
    var sum = CRC32()
    bytes.withBytes { sum.add($0) }
    return sum.text
  }
}
