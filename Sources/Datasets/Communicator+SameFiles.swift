internal import Collectives
internal import Files
internal import Foundation

extension Communicator {
  /// Checks that all ranks see the same files: each of them reads its own part. Collective.
  ///
  /// Size, time and inode tell of a file that all have from one disk. Where they differ, as those of copies on the nodes'
  /// own disks do, checksums tell: each rank makes those of a part of its copy, and the ranks that have one share it.
  ///
  /// - Parameter names: Paths, as they are typed. What is no regular file on one of the ranks is for its reader to refuse.
  /// - Throws: `AgreedFailure` with a `Disagreement`, or `FileError`; `CollectiveError`.
  func requireSameFiles(_ names: [String]) throws {
    guard size > 1 else { return }
    let files = names.map { try? MappedFile(path: $0) }
    let own = files.map { $0?.identity ?? "" }.joined(separator: "\n")
    let all = try allgather(Array(own.utf8)).map { String(decoding: $0, as: UTF8.self).components(separatedBy: "\n") }
    // A file that goes with another by its name may not be there on all.
    for (place, name) in names.enumerated() where all.allSatisfy({ place < $0.count && $0[place] != "" }) {
      let identities = all.map { $0[place] }
      guard Set(identities).count > 1, let file = files[place] else { continue }
      if let rank = try rank(ofOther: file, identities) {
        try fail(with: Disagreement(what: "the file \(name)", rank: rank))
      }
    }
  }

  /// Bytes that a checksum is of, at most.
  private static var blockSize: Int { 1 << 26 }

  /// The lowest rank whose copy is not that of rank 0, the same on all ranks; nil where there is none. Collective.
  ///
  /// - Parameter identities: Of the ranks' copies; those of one are shared.
  private func rank(ofOther file: MappedFile, _ identities: [String]) throws -> Int? {
    let copies = Set(identities).sorted()
    let sharers = identities.indices.filter { identities[$0] == identities[rank] }
    guard let copy = copies.firstIndex(of: identities[rank]), let turn = sharers.firstIndex(of: rank) else {
      return nil
    }
    let largest = try allgather(Array("\(file.count)".utf8)).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
      .max()
    let blockCount = ((largest ?? 0) + Self.blockSize - 1) / Self.blockSize
    // The size, and the checksum of each block.
    var sums = [[Int64]](repeating: [Int64](repeating: 0, count: 1 + blockCount), count: copies.count)
    try agree {
      if turn == 0 { sums[copy][0] = Int64(file.count) }
      for block in stride(from: turn, to: blockCount, by: sharers.count) {
        let bytes = (block * Self.blockSize..<(block + 1) * Self.blockSize).clamped(to: 0..<file.count)
        var sum = CRC32()
        file.withBytes { sum.add($0.extracting(bytes)) }
        sums[copy][1 + block] = Int64(sum.number)
        file.release(bytes)
      }
      try MappedFile.checkUnchanged()
    }
    let total = try sum(sums.flatMap { $0 })
    func found(byRank rank: Int) -> ArraySlice<Int64> {
      let copy = copies.firstIndex(of: identities[rank]) ?? 0
      return total[(copy * (1 + blockCount))...].prefix(1 + blockCount)
    }
    return identities.indices.first { !found(byRank: $0).elementsEqual(found(byRank: 0)) }
  }
}
