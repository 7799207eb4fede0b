public import Collectives
internal import Foundation

/// What one rank finds about the machine that it runs on.
public struct RankMachine: Codable, Equatable {
  public let host: String
  public let processor: String
  /// Vector instructions of the processor, the widest it has.
  public let instructions: String
  /// The cores that this rank may use.
  public let cores: [Int]
  /// Cores of the machine.
  public let coreCount: Int
  /// Bytes.
  public let memory: UInt64
  public let libraryVersion: String

  /// Of this process.
  init(host: String) {
    self.host = host
    let cpuInfo = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    func field(_ name: String) -> String? {
      cpuInfo.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: ":").last
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
    processor = field("model name") ?? "unknown processor"
    let flags = Set((field("flags") ?? "").split(separator: " "))
    instructions = flags.contains("avx512f") ? "AVX-512" : flags.contains("avx2") ? "AVX2" : flags.isEmpty ? "" : "SSE2"
    cores = Self.allowedCores
    coreCount = ProcessInfo.processInfo.processorCount
    memory = ProcessInfo.processInfo.physicalMemory
    libraryVersion = Self.libraryVersion
  }

  /// The kernel's list, "0-3,8".
  private static var allowedCores: [Int] {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") } ?? ""
    return line.drop { !$0.isNumber }.split(separator: ",").flatMap { range -> [Int] in
      let ends = range.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }

  /// "glibc 2.36"
  private static var libraryVersion: String {
    var text = [CChar](repeating: 0, count: 128)
    let length = unsafe confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count)
    return String(decoding: text.prefix(max(length - 1, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Every rank's, on all ranks. Collective.
  public static func ofAllRanks(_ communicator: some Communicator) throws -> [RankMachine] {
    let own = try JSONEncoder().encode(RankMachine(host: communicator.host))
    return try communicator.allgather([UInt8](own)).map { try JSONDecoder().decode(RankMachine.self, from: Data($0)) }
  }
}

/// The ranks of one host.
public struct HostPlacement {
  public let host: String
  public let ranks: [RankMachine]

  public static func hosts(of ranks: [RankMachine]) -> [HostPlacement] {
    var names: [String] = []
    for rank in ranks where !names.contains(rank.host) { names.append(rank.host) }
    return names.map { name in HostPlacement(host: name, ranks: ranks.filter { $0.host == name }) }
  }

  /// Cores that its ranks may use.
  public var cores: Set<Int> { ranks.reduce(into: []) { $0.formUnion($1.cores) } }

  /// "4 ranks on 2 of 2 cores, AMD EPYC 9R14, AVX-512, 24 GB"
  public var summary: String {
    let first = ranks[0]
    let bound =
      ranks.allSatisfy { $0.cores.count == 1 }
      ? ", each bound to a core" : ranks.allSatisfy { $0.cores.count < first.coreCount } ? ", bound" : ""
    return """
      \(ranks.count) rank\(ranks.count == 1 ? "" : "s")\(bound) on \(cores.count) of \(first.coreCount) cores; \
      \(first.processor), \(first.instructions), \(first.memory >> 30) GiB
      """
  }

  /// What slows its ranks down.
  public func remarks(threads: Int) -> [String] {
    var remarks: [String] = []
    if ranks.count * threads > cores.count {
      remarks.append(
        "\(host): \(ranks.count) ranks of \(threads) thread\(threads == 1 ? "" : "s") share \(cores.count) core"
          + "\(cores.count == 1 ? "" : "s"): start no more ranks than cores, or bind them otherwise (mpirun --map-by core)"
      )
    } else {
      let bound = ranks.filter { $0.cores.count < $0.coreCount }.flatMap(\.cores)
      if Set(bound).count < bound.count {
        remarks.append(
          "\(host): several ranks are bound to the same core; mpirun --map-by core --bind-to core spreads them")
      }
    }
    return remarks
  }
}
