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

  @Test func `files that belong together are all replaced`() throws {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "a0")
    let files = (0..<9).map { (path: folder.path("a\($0)"), text: String(repeating: "\($0)", count: 10_000 * $0)) }
    try AtomicFile.write(files)
    for file in files { #expect(try WholeFile.text(at: file.path) == file.text) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 9)
    try AtomicFile.write([])
  }

  @Test func `where one of several cannot be written, no temporary file is left, and none is torn`() throws {
    let folder = try TemporaryFolder()
    for file in ["a", "b", "c"] { try folder.write("old", to: file) }
    let files = ["a", "b", "c"].map { (path: folder.path($0), text: "new") }
    let blocked = folder.path("b.partial")
    try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: true)
    #expect(throws: FileError.self) { try AtomicFile.write(files) }
    for file in ["a", "b", "c"] { #expect(try folder.text(file) == "old") }
    try FileManager.default.removeItem(atPath: blocked)
    // The second cannot get its name: the first has its new content by then.
    try FileManager.default.removeItem(atPath: folder.path("b"))
    try FileManager.default.createDirectory(atPath: folder.path("b/in it"), withIntermediateDirectories: true)
    #expect(throws: FileError.self) { try AtomicFile.write(files) }
    #expect(try folder.text("a") == "new" && folder.text("c") == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a", "b", "c"])
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
