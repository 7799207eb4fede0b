internal import ArgumentParser
internal import Collectives
internal import Failures
internal import Foundation
internal import Kernels
internal import Reporting
internal import Runs
internal import Tensors

#if MPI
  internal import MPICollectives
#endif

/// Starts the job: alone, or as one rank of many, and ends it with one message and one exit code.
@main
enum Main {
  static func main() {
    // Output that nobody reads any more (`| head`) is no reason to stop training.
    signal(SIGPIPE, SIG_IGN)
    OutsideSignals.endProcess()
    // A file that grows beyond what it may (ulimit -f) is an error of writing, as a full disk is.
    signal(SIGXFSZ, SIG_IGN)
    MemoryError.listen()
    // Read before MPI begins, which may set variables of its own.
    let launcher = Launcher()
    // Moments of parameters that no longer get a gradient would shrink into numbers that are slow.
    FloatingPointMode.flushDenormals()
    // Without /proc there are none, not even the program's name; defaults are not what the user wants.
    guard !CommandLine.arguments.isEmpty else {
      Console.error("the command line cannot be read (is /proc mounted?)")
      exit(ExitStatus.internalError.rawValue)
    }
    let arguments = Array(CommandLine.arguments.dropFirst())
    // Before MPI begins, which takes a moment in which a signal may come.
    if CommandLineParser.stopsInGoodOrder(arguments) {
      StopRequest.listen(underLauncher: launcher.startedThisProcess)
    }
    guard launcher.startedThisProcess else {
      let alone = SingleProcessCommunicator(coreCount: AvailableCores.count)
      exit(run(arguments, on: alone) { exit($0.rawValue) }.rawValue)
    }
    #if MPI
      do {
        let world = try MPICommunicator()
        try launcher.checkWorld(size: world.size)
        // On the path of failure nothing waits for the other ranks: the job is ended as a whole.
        let exitStatus = run(arguments, on: world) { world.abort(exitStatus: $0.rawValue) }
        try world.finalize(exitStatus: exitStatus.rawValue)
        exit(exitStatus.rawValue)
      } catch {
        end(with: error, launcher)
      }
    #else
      end(with: LauncherError.builtWithoutMPI, launcher)
    #endif
  }

  /// Runs the command on this rank. An error that all ranks know of is printed by one; any other
  /// error is known to this rank alone, and `endJob` ends all of them.
  private static func run(
    _ arguments: [String], on communicator: some Communicator, endJob: (ExitStatus) -> Never
  ) -> ExitStatus {
    do {
      let command = try communicator.agree { try CommandLineParser.parse(arguments) }
      return withoutLostOutput(try command.run(on: communicator))
    } catch let help as HelpRequest {
      if communicator.isRoot { Console.output(help.text) }
      return withoutLostOutput(.success)
    } catch let failure as AgreedFailure {
      if communicator.rank == failure.rank {
        // Who asks for a stop is not told of an error.
        if failure.exitStatus == .stoppedOnRequest {
          Console.note(failure.message)
        } else {
          Console.error(failure.description)
        }
      }
      return failure.exitStatus
    } catch {
      Console.error(message(for: error, on: communicator))
      endJob((error as? any Failure)?.exitStatus ?? .internalError)
    }
  }

  /// Who asked for a result and has lost it must not be told that all is well.
  private static func withoutLostOutput(_ exitStatus: ExitStatus) -> ExitStatus {
    exitStatus == .success && Console.hasLostOutput ? .inputOutput : exitStatus
  }

  private static func message(for error: any Error, on communicator: some Communicator) -> String {
    let text = (error as? any Failure)?.description ?? "internal error (please report it): \(error)"
    return communicator.size == 1
      ? text : "\(text)\n(rank \(communicator.rank) of \(communicator.size) on \(communicator.host))"
  }

  /// Ends a process that never became a rank of a job.
  private static func end(with error: any Error, _ launcher: Launcher) -> Never {
    let failure = error as? any Failure
    // What the launcher did wrong, it did to every process: one speaks.
    if !(error is LauncherError) || launcher.rank == 0 {
      Console.error(failure?.description ?? "internal error (please report it): \(error)")
    }
    exit((failure?.exitStatus ?? .internalError).rawValue)
  }
}
