#if MPI
  internal import Foundation

  /// What Open MPI looks for before ranks can talk.
  ///
  /// Where it finds no fast network it tries each of its drivers, and one of them (PSM2) waits a fifth of a second for
  /// devices that are not there. Ranks of one host talk through memory, whatever the network is.
  enum FabricSearch {
    /// Leaves out drivers of networks that only jobs of several hosts need, unless somebody has chosen among them. (Of
    /// “cm”, which those drivers belong to, alone: whatever else a site has set up stays.)
    static func spareForOneHost() {
      let environment = ProcessInfo.processInfo.environment
      func isSet(_ name: String) -> Bool { environment["OMPI_MCA_\(name)"] != nil }
      // Set by mpirun for each rank. Other launchers, and other MPI libraries, don't: there it stays as it is.
      guard let ranks = environment["OMPI_COMM_WORLD_SIZE"], environment["OMPI_COMM_WORLD_LOCAL_SIZE"] == ranks,
        !isSet("pml"), !isSet("mtl")
      else { return }
      unsafe setenv("OMPI_MCA_pml", "^cm", 0)
    }
  }
#endif
