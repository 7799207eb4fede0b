internal import Collectives
internal import Foundation

/// The largest resident set that processes had so far.
enum PeakMemory {
  /// In bytes, in order of ranks. Collective.
  static func ofEachRank(_ communicator: some Communicator) throws(CollectiveError) -> [Int] {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    var bytes = [Int64](repeating: 0, count: communicator.size)
    // Linux counts in KiB.
    bytes[communicator.rank] = Int64(usage.ru_maxrss) * 1024
    return try communicator.sum(bytes).map { Int($0) }
  }
}
