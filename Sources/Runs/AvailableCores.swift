internal import Foundation

/// The cores that this process may keep busy.
public enum AvailableCores {
  /// As many as its threads may run on (taskset, Slurm's binding), and no more than a container gives it the time of. At
  /// least one.
  public static var count: Int {
    // Of a control group, version 2, as a container sees its own.
    let limit = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8)
    return max(min(numbers.count, limit.flatMap(cores(ofLimit:)) ?? .max), 1)
  }

  /// Their numbers, by the kernel's list, "0-3,8". (Foundation's count is of those that are switched on.)
  package static var numbers: [Int] {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") } ?? ""
    return line.drop { !$0.isNumber }.split(separator: ",").flatMap { range -> [Int] in
      let ends = range.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }

  /// - Parameter limit: Microseconds of every so many that may be used: "200000 100000" for two cores, "max 100000".
  /// - Returns: Rounded up: a part of a core is a core that can be used. Nil for no limit.
  package static func cores(ofLimit limit: String) -> Int? {
    let numbers = limit.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
    return (numbers[0] - 1) / numbers[1] + 1
  }
}
