import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct MappedFileTests {
  // The last of these leaves what it has noted to the rest of the process, as a program would.
  @Test func `a file that is cut short while it is mapped is read as zeros, and told of`() throws {
    let folder = try TemporaryFolder()
    try MappedFile.checkWhole()
    // By pages, of which the first lost one brings a signal; and within the last page, where there is none.
    for (name, size, rest) in [("pages", 1 << 20, 10_000), ("page", 100, 7), ("all", 5_000, 0)] {
      let path = try folder.write(Data(repeating: 7, count: size), to: name)
      do {
        let file = try MappedFile(path: path)
        try AtomicFile.cut(path, to: rest)
        let sum = file.withBytes { bytes in bytes.indices.reduce(0) { $0 + Int(bytes[$1]) } }
        #expect(sum == 7 * rest)
        #expect(throws: FileError.changed(path: path)) { try MappedFile.checkWhole() }
      }
      // It is still known when the file is no longer open.
      #expect(throws: FileError.changed(path: path)) { try MappedFile.checkWhole() }
    }
  }
}
