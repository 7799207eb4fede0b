#if MPI
  internal import Foundation

  /// How Open MPI is told that the ranks of a job are all on one host, before it starts. Not what somebody has chosen: by
  /// mpirun, in the environment, or in a file of parameters.
  enum OneHost {
    static func prepare() {
      let environment = ProcessInfo.processInfo.environment
      // Set by mpirun for each rank. Other launchers, and other MPI libraries, don't: there it stays as it is.
      guard let ranks = environment["OMPI_COMM_WORLD_SIZE"], environment["OMPI_COMM_WORLD_LOCAL_SIZE"] == ranks,
        !environment.keys.contains(where: otherFiles.contains)
      else { return }
      let files = files(environment)
      leaveOutNetworks(environment, files)
      copyThroughMemory(files)
    }

    /// Leaves out drivers of networks that only jobs of several hosts need (those of “cm”), beside what a file of
    /// parameters leaves out (Debian's has “pml = ^ucx”), which would be overruled.
    ///
    /// Where it finds no fast network Open MPI tries each of its drivers, and one of them (PSM2) waits a fifth of a second
    /// for devices that are not there.
    private static func leaveOutNetworks(_ environment: [String: String], _ files: [String]) {
      guard environment["OMPI_MCA_pml"] == nil, environment["OMPI_MCA_mtl"] == nil else { return }
      let ofFiles = files.lazy.compactMap { choice(of: "pml", in: $0) }.first ?? "^"
      guard ofFiles.hasPrefix("^") else { return }
      unsafe setenv("OMPI_MCA_pml", (["^cm"] + ofFiles.dropFirst().split(separator: ",")).joined(separator: ","), 0)
    }

    /// Has larger messages copied twice, through memory that ranks share, and not once by the kernel, which looks up every page:
    /// of a megabyte that is a third faster, of 16,384 floats twice as fast, of 26 MB a tenth slower (Benchmarks/log.md).
    /// Where there are drivers for it (XPMEM, KNEM) it stays as it is. Open MPI 5 has no such parameter.
    private static func copyThroughMemory(_ files: [String]) {
      let name = "btl_vader_single_copy_mechanism"
      guard !["/dev/xpmem", "/dev/knem"].contains(where: FileManager.default.fileExists),
        files.allSatisfy({ choice(of: name, in: $0) == nil })
      else { return }
      unsafe setenv("OMPI_MCA_\(name)", "none", 0)
    }

    /// Variables that name other files than `files` knows. (What mpirun is given it hands on as such, too.)
    private static let otherFiles: Set = [
      "OMPI_MCA_mca_base_param_files", "OMPI_MCA_mca_param_files", "OMPI_MCA_mca_base_override_param_file",
    ]

    /// Files of parameters, that which counts first: the user's, and those that an Open MPI may have in its places.
    private static func files(_ environment: [String: String]) -> [String] {
      let name = "openmpi-mca-params.conf"
      let loaded = environment["LD_LIBRARY_PATH"]?.split(separator: ":").map { "\($0)/../etc/\(name)" } ?? []
      let prefixes = ["OPAL_PREFIX", "MPI_HOME", "MPI_ROOT"].compactMap { environment[$0] }.map { "\($0)/etc/\(name)" }
      let users = environment["HOME"].map { ["\($0)/.openmpi/mca-params.conf"] } ?? []
      return users + ["/etc/openmpi/\(name)", "/usr/local/etc/\(name)"] + prefixes + loaded
    }

    /// What a file says of a parameter; nil where it says nothing.
    private static func choice(of parameter: String, in path: String) -> String? {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
      let values = text.split(separator: "\n").compactMap { line -> String? in
        let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        return parts.count == 2 && parts[0] == parameter ? parts[1] : nil
      }
      return values.last
    }
  }
#endif
