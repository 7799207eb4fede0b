internal import Failures
internal import Foundation

/// What started this process, as its environment tells at the beginning.
struct Launcher {
  /// The number that the launcher gave to this process; 0 where it gave none.
  let rank: Int
  /// How many processes the launcher says that it started.
  private let announced: Int
  private let gaveRank: Bool

  init() {
    let environment = ProcessInfo.processInfo.environment
    func number(_ names: [String]) -> Int? { names.lazy.compactMap { environment[$0].flatMap { Int($0) } }.first }
    // Set for each process by Open MPI's mpirun, by PMIx, by PMI-1 and 2 (MPICH, Slurm).
    let rank = number(["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "PMI_ID"])
    let size = number(["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"]) ?? 1
    // srun without an MPI plugin sets none of these, but says of how many tasks its step is.
    let stepTasks = number(["SLURM_STEP_NUM_TASKS"]) ?? 1
    gaveRank = rank != nil
    self.rank = rank ?? number(["SLURM_PROCID"]) ?? 0
    announced = max(size, stepTasks)
  }

  /// Whether an MPI launcher started this process, as one of several or of one. Without it MPI is
  /// never touched.
  var startedThisProcess: Bool { gaveRank || announced > 1 }

  /// A launcher that speaks another protocol than this MPI leaves each process believing that it is
  /// alone: they would all do the whole work, and write the same files.
  func checkWorld(size: Int) throws(LauncherError) {
    if size == 1, announced > 1 { throw .ranksDoNotMeet(announced: announced) }
  }
}

/// A job whose processes cannot become ranks of one.
enum LauncherError: Failure {
  case builtWithoutMPI
  case ranksDoNotMeet(announced: Int)

  var exitStatus: ExitStatus { .badConfiguration }

  var description: String {
    switch self {
    case .builtWithoutMPI:
      """
      this program was built without MPI (--disable-default-traits) but started by an MPI launcher: each process \
      would do the whole work alone. Build it with MPI, or start it without mpirun.
      """
    case .ranksDoNotMeet(let announced):
      """
      the launcher started \(announced) processes, but MPI finds only this one: launcher and MPI library do not speak \
      the same protocol. With Slurm, use srun --mpi=pmix, or mpirun inside the batch script; otherwise use the mpirun \
      of the MPI that this program was built with.
      """
    }
  }
}
