internal import Tensors

extension Communicator {
  /// The bytes that rank `root` has, on every rank. Those of the others do not count.
  public func broadcast(_ bytes: [UInt8], from root: Int = 0) throws(CollectiveError) -> [UInt8] {
    guard size > 1 else { return bytes }
    let count = try sum(rank == root ? bytes.count : 0)
    guard count > 0 else { return [] }
    // 64 MiB at a time: there is no third copy of gigabytes.
    let piece = Vector(zeros: min(count + 3, 1 << 26) / 4)
    var all = rank == root ? bytes : []
    if rank != root { all.reserveCapacity(count) }
    for start in stride(from: 0, to: count, by: 4 * piece.count) {
      let length = min(4 * piece.count, count - start)
      let words = piece.prefix((length + 3) / 4)
      if rank == root { words.set(bytes: bytes[start..<(start + length)]) }
      try broadcast(words, from: root)
      if rank != root { all += words.bytes.prefix(length) }
    }
    return all
  }

  /// All the texts that any rank has. Collective.
  ///
  /// Ranks pass on what they know in ⌈log₂P⌉ rounds, each text once, until rank 0 knows all and tells the others: what
  /// moves grows with the number of different texts, and not with that of ranks. All in all that is one message of
  /// every rank, of no more than all texts.
  ///
  /// - Parameters:
  ///   - texts: Without NUL.
  ///   - most: Where there are more, only that there are is passed on: some of them, one more than so many.
  public func union(of texts: Set<String>, most: Int = .max) throws(CollectiveError) -> Set<String> {
    guard size > 1 else { return texts }
    func some(_ texts: Set<String>) -> Set<String> {
      texts.count <= most ? texts : Set(texts.sorted().prefix(most + 1))
    }
    var known = texts
    var distance = 1
    while distance < size {
      var (own, other) = ([UInt8](), (sender: Int?.none, receiver: Int?.none))
      if rank % (2 * distance) == distance {
        own = Self.joined(some(known))
        other.receiver = rank - distance
      } else if rank % (2 * distance) == 0, rank + distance < size {
        other.sender = rank + distance
      }
      known.formUnion(Self.split(try pass(own, to: other.receiver, from: other.sender)))
      distance *= 2
    }
    return Self.split(try broadcast(rank == 0 ? Self.joined(some(known)) : []))
  }

  /// Sends bytes to a rank, or receives those of one, or does nothing. Collective: each rank takes part in at most one
  /// such message.
  public func pass(_ bytes: [UInt8], to receiver: Int?, from sender: Int?) throws(CollectiveError) -> [UInt8] {
    // As two halves, each of which a Float32 holds exactly.
    let count = Vector([Float(bytes.count >> 24), Float(bytes.count & 0xFF_FFFF)])
    try transfer(transfers(of: count, to: receiver, from: sender)) { _ in }
    let length = Int(count[0]) << 24 + Int(count[1])
    let words = Vector(zeros: receiver == nil && sender == nil ? 0 : (length + 3) / 4)
    if receiver != nil { words.set(bytes: bytes[...]) }
    try transfer(transfers(of: words, to: receiver, from: sender)) { _ in }
    return sender == nil ? [] : Array(words.bytes.prefix(length))
  }

  private func transfers(of vector: Vector, to receiver: Int?, from sender: Int?) -> [Transfer] {
    if let receiver { return [.send(vector, to: receiver)] }
    return sender.map { [.receive(vector, from: $0)] } ?? []
  }

  /// Each text with a NUL behind it, so that an empty one is there, too.
  private static func joined(_ texts: Set<String>) -> [UInt8] {
    var bytes: [UInt8] = []
    for text in texts.sorted() {
      bytes += text.utf8
      bytes.append(0)
    }
    return bytes
  }

  private static func split(_ bytes: [UInt8]) -> Set<String> {
    let texts = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    return Set(texts.map { String(decoding: $0, as: UTF8.self) })
  }
}
