import Collectives
import Datasets
import Foundation

#if MPI
  import MPICollectives
#endif

/// A CSV file, from the page cache into the shards of all ranks.
enum Reading {
  static func run(path: String) throws {
    #if MPI
      let world = try MPICommunicator()
      try measure(path, world)
      try world.finalize(exitStatus: 0)
    #else
      try measure(path, SingleProcessCommunicator())
    #endif
  }

  private static func measure(_ path: String, _ world: some Communicator) throws {
    let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    let layout = try ShardLayout(shardCount: world.size, rankCount: world.size)
    let reader = CSVReader(path: path, options: CSVOptions())
    var times: [Double] = []
    for _ in 0..<4 {
      try world.barrier()
      let start = ContinuousClock.now
      _ = try reader.read(layout: layout, over: world)
      try world.barrier()
      times.append((ContinuousClock.now - start) / .seconds(1))
    }
    // The first reading brings the file into memory.
    let seconds = times.dropFirst().sorted()[1]
    if world.rank == 0 {
      report(
        "read csv",
        [
          "ranks": Double(world.size), "bytes": Double(bytes), "seconds": seconds,
          "megabytes_per_second_and_rank": Double(bytes) / seconds / Double(world.size) * 1e-6,
        ])
    }
  }
}
