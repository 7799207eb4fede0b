internal import Foundation

/// What started this process on its host: mpirun itself, or its daemon.
package enum LaunchingProcess {
  /// Those of Open MPI, which wait for a host that is out of reach until TCP gives up: a quarter of an hour.
  private static let patientNames: Set<String> = ["mpirun", "orterun", "orted", "prterun", "prted"]

  /// Ends it where it is one of those. Told twice, it no longer waits.
  package static func end() {
    let parent = getppid()
    let name = (try? String(contentsOfFile: "/proc/\(parent)/comm", encoding: .utf8)) ?? ""
    guard patientNames.contains(name.trimmingCharacters(in: .whitespacesAndNewlines)) else { return }
    // What was said last is still on its way through it.
    Thread.sleep(forTimeInterval: 1)
    for _ in 0..<2 {
      kill(parent, SIGTERM)
      Thread.sleep(forTimeInterval: 0.3)
    }
  }
}
