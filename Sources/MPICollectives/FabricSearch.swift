#if MPI
  internal import Foundation

  /// What Open MPI looks for before ranks can talk.
  ///
  /// Where it finds no fast network it tries each of its drivers, and one of them (PSM2) waits a fifth of a second for
  /// devices that are not there. Ranks of one host talk through memory, whatever the network is.
  enum FabricSearch {
    /// Leaves out drivers of networks that only jobs of several hosts need (those of “cm”), beside what a file of
    /// parameters leaves out (Debian's has “pml = ^ucx”), which would be overruled. Not where somebody has chosen what to
    /// take: by mpirun, in the environment, or in such a file.
    static func spareForOneHost() {
      let environment = ProcessInfo.processInfo.environment
      // Set by mpirun for each rank. Other launchers, and other MPI libraries, don't: there it stays as it is.
      guard let ranks = environment["OMPI_COMM_WORLD_SIZE"], environment["OMPI_COMM_WORLD_LOCAL_SIZE"] == ranks,
        !environment.keys.contains(where: choices.contains)
      else { return }
      let ofFiles = files(environment).lazy.compactMap(choiceOfMessaging).first ?? "^"
      guard ofFiles.hasPrefix("^") else { return }
      unsafe setenv("OMPI_MCA_pml", (["^cm"] + ofFiles.dropFirst().split(separator: ",")).joined(separator: ","), 0)
    }

    /// Variables that choose, or name other files than `files` knows. (What mpirun is given it hands on as such, too.)
    private static let choices: Set = [
      "OMPI_MCA_pml", "OMPI_MCA_mtl", "OMPI_MCA_mca_base_param_files", "OMPI_MCA_mca_param_files",
      "OMPI_MCA_mca_base_override_param_file",
    ]

    /// Files of parameters, that which counts first: the user's, and those that an Open MPI may have in its places.
    private static func files(_ environment: [String: String]) -> [String] {
      let name = "openmpi-mca-params.conf"
      let loaded = environment["LD_LIBRARY_PATH"]?.split(separator: ":").map { "\($0)/../etc/\(name)" } ?? []
      let prefixes = ["OPAL_PREFIX", "MPI_HOME", "MPI_ROOT"].compactMap { environment[$0] }.map { "\($0)/etc/\(name)" }
      let users = environment["HOME"].map { ["\($0)/.openmpi/mca-params.conf"] } ?? []
      return users + ["/etc/openmpi/\(name)", "/usr/local/etc/\(name)"] + prefixes + loaded
    }

    /// What a file says of the components that send messages; nil where it says nothing.
    private static func choiceOfMessaging(_ path: String) -> String? {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
      let values = text.split(separator: "\n").compactMap { line -> String? in
        let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        return parts.count == 2 && parts[0] == "pml" ? parts[1] : nil
      }
      return values.last
    }
  }
#endif
