internal import Kernels
internal import Runs

#if MPI
  internal import MPICollectives
#endif

/// What `--version` says: which program this is, and what it was built for.
enum VersionText {
  static var lines: String {
    """
    cw-dist-train \(programVersion)\(programCommit.isEmpty ? "" : ", commit \(programCommit)")
    MPI: \(mpiLibrary)
    vector instructions: \(builtInstructionSet)
    """
  }

  private static var mpiLibrary: String {
    #if MPI
      MPICommunicator.libraryName
    #else
      "none (built without)"
    #endif
  }
}
