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
