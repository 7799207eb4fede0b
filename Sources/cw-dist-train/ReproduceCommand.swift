internal import ArgumentParser
internal import Collectives
internal import Configuration
internal import Failures
internal import Reporting
internal import Runs

struct ReproduceCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Train a run again, and say whether it comes to the same bits.",
    discussion: """
      Trains by the run's own config.yaml, at any number of ranks, and compares with what the run's folder holds: data \
      and class weights first, then line by line of metrics.jsonl, the newest checkpoint, and model.safetensors. \
      Nothing is written. Exit code 0: the same; 65: not the same, or other data.
      """)

  @Argument(help: "The folder of a run.", completion: .directory)
  var run: String

  @Option(
    parsing: .unconditional, help: "Where the run's data lies now; what counts is what is in it.", completion: .file())
  var data: String?

  @Option(help: "Where the file of its labels lies now.")
  var labels: String?

  @Option(help: "Where its data for validation lies now.")
  var validation: String?

  @Option(help: "Where the labels of its validation lie now.")
  var validationLabels: String?

  @Option(help: "Where the file with its first parameters lies now.")
  var `init`: String?

  @Option(
    parsing: .unconditional,
    help: "Its class weights, where the file of them is gone: RUN/class_weights.json has those that were used.")
  var classWeights: String?

  @Option(
    parsing: .unconditional,
    help: "Threads per rank, which change no bit. (default: as typed for the run, else as train has it)")
  var threads: Int?

  @Flag(help: "Go on after a difference, and beyond what an unfinished run has to compare with.")
  var toTheEnd = false

  @Option(help: "Keep the new run in this folder; else nothing of it is kept.", completion: .directory)
  var runDir: String?

  @OptionGroup var timeout: TimeoutOption

  @Flag(help: "One JSON object, at the end, instead of tables.")
  var json = false

  @Flag(help: "Print nothing but warnings and errors.")
  var quiet = false

  func validate() throws {
    guard !(json && quiet) else { throw ValidationError("--quiet: expected not both it and --json") }
  }

  func run(on communicator: some Communicator) throws -> ExitStatus {
    try communicator.watch(timeout: timeout.duration, isTerminating: { StopRequest.isTerminating }) {
      Console.error($0.description)
    }
    let place = runDir.map { RunPlace($0) }
    if let place { try communicator.agree { if communicator.isRoot { try place.check() } } }
    let moved: [String: String?] = [
      "data": data, "labels": labels, "validation": validation, "validation-labels": validationLabels, "init": `init`,
      "class-weights": classWeights, "threads": threads.map(String.init),
    ]
    let console = ReproductionConsole(style: json ? .json : quiet ? .quiet : .pretty)
    var reproduction = try Reproduction(
      of: run, replacing: moved.compactMapValues { $0 }, goingToTheEnd: toTheEnd, console, over: communicator)
    return try reproduction.train(savingTo: place)
  }
}
