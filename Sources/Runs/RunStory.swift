internal import Files
internal import Foundation

/// What happened to a run, by the log of its folder, in a line for each time that it was started.
public enum RunStory {
  /// - Parameter path: Of the run's folder.
  /// - Returns: None where there is no log. Lines that are none of it, as half a line at the end of a killed run, are
  ///   passed over.
  public static func lines(ofRun path: String) -> [String] {
    guard let text = try? WholeFile.text(at: path + "/" + RunDirectory.logFile) else { return [] }
    let entries = text.split(separator: "\n").compactMap {
      try? JSONDecoder().decode(RunLog.Entry.self, from: Data($0.utf8))
    }
    var lines: [String] = []
    var (start, epochs, warnings): (RunLog.Entry?, [RunLog.Entry], Int) = (nil, [], 0)
    func close(_ end: String) {
      guard let start else { return }
      let ranks = start.ranks ?? 1
      let hosts = Set(start.hosts ?? [])
      let reach =
        epochs.last.map { last in
          "epoch \(last.epoch ?? 0) of \(last.epochs ?? 0)"
            + (last.member.map { " of member \($0) of \(last.members ?? $0)" } ?? "")
        } ?? "no epoch"
      lines.append(
        """
        \(start.time) \(start.event == "resume" ? "went on" : "began") on \(ranks) rank\(ranks == 1 ? "" : "s") \
        (\(hosts.count == 1 ? hosts.first ?? "" : "\(hosts.count) hosts")), came to \(reach)\
        \(warnings > 0 ? ", \(warnings) warning\(warnings == 1 ? "" : "s")" : ""); \(end)
        """)
    }
    for entry in entries {
      switch entry.event {
      case "begin", "resume":
        // Nothing was written when the one before ended.
        close("ended without a word: it was killed, or its machine failed")
        (start, epochs) = (entry, [])
      case "epoch": epochs.append(entry)
      case "warning": warnings += 1
      case "stop", "end", "failure":
        let after = entry.seconds.map { " after \(RunLog.words($0))" } ?? ""
        switch entry.event {
        case "stop": close("stopped\(after) (\(entry.text ?? ""))")
        case "end": close("completed\(after)")
        default: close("failed\(after): \(entry.text ?? "")")
        }
        (start, epochs, warnings) = (nil, [], 0)
      default: break
      }
    }
    close("it goes on, or was killed")
    return lines
  }
}
