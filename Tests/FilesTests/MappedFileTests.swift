import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct MappedFileTests {
  @Test func `a file that is cut short while it is mapped is read as zeros, and told of`() throws {
    let folder = try TemporaryFolder()
    try MappedFile.checkUnchanged()
    // By pages, of which the first lost one brings a signal; and within the last page, where there is none.
    for (name, size, rest) in [("pages", 1 << 20, 10_000), ("page", 100, 7), ("all", 5_000, 0)] {
      let path = try folder.write(Data(repeating: 7, count: size), to: name)
      do {
        let file = try MappedFile(path: path)
        try AtomicFile.cut(path, to: rest)
        let sum = file.withBytes { bytes in bytes.indices.reduce(0) { $0 + Int(bytes[$1]) } }
        #expect(sum == 7 * rest)
        #expect(throws: FileError.changed(path: path)) { try MappedFile.checkUnchanged() }
      }
      // It is still known when the file is no longer open.
      #expect(throws: FileError.changed(path: path)) { try MappedFile.checkUnchanged() }
    }
  }

  @Test func `a file that is written to while it is mapped is told of`() throws {
    let folder = try TemporaryFolder()
    // Over what stood there, and behind it.
    for (offset, isChange) in [(0, true), (100, true), (nil, false)] as [(UInt64?, Bool)] {
      MappedFile.forgetChangedFiles()
      let path = try folder.write(Data(repeating: 7, count: 100), to: "data")
      do {
        let file = try MappedFile(path: path)
        try MappedFile.checkUnchanged()
        if let offset {
          let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
          try handle.seek(toOffset: offset)
          // A clock of the system's ticks may pass before a change is another time.
          for _ in 0..<20 {
            usleep(1_000)
            try handle.write(contentsOf: Data([8]))
          }
          try handle.close()
        } else {
          // Another file of its name is another file.
          try FileManager.default.removeItem(atPath: path)
          _ = try folder.write(Data(repeating: 9, count: 10), to: "data")
        }
        #expect(file.count == 100)
      }
      if isChange {
        #expect(throws: FileError.changed(path: path)) { try MappedFile.checkUnchanged() }
      } else {
        try MappedFile.checkUnchanged()
      }
    }
    MappedFile.forgetChangedFiles()
  }
}
