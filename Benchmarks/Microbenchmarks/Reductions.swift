import Collectives
import Foundation
import Tensors

#if MPI
  import CMPI
  import MPICollectives
#endif

/// The fixed-order sum at one shard a rank, against MPI_Allreduce of as many floats.
enum Reductions {
  static func run() throws {
    #if MPI
      let world = try MPICommunicator()
      for floats in [33, 1_000, 16_384, 65_536, 538_000, 6_500_000] { try measure(floats, world) }
      try world.finalize(exitStatus: 0)
    #else
      print("built without MPI")
      exit(1)
    #endif
  }

  #if MPI
    private static func measure(_ floats: Int, _ world: MPICommunicator, _ exchange: SumExchange? = nil) throws {
      let layout = try ShardLayout(shardCount: world.size, rankCount: world.size)
      var sum = FixedOrderSum(
        over: world, layout: layout, shape: PackedSums.Shape(floatCount: floats, doubleCount: 5), exchange: exchange)
      let values = Vector(zeros: floats)
      // Rounds alternate, so that a slow moment of the machine meets both.
      let repeats = max(5, 1_000_000 / (floats + 500))
      var (ours, theirs) = (Double.infinity, Double.infinity)
      for _ in 0..<9 {
        ours = min(
          ours,
          try round(repeats, world) {
            sum.commit()
            _ = try sum.total()
          })
        theirs = min(
          theirs,
          try round(repeats, world) {
            _ = MPI_Allreduce(
              cmpi_in_place(), values.pointer, Int32(floats), cmpi_float(), cmpi_sum(), cmpi_comm_world())
          })
      }
      if world.rank == 0 {
        report(
          "reduction",
          [
            "floats": Double(floats), "fixed_order_us": ours, "mpi_allreduce_us": theirs, "ratio": ours / theirs,
          ])
      }
    }

    private static func round(_ repeats: Int, _ world: MPICommunicator, _ body: () throws -> Void) throws -> Double {
      try world.barrier()
      let start = ContinuousClock.now
      for _ in 0..<repeats { try body() }
      return (ContinuousClock.now - start) / .microseconds(1) / Double(repeats)
    }
  #endif
}
