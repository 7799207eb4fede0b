import Files
import Foundation
import TestSupport
import Testing

@Suite struct ResultFileTests {
  private func names(_ folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func `it has its name when it is whole, and leaves nothing where it never is`() throws {
    let folder = try TemporaryFolder()
    do {
      let lost = try ResultFile(folder.path("a"), replaces: false)
      #expect(try lost.append(Array("half".utf8)))
    }
    #expect(try names(folder) == [])
    let file = try ResultFile(folder.path("a"), replaces: false)
    #expect(try file.append(Array("?bcd".utf8)))
    #expect(!FileManager.default.fileExists(atPath: folder.path("a")))
    try file.replaceStart(with: Array("a".utf8))
    #expect(try file.append(Array("e".utf8)))
    try file.finish()
    #expect(try folder.text("a") == "abcde")
    #expect(try names(folder) == ["a"])
  }

  @Test func `two that are written to one name do not disturb each other`() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (
      try ResultFile(folder.path("a"), replaces: false), try ResultFile(folder.path("a"), replaces: false)
    )
    #expect(try first.append(Array("first".utf8)) && second.append(Array("second".utf8)))
    try first.finish()
    #expect(throws: ResultFileError.exists(path: folder.path("a"))) { try second.finish() }
    #expect(try folder.text("a") == "first" && names(folder) == ["a"])
  }

  @Test func `what came into being meanwhile is replaced only where that was asked for`() throws {
    let folder = try TemporaryFolder()
    for replaces in [false, true] {
      let name = folder.path("\(replaces)")
      let file = try ResultFile(name, replaces: replaces)
      #expect(try file.append(Array("new".utf8)))
      try folder.write("mine", to: "\(replaces)")
      if replaces {
        try file.finish()
      } else {
        #expect(throws: ResultFileError.exists(path: name)) { try file.finish() }
      }
      #expect(try folder.text("\(replaces)") == (replaces ? "new" : "mine"))
    }
    #expect(throws: ResultFileError.self) { _ = try ResultFile(folder.path("true"), replaces: false) }
    #expect(try names(folder) == ["false", "true"])
  }

  @Test func `links are followed, folders refused, pipes and devices written to`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "target")
    let script = "ln -s target link; mkdir folder; mkfifo pipe; (cat pipe > piped) >/dev/null 2>&1 &"
    try #require(try await runScript(script, in: folder) == 0)
    let linked = try ResultFile(folder.path("link"), replaces: true)
    #expect(try linked.append(Array("new".utf8)))
    try linked.finish()
    #expect(try folder.text("target") == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == "target")
    #expect(throws: ResultFileError.folder(path: folder.path("folder"))) {
      _ = try ResultFile(folder.path("folder"), replaces: true)
    }
    let pipe = try ResultFile(folder.path("pipe"), replaces: false)
    #expect(try pipe.append(Array("through".utf8)) && !pipe.isSeekable)
    try pipe.finish()
    let device = try ResultFile("/dev/full", replaces: true)
    #expect(throws: FileError.self) { try device.append(Array("lost".utf8)) }
    try await Task.sleep(for: .milliseconds(500))
    #expect(try folder.text("piped") == "through")
    #expect(
      try FileManager.default.attributesOfItem(atPath: "/dev/full")[.type] as? FileAttributeType
        == .typeCharacterSpecial)
  }
}
