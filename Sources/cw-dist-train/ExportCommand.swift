internal import ArgumentParser
internal import Collectives
internal import Export
internal import Failures
internal import Files
internal import Models
internal import Reporting
internal import Runs

struct ExportCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model as an ONNX file, which other programs run.",
    discussion: """
      The file takes the columns of the data as they are: numbers, texts, missing values. It gives the class of each row, \
      and the probabilities of all classes.
      """)

  @Argument(help: "A model.safetensors, a checkpoint, or the folder of a run.")
  var model: String

  @Argument(help: "The file to write, FILE.onnx.")
  var file: String

  @Option(
    help: """
      raw: as the weighted loss has them; prior: frequencies, without the class weights; calibrated: with the \
      temperature of the validation part, too.
      """)
  var probabilities = ProbabilityRule.Kind.raw

  @Flag(help: "Let the largest logit decide, even where the model has thresholds that were tuned.")
  var noTuning = false

  @Flag(help: "Replace FILE.onnx where it is there.")
  var overwrite = false

  func validate() throws {
    guard file.lowercased().hasSuffix(".onnx") else {
      throw ValidationError("\(file): expected a name that ends in .onnx, the format that is written")
    }
  }

  func run(on communicator: some Communicator) throws -> ExitStatus {
    try communicator.agree {
      guard communicator.isRoot else { return }
      try ONNXModel.check(file, overwriting: overwrite)
      let place = try ModelPlace(model)
      var found = try place.model()
      if noTuning { found.decision = nil }
      let source = place.file ?? place.path
      try ResultFile.check(file, of: [source])
      if let remark = place.remark { Console.warning(remark) }
      let rule = try ProbabilityRule(probabilities, of: found, path: source)
      let exported = try ONNXModel(found, rule, version: programVersion, path: source)
      let byteCount = try exported.write(to: file, overwriting: overwrite)
      Console.output(ExportReport(found, exported, source: source, path: file, byteCount: byteCount).text)
    }
    return .success
  }
}
