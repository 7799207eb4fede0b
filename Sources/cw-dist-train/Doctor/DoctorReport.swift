internal import Kernels
internal import Reporting
internal import Runs

/// What `doctor` has found.
struct DoctorReport: Encodable {
  private let version = programVersion
  private let instructions = builtInstructionSet
  private let transport: String
  private let threads: Int
  private let machines: [RankMachine]
  /// Of each rank.
  private let gigaflops: [Double]
  private let gigaflopsInBF16: [Double]
  private let reductions: [Measurements.Reduction]
  private let selfCheckPasses: Bool
  private let remarks: [String]

  enum CodingKeys: String, CodingKey {
    case version, instructions, transport, threads
    case machines = "ranks"
    case gigaflops
    case gigaflopsInBF16 = "gigaflops_bf16"
    case reductions, remarks
    case selfCheckPasses = "self_check_passes"
  }

  init(
    transport: String, threads: Int, machines: [RankMachine], gigaflops: [Double], gigaflopsInBF16: [Double],
    reductions: [Measurements.Reduction], selfCheckPasses: Bool
  ) {
    self.transport = transport
    self.threads = threads
    self.machines = machines
    self.gigaflops = gigaflops
    self.gigaflopsInBF16 = gigaflopsInBF16
    self.reductions = reductions
    self.selfCheckPasses = selfCheckPasses
    remarks = Self.remarks(machines, gigaflops, threads: threads)
  }

  private static func remarks(_ machines: [RankMachine], _ gigaflops: [Double], threads: Int) -> [String] {
    var remarks = HostPlacement.hosts(of: machines).flatMap { $0.remarks(threads: threads) }
    let processors = Set(machines.map(\.processor))
    if processors.count > 1 {
      remarks.append(
        "hosts have different processors (\(processors.sorted().joined(separator: ", "))): a step takes as long as on the slowest"
      )
    }
    if Set(machines.map(\.libraryVersion)).count > 1 {
      remarks.append(
        "hosts have different C libraries, whose exp and tanh may differ in the last bit: the ranks would not agree")
    }
    if machines.contains(where: { $0.instructions == "AVX-512" || $0.instructions == "AVX2" }),
      builtInstructionSet == "SSE2"
    {
      remarks.append(
        "the program was built without the processor's wide vectors and is several times slower for it: build it with -Xcc -march=native"
      )
    }
    if let slowest = gigaflops.min(), let fastest = gigaflops.max(), slowest < 0.7 * fastest {
      let rank = gigaflops.firstIndex(of: slowest) ?? 0
      remarks.append(
        "rank \(rank) on \(machines[rank].host) computes at \(Int(100 * slowest / fastest)) % of the fastest rank's rate"
      )
    }
    return remarks
  }

  private func range(_ rates: [Double]) -> String {
    let (slowest, fastest) = (
      NumberFormat.fixed(rates.min() ?? 0, digits: 1), NumberFormat.fixed(rates.max() ?? 0, digits: 1)
    )
    return rates.count > 1 ? "\(slowest) to \(fastest)" : slowest
  }

  private var verdictOnBF16: String {
    guard Precision.hasInstructionForBF16 else { return "no instruction for it here, so it only costs" }
    let gain = (gigaflopsInBF16.min() ?? 0) / max(gigaflops.min() ?? 0, .leastNonzeroMagnitude)
    return gain > 1.2
      ? "pays for wide layers, \(NumberFormat.fixed(gain, digits: 1)) times the rate" : "does not pay here"
  }

  var text: String {
    let hosts = HostPlacement.hosts(of: machines)
    var lines = [
      "program     cw-dist-train \(version), built for \(instructions); its own matrix products, no BLAS",
      "launcher    \(machines.count == 1 && transport == "single process" ? "none: " : "")\(transport), "
        + "\(machines.count) rank\(machines.count == 1 ? "" : "s"), \(threads) thread\(threads == 1 ? "" : "s") each",
    ]
    for (index, host) in hosts.prefix(32).enumerated() {
      lines.append("\(index == 0 ? "hosts     " : "          ")  \(host.host): \(host.summary)")
    }
    if hosts.count > 32 { lines.append("            … and \(hosts.count - 32) more") }
    lines.append("products    \(range(gigaflops)) GFLOP/s a rank, all at once ([256, 512] × [512, 512])")
    lines.append("            \(range(gigaflopsInBF16)) with --precision bf16: \(verdictOnBF16)")
    if reductions.isEmpty { lines.append("reductions  none: one rank has nobody to add up with") }
    for (index, reduction) in reductions.enumerated() {
      lines.append(
        "\(index == 0 ? "reductions" : "          ")  \(NumberFormat.grouped(reduction.floats)) floats: "
          + "\(NumberFormat.fixed(reduction.microseconds, digits: 1)) µs, "
          + "\(NumberFormat.fixed(reduction.gigabytesPerSecond, digits: 2)) GB/s")
    }
    lines.append(
      "self-check  \(SelfCheck.steps) steps of \(machines.count) rank\(machines.count == 1 ? "" : "s") together and of one alone: "
        + (selfCheckPasses
          ? "the same bits" : "DIFFERENT BITS. Results of these ranks cannot be trusted; please report it."))
    lines += remarks.map { "remark      \($0)" }
    return lines.joined(separator: "\n")
  }
}
