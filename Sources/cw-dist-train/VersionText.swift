internal import CCommit
internal import Kernels
internal import Runs

#if MPI
  internal import MPICollectives
#endif

/// What `--version` says: which program this is, and what it was built for.
enum VersionText {
  static var lines: String {
    """
    cw-dist-train \(programVersion)\(commit.isEmpty ? "" : ", commit \(commit)")
    MPI: \(mpiLibrary)
    vector instructions: \(builtInstructionSet)
    """
  }

  /// "3c20ef2ab1", "3c20ef2ab1-dirty" where files were changed since; "" of sources without git.
  private static var commit: String { unsafe String(cString: ccommit_name()) }

  private static var mpiLibrary: String {
    #if MPI
      MPICommunicator.libraryName
    #else
      "none (built without)"
    #endif
  }
}
