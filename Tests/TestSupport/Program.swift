internal import Foundation
internal import Subprocess
internal import SystemPackage

/// Runs the programs of this package as a user does.
public struct Program: Sendable {
  public static let trainer = Program(name: "cw-dist-train")
  public static let rankProgram = Program(name: "rank-program")

  public let path: String

  /// The programs lie beside the test bundle.
  private init(name: String) {
    path = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(name).path
  }

  private static let subcommands: Set = [
    "predict", "evaluate", "export", "inspect", "weights", "doctor", "reproduce", "help", "synthesize", "compare",
    "report",
  ]

  /// The arguments of a training that names no recipe, by the program's own defaults whatever its data is: what tests
  /// say of options holds beside these. (RecipeTests and RecipeRunTests have the recipes.)
  private func plain(_ arguments: [String]) -> [String] {
    let first = arguments.first { $0 != "train" } ?? ""
    let isTable = arguments.contains { argument in
      [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".data"].contains { argument.hasSuffix($0) }
    }
    guard isTable || arguments.contains("--config"), !Self.subcommands.contains(first),
      !arguments.contains(where: { $0 == "--recipe" || $0.hasPrefix("--recipe=") }),
      !arguments.contains("--resume") || arguments.contains("auto")
    else { return arguments }
    let start = arguments.first == "train" ? 1 : 0
    return Array(arguments[..<start]) + ["--recipe", "plain"] + arguments[start...]
  }

  public struct Outcome: Sendable {
    public let exitStatus: Int32
    public let output: String
    public let error: String

    public let timedOut: Bool
  }

  /// When a signal is sent.
  ///
  /// Seconds are for what never ends by itself. What does is on a fast machine soon over, and there it
  /// has to be something that it wrote.
  public enum Moment: ExpressibleByIntegerLiteral, Sendable {
    case seconds(Int)
    /// As soon as the file has anything in it.
    case written(file: String)

    public init(integerLiteral seconds: Int) { self = .seconds(seconds) }

    fileprivate var wait: String {
      switch self {
      case .seconds(let seconds): "sleep \(seconds)"
      case .written(let file): "until [ -s '\(file)' ] || ! kill -0 $job; do sleep 0.02; done"
      }
    }
  }

  /// Runs the program alone, or under mpirun.
  ///
  /// - Parameters:
  ///   - ranks: Nil for no launcher.
  ///   - signal: Sent to the job at a moment of its life: "USR1" to what was started (mpirun, or the program
  ///     itself), or "KILL one rank", "STOP one rank" to the youngest of its ranks.
  ///   - wrapper: A script of bash that each rank runs, with the program and its arguments as "$@".
  ///   - secondsAllowed: A hang is a failure of the test, not of the test run.
  public func run(
    _ arguments: [String], ranks: Int? = nil, in folder: TemporaryFolder, environment: [String: String] = [:],
    signal: (name: String, at: Moment)? = nil, wrapper: String? = nil, secondsAllowed: Int = 60
  ) async throws -> Outcome {
    var command = ["timeout", "-k", "5", String(secondsAllowed)]
    if let signal {
      // The shell starts the job, and sends the signal to it alone. Ranks are children of mpirun
      // (Open MPI) or of a proxy (MPICH).
      let send =
        signal.name.hasSuffix(" one rank")
        ? "kill -\(signal.name.prefix { $0 != " " }) $(pgrep -n -x cw-dist-train -P $job,$(pgrep -d, -P $job))"
        : "kill -\(signal.name) $job"
      command += ["bash", "-c", "\"$@\" & job=$!; \(signal.at.wait); \(send); wait $job", "job"]
    }
    if let ranks {
      let mpirun = ProcessInfo.processInfo.environment["MPIRUN"] ?? "mpirun"
      command += [mpirun, "-np", String(ranks)]
    }
    if let wrapper { command += ["bash", "-c", wrapper, "rank"] }
    command += [path] + plain(arguments)
    var changes: [Environment.Key: String?] = [
      // More ranks than cores, that yield to each other; and as root, as in a container.
      "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    ]
    for (name, value) in environment { changes[Environment.Key(stringLiteral: name)] = value }
    let start = ContinuousClock.now
    let result = try await Subprocess.run(
      .path("/usr/bin/env"), arguments: Arguments(command), environment: .inherit.updating(changes),
      workingDirectory: .init(folder.path), output: .string(limit: 1 << 24), error: .string(limit: 1 << 24))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    return Outcome(
      exitStatus: status, output: result.standardOutput, error: result.standardError,
      timedOut: ContinuousClock.now - start >= .seconds(secondsAllowed))
  }
}

/// Runs a script of bash in a folder.
///
/// - Returns: Its exit status.
public func runScript(_ script: String, in folder: TemporaryFolder) async throws -> Int32 {
  let result = try await Subprocess.run(
    .path("/usr/bin/env"), arguments: ["bash", "-ec", script], workingDirectory: .init(folder.path), output: .discarded,
    error: .discarded)
  if case .exited(let code) = result.terminationStatus { return code }
  return -1
}
