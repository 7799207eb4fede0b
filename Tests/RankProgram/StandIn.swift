internal import Foundation
internal import RankWatch

/// A rank of a job without MPI, of which there is only what ranks do beside it: their connections and the watchdog. So
/// a thousand of them can be tried on one machine (Tests/Long/peers.sh).
///
/// `rank-program stand-in RANK SIZE FOLDER`: the ranks find each other by files in FOLDER. Rank 0 prints what the
/// watch costs it. All end when there is a file "done" in it.
enum StandIn {
  static func run(_ arguments: [String]) -> Never {
    guard arguments.count == 3, let rank = Int(arguments[0]), let size = Int(arguments[1]) else { exit(64) }
    let folder = arguments[2]
    let start = ContinuousClock.now
    let connections = RankConnections(rank: rank, hosts: Array(repeating: "here", count: size))
    if !connections.invitation.isEmpty {
      do {
        try Data(connections.invitation).write(to: URL(fileURLWithPath: "\(folder)/\(rank)"), options: .atomic)
      } catch {
        say("rank \(rank): \(error)")
        exit(73)
      }
    }
    var invitations = [[UInt8]](repeating: [], count: size)
    for other in Set([0, connections.parent ?? 0]) {
      invitations[other] = waitForFile("\(folder)/\(other)")
    }
    connections.connect(by: invitations, waiting: .seconds(2))

    let watchdog = Watchdog()
    let isStarted = watchdog.start(connections, timeout: nil, isTerminating: { false }) { cause, _ in
      say("rank \(rank) sees: \(cause)")
      exit(76)
    }
    guard isStarted else { exit(1) }
    if rank == 0 {
      while connections.knownCount < size - 1 { usleep(100_000) }
      say("all \(size) ranks are known after \((ContinuousClock.now - start) / .seconds(1)) s")
      let (cpu, begin) = (cpuSeconds(), ContinuousClock.now)
      sleep(10)
      let share = (cpuSeconds() - cpu) / ((ContinuousClock.now - begin) / .seconds(1))
      say("rank 0: \(100 * share) % of a core, \(connections.descriptorCount) connections")
    }
    while access("\(folder)/done", F_OK) != 0 { sleep(1) }
    watchdog.sayGoodbye(exitStatus: 0)
    exit(0)
  }

  private static func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }

  private static func waitForFile(_ path: String) -> [UInt8] {
    while true {
      if let data = FileManager.default.contents(atPath: path) { return [UInt8](data) }
      usleep(20_000)
    }
  }

  /// Of this process. Only the watchdog has anything to do.
  private static func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
