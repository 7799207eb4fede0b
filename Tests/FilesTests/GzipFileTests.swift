import Files
import Foundation
import TestSupport
import Testing

@Suite struct GzipFileTests {
  private func unpacked(_ path: String) throws -> [UInt8] {
    let file = try GzipFile(path: path)
    var all: [UInt8] = []
    while true {
      let piece = try file.next()
      if piece.isEmpty { return all }
      all += piece
    }
  }

  /// Three members (the second of nothing, the third of several pieces), by gzip itself; and where they begin.
  private func example(in folder: TemporaryFolder) async throws -> (bytes: Data, text: Data, starts: [Int]) {
    let script = """
      printf 'one\\n' > a; : > b; seq 200000 > c; cat a b c > whole
      for f in a b c; do gzip -n "$f"; done; cat a.gz b.gz c.gz > all.gz
      """
    try #require(try await runScript(script, in: folder) == 0)
    let sizes = try ["a.gz", "b.gz"].map { try folder.data($0).count }
    return (try folder.data("all.gz"), try folder.data("whole"), [0, sizes[0], sizes[0] + sizes[1]])
  }

  @Test func `all members are read, and padding of zeros is none`() async throws {
    let folder = try TemporaryFolder()
    let (bytes, text, _) = try await example(in: folder)
    for padding in [0, 1, 511, 300_000] {
      let path = try folder.write(bytes + Data(count: padding), to: "padded.gz")
      #expect(try unpacked(path) == Array(text), "\(padding)")
    }
  }

  @Test func `what follows a member and is none is damage`() async throws {
    let folder = try TemporaryFolder()
    let (bytes, _, starts) = try await example(in: folder)
    var damaged: [(Data, String)] = [
      (bytes + Data("x".utf8), "something follows that is not gzip"),
      (bytes + Data([0x1F]), "something follows that is not gzip"),
      (bytes + Data(count: 600) + Data([1]), "something follows behind zeros"),
      (bytes + Data([0x1F, 0x8B]), "it is cut short"),
    ]
    // Each bit of the magic of each member.
    for start in starts {
      for bit in 0..<16 {
        var flipped = bytes
        flipped[start + bit / 8] ^= 1 << (bit % 8)
        damaged.append((flipped, "something follows that is not gzip"))
      }
    }
    for (bytes, reason) in damaged {
      let path = try folder.write(bytes, to: "damaged.gz")
      let error = #expect(throws: FileError.self) { try unpacked(path) }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
  }

  @Test func `every cut is told of, but between members`() async throws {
    let folder = try TemporaryFolder()
    let (bytes, _, starts) = try await example(in: folder)
    let lengths = Array(1..<(starts[2] + 30)) + [bytes.count - 100_000, bytes.count - 8, bytes.count - 1]
    for length in lengths where !starts.contains(length) {
      let path = try folder.write(bytes.prefix(length), to: "cut.gz")
      #expect(throws: FileError.self, "\(length)") { try unpacked(path) }
    }
  }

  @Test func `a wrong checksum, or a wrong length, is damage`() async throws {
    let folder = try TemporaryFolder()
    let (bytes, _, _) = try await example(in: folder)
    for fromEnd in 1...8 {
      var damaged = bytes
      damaged[damaged.count - fromEnd] ^= 1
      let path = try folder.write(damaged, to: "damaged.gz")
      #expect(throws: FileError.self) { try unpacked(path) }
    }
  }
}
