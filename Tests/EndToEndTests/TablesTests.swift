import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Tables as Python, pandas, R and spreadsheets write them, and those that were once misread, against the truth of who
/// wrote them: Tests/Tables. Here some dozens; `launch/test --long` tries thousands.
@Suite(.serialized) struct TablesTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Tables/check.py").path

  /// One that has pandas, where somebody made it.
  private static let python: Executable = {
    let path = URL(fileURLWithPath: script).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent(".venv-tables/bin/python").path
    return FileManager.default.isExecutableFile(atPath: path) ? .path(FilePath(path)) : .name("python3")
  }()

  @Test(arguments: [1, 2]) func `tables are read as they were meant, or an option is asked for`(seed: Int) async throws
  {
    let folder = try TemporaryFolder()
    let arguments = [
      Self.script, Program.trainer.path, "--cases", "120", "--seed", String(seed), "--folder", folder.path("failed"),
    ]
    let result = try await Subprocess.run(
      Self.python, arguments: Arguments(arguments), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20)
    )
    #expect(result.terminationStatus == .exited(0), "\(result.standardOutput)\(result.standardError)")
  }
}
