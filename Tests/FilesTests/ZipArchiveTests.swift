import Files
import Foundation
import TestSupport
import Testing

@Suite struct ZipArchiveTests {
  @Test(arguments: ["stored.npz", "deflated.npz"])
  func `no flipped bit of a member's content goes unseen`(name: String) throws {
    let reference = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("DatasetsTests/Reference/\(name)")
    let bytes = try Data(contentsOf: reference)
    let folder = try TemporaryFolder()
    let whole = try ZipArchive(path: folder.write(bytes, to: name))
    let contents = try whole.members.map { member in
      try whole.bytes(of: member).withBytes { $0.withUnsafeBufferPointer { Array($0) } }
    }
    var refused = 0
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 8
      let path = try folder.write(damaged, to: name)
      guard let archive = try? ZipArchive(path: path) else { continue }
      for (member, content) in zip(archive.members, contents) {
        do {
          let read = try archive.bytes(of: member).withBytes { $0.withUnsafeBufferPointer { Array($0) } }
          // Flips in names, dates and the like change no content.
          #expect(read == content, "byte \(index) of \(member.name)")
        } catch {
          refused += 1
        }
      }
    }
    // Most of the file is content.
    #expect(refused > bytes.count / 2)
  }
}
