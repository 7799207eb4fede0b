internal import Configuration
internal import Files
internal import Foundation

/// What the runs of a comparison have read: the checksums of the bytes of files, by their names as they are typed. Runs that have
/// ended are not trained again, so that nothing else tells when the data is no longer theirs.
struct ComparisonInputs: Codable, Equatable {
  /// CRC-32, in hexadecimal digits.
  let files: [String: String]

  static let file = "inputs.json"

  /// Those of the files as they are; what is no regular file (a pipe, data that is made up) has none.
  init(of plan: ComparisonPlan) {
    let names = Set(plan.runs.flatMap(\.configuration.inputs))
    files = names.reduce(into: [:]) { sums, name in
      guard let file = Self.path(of: name), let bytes = try? MappedFile(path: file) else { return }
      var sum = CRC32()
      bytes.withBytes { sum.add($0) }
      sums[name] = sum.text
    }
  }

  /// The file of a name, which may be that of an array in it: "data.h5:x".
  private static func path(of name: String) -> String? {
    let outer = name.lastIndex(of: ":").map { String(name[..<$0]) }
    return [name, outer].compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0) }
  }

  /// Those that a comparison has left in its folder; nil where it has none (those of older versions).
  init?(in folder: String) {
    guard let bytes = try? WholeFile.bytes(at: "\(folder)/\(Self.file)"),
      let read = try? JSONDecoder().decode(Self.self, from: Data(bytes))
    else { return nil }
    self = read
  }

  /// Adds them to what stands in a folder.
  ///
  /// - Throws: `FileError`
  func write(to folder: String, over before: ComparisonInputs?) throws {
    let all = ComparisonInputs(files: (before?.files ?? [:]).merging(files) { $1 })
    try AtomicFile.write(try JSONText.pretty(all), to: "\(folder)/\(Self.file)", syncingFolder: false)
  }

  private init(files: [String: String]) { self.files = files }

  /// The first name, by its letters, of a file that was another then, or is no longer there.
  func firstChange(since before: ComparisonInputs, among names: Set<String>) -> String? {
    before.files.keys.filter { names.contains($0) && before.files[$0] != files[$0] }.min()
  }
}
