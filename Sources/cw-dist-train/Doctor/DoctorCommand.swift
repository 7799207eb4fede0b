internal import ArgumentParser
internal import Collectives
internal import Failures
internal import Foundation
internal import Kernels
internal import Reporting
internal import Runs

struct DoctorCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show what this machine and job give, and check that ranks together compute what one does alone.",
    discussion: "Start it as you would start the training: mpirun -np 4 cw-dist-train doctor")

  @Option(help: "Threads per rank.")
  var threads: Int = 1

  @Flag(help: "One JSON object instead of text.")
  var json = false

  func validate() throws {
    guard (1...1024).contains(threads) else { throw ValidationError("--threads \(threads): expected 1 to 1024") }
  }

  func run(on communicator: some Communicator) throws -> ExitStatus {
    try communicator.watch(timeout: .seconds(60), isTerminating: { false }) { failure in
      Console.error(failure.description)
    }
    let machines = try RankMachine.ofAllRanks(communicator)
    let products = try Measurements.products(threads: threads, .float32, over: communicator)
    let productsInBF16 = try Measurements.products(threads: threads, .bf16, over: communicator)
    let reductions = try communicator.size > 1 ? Measurements.reductions(over: communicator) : []
    let passes = try SelfCheck(over: communicator).passes(over: communicator)
    let report = DoctorReport(
      transport: communicator.name, threads: threads, machines: machines, gigaflops: products,
      gigaflopsInBF16: productsInBF16, reductions: reductions,
      selfCheckPasses: passes)
    try communicator.agree {
      guard communicator.isRoot else { return }
      Console.output(json ? try JSONText.pretty(report) : report.text)
    }
    return passes ? .success : .internalError
  }
}
