internal import CCommit

/// The version of this program.
public let programVersion = "0.1.0"

/// The commit that it was built from: "3c20ef2ab1"; "3c20ef2ab1-dirty" where files were changed since; "" of sources
/// without git.
public var programCommit: String { unsafe String(cString: ccommit_name()) }

/// A program that made a run, for people.
struct ProgramName: Equatable, CustomStringConvertible {
  let version: String
  /// Nil where that is not known.
  let commit: String?

  init(_ version: String, _ commit: String?) { (self.version, self.commit) = (version, commit) }

  /// This program.
  static var own: ProgramName { ProgramName(programVersion, programCommit.isEmpty ? nil : programCommit) }

  /// "cw-dist-train 0.1.0 (commit 3c20ef2ab1)"
  var description: String { "cw-dist-train \(version)\(commit.map { " (commit \($0))" } ?? "")" }
}
