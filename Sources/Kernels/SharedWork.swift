internal import Dispatch

/// Work in parts that threads share, each with memory of its own.
struct SharedWork<Memory> {
  let memories: [Memory]

  /// On how many threads it is worth it.
  ///
  /// - Parameter multiplyAdds: Of all parts.
  func threadCount(forMultiplyAdds multiplyAdds: Int) -> Int {
    // Handing work to a thread takes some microseconds: 2¹⁸ multiply-adds take about 5.
    min(memories.count, max(multiplyAdds >> 18, 1))
  }

  /// - Parameters:
  ///   - parts: How many there are, none of which touches what another one does.
  ///   - threads: As many as there are memories at most.
  func run(parts: Int, threads: Int, _ body: (Int, Memory) -> Void) {
    let threads = min(threads, parts)
    guard threads > 1 else {
      for part in 0..<parts { body(part, memories[0]) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let work = Unchecked(body: body, memories: memories)
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        FloatingPointMode.flushingDenormals {
          for part in stride(from: thread, to: parts, by: threads) { work.body(part, work.memories[thread]) }
        }
      }
    }
  }

  /// Each thread has a memory and parts of its own, so that sharing them is safe.
  private struct Unchecked: @unchecked Sendable {
    let body: (Int, Memory) -> Void
    let memories: [Memory]
  }
}
