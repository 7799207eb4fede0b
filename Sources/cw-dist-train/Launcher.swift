internal import Failures
internal import Foundation

/// What started this process, as its environment tells.
enum Launcher {
  /// Set for each process by Open MPI's mpirun, by PMIx, by PMI-1 and 2 (MPICH, Slurm).
  private static let rankVariables = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "PMI_ID"]

  /// Whether an MPI launcher started this process, as one of several or of one. Without it MPI is
  /// never touched.
  static var startedThisProcess: Bool {
    let environment = ProcessInfo.processInfo.environment
    return rankVariables.contains { environment[$0] != nil } || stepTasks > 1
  }

  /// The number that the launcher gave to this process; 0 where it gave none.
  static var rank: Int {
    let environment = ProcessInfo.processInfo.environment
    return (rankVariables + ["SLURM_PROCID"]).lazy.compactMap { environment[$0].flatMap { Int($0) } }.first ?? 0
  }

  /// A launcher that speaks another protocol than this MPI leaves each process believing that it is
  /// alone: they would all do the whole work, and write the same files.
  static func checkWorld(size: Int) throws(LauncherError) {
    let environment = ProcessInfo.processInfo.environment
    let announced = max(
      Int(environment["OMPI_COMM_WORLD_SIZE"] ?? "") ?? 1, Int(environment["PMI_SIZE"] ?? "") ?? 1, stepTasks)
    if size == 1, announced > 1 { throw .ranksDoNotMeet(announced: announced) }
  }

  /// The tasks of the srun step that this process belongs to.
  private static var stepTasks: Int {
    Int(ProcessInfo.processInfo.environment["SLURM_STEP_NUM_TASKS"] ?? "") ?? 1
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
