internal import Collectives
internal import Files
internal import Foundation

extension Communicator {
  /// Checks that all ranks see the same files: each of them reads its own part. Collective.
  ///
  /// Size, time and inode tell of a file that all have from one disk. Where they differ, as those of copies on the nodes'
  /// own disks do, each rank reads all of its file for a checksum.
  ///
  /// - Parameter names: As they are typed. What is no regular file on one of the ranks is for its reader to refuse.
  /// - Throws: `AgreedFailure` with a `Disagreement`, or `FileError`; `CollectiveError`.
  func requireSameFiles(_ names: [String]) throws {
    guard size > 1 else { return }
    let files = names.map { try? MappedFile(path: Self.path(ofFile: $0)) }
    let own = files.map { $0?.identity ?? "" }.joined(separator: "\n")
    let all = try allgather(Array(own.utf8)).map { String(decoding: $0, as: UTF8.self).components(separatedBy: "\n") }
    for (place, name) in names.enumerated() {
      let identities = Set(all.map { $0[place] })
      guard identities.count > 1, !identities.contains("") else { continue }
      let sum = try agree {
        var sum = CRC32()
        files[place]?.withBytes { sum.add($0) }
        try MappedFile.checkUnchanged()
        return sum.text
      }
      try requireSame("\(files[place]?.count ?? 0) \(sum)", "the file \(name)")
    }
  }

  /// That of the file where the name is one of an array in it: "data.h5:x".
  private static func path(ofFile name: String) -> String {
    guard !FileManager.default.fileExists(atPath: name), let colon = name.lastIndex(of: ":") else { return name }
    return String(name[..<colon])
  }
}
