import Files
import Foundation
import TestSupport
import Testing

@Suite struct SHA256Tests {
  @Test(arguments: [
    // FIPS 180-4's examples, and the digest of nothing.
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `texts have the digests of the standard`(text: String, digest: String) {
    var sum = SHA256()
    sum.add(Array(text.utf8))
    #expect(sum.text == digest)
    #expect(sum.text == digest, "asked twice")
  }

  @Test func `files have the digests that sha256sum says, and the pieces do not matter`() async throws {
    let folder = try TemporaryFolder()
    // Every length around the ends of blocks.
    for count in [1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 100_003] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + count) }
      let path = try folder.write(Data(bytes), to: "\(count)")
      try #require(try await runScript("sha256sum < \(count) | cut -c1-64 | tr -d '\\n' > sum", in: folder) == 0)
      let expected = try folder.text("sum")
      #expect(expected.count == 64)
      #expect(try SHA256(ofFile: path).text == expected, "\(count) bytes")
      var pieces = SHA256()
      for start in stride(from: 0, to: count, by: 37) { pieces.add(Array(bytes[start..<min(start + 37, count)])) }
      #expect(pieces.text == expected, "\(count) bytes in pieces")
    }
  }
}
