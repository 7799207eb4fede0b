import TestSupport
import Testing

/// Trains by one process as a whole, and to each of some steps, to be gone on with on several ranks: the models have the
/// same bits.
func expectSameBits(
  of options: [String], stoppedAfterSteps stops: [String], in folder: TemporaryFolder,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let whole = try await Program.trainer.run(options + ["--run-dir", "whole"], in: folder)
  try #require(whole.exitStatus == 0, "\(whole.error)", sourceLocation: sourceLocation)
  for steps in stops {
    let part = try await Program.trainer.run(
      options + ["--max-steps", steps, "--run-dir", "part", "--overwrite"], in: folder)
    try #require(part.exitStatus == 0, "\(part.error)", sourceLocation: sourceLocation)
    let rest = try await Program.trainer.run(
      ["--resume", "part", "--max-steps", "1000", "--quiet"], ranks: CommandLineTests.ranks, in: folder)
    try #require(rest.exitStatus == 0, "\(rest.error)", sourceLocation: sourceLocation)
    #expect(
      try folder.data("part/model.safetensors") == folder.data("whole/model.safetensors"),
      "stopped after \(steps) steps", sourceLocation: sourceLocation)
  }
}
