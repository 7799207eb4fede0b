internal import Foundation

/// How long this process has been there.
enum ProcessTime {
  /// Seconds since it was started, by the kernel's clock; 0 where that cannot be told.
  static var sinceStart: Double {
    // The 22nd field of the line, of which the second, a name, may hold spaces and ends at the last bracket.
    guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      let name = stat.lastIndex(of: ")"),
      let ticks = stat[name...].split(separator: " ").dropFirst(20).first.flatMap({ Double($0) })
    else { return 0 }
    var now = timespec()
    guard unsafe clock_gettime(CLOCK_BOOTTIME, &now) == 0 else { return 0 }
    let start = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    return max(Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9 - start, 0)
  }
}
