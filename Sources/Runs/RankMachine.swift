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
    cores = AvailableCores.numbers
    coreCount = ProcessInfo.processInfo.processorCount
    memory = ProcessInfo.processInfo.physicalMemory
    libraryVersion = Self.libraryVersion
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
