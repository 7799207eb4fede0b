internal import ArgumentParser
internal import Collectives
internal import Configuration
internal import Failures
internal import Reporting
internal import Runs
internal import Training

struct TrainCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a classifier (the default).")

  @OptionGroup var options: TrainOptions
  /// What was typed, with what --config says; without the recipe, which gives way to the options of a run that is gone
  /// on with.
  var arguments: [String] = []

  func validate() throws {
    // A run that is gone on with may have the option that one of these needs.
    if options.job.resume == .no { try options.checkPartners() }
  }

  func run(on communicator: some Communicator) throws -> ExitStatus {
    let job = options.job
    try communicator.watch(timeout: job.timeout.duration, isTerminating: { StopRequest.isTerminating }) { failure in
      Console.error(
        "\(failure.description) To go on from the last checkpoint, start it again with its --run-dir and --resume auto."
      )
    }
    if let limit = job.maxTime { StopRequest.request(inSeconds: limit.seconds - ProcessTime.sinceStart) }
    let console = ConsoleListener(style: job.log, quiet: job.quiet)
    let beginning = try Beginning(options, arguments, RunListeners([console], of: communicator), over: communicator)
    // --log and --quiet may stand in the config.yaml of a run that is begun again.
    let resumedJob = beginning.options.job
    let listeners = RunListeners(
      [ConsoleListener(style: resumedJob.log, quiet: resumedJob.quiet)], of: communicator)
    if let note = beginning.note { try communicator.agree { try listeners.receive(.note(note)) } }
    var run = try Run(
      beginning.options.configuration, resuming: beginning.resumption, force: resumedJob.force, listeners,
      over: communicator)
    return try run.train(savingTo: beginning.place).outcome == .completed ? .success : .stoppedOnRequest
  }
}
