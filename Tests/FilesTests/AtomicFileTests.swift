import Files
import Foundation
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  @Test(arguments: ["file", "link", "dangling", "pipe"])
  func `what stands under the temporary name is removed, never followed`(kind: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "target")
    let script = [
      "file": "echo half > a.partial", "link": "ln -s target a.partial", "dangling": "ln -s nothing a.partial",
      "pipe": "mkfifo a.partial",
    ]
    try #require(try await runScript(script[kind] ?? "false", in: folder) == 0)
    try AtomicFile.write("new", to: folder.path("a"))
    #expect(try folder.text("a") == "new")
    #expect(try folder.text("target") == "mine")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a", "target"])
  }

  @Test func `a folder under the temporary name is somebody's`() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path("a.partial"), withIntermediateDirectories: true)
    #expect(throws: FileError.self) { try AtomicFile.write("new", to: folder.path("a")) }
    #expect(FileManager.default.fileExists(atPath: folder.path("a.partial")))
  }

  @Test(arguments: ["ln -s target a", "mkfifo a"])
  func `nothing is appended to a link or a pipe`(script: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "target")
    try #require(try await runScript(script, in: folder) == 0)
    #expect(throws: FileError.self) { try AtomicFile.append("more", to: folder.path("a")) }
    #expect(throws: FileError.self) { try AtomicFile.cut(folder.path("a"), to: 0) }
    #expect(try folder.text("target") == "mine")
  }
}
