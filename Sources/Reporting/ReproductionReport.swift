internal import Foundation
internal import Models
public import Runs
internal import Training

/// What `reproduce` prints for people.
public enum ReproductionReport {
  private static let same = "="
  private static let other = "≠"

  public static func introduction(_ beginning: ReproductionBeginning) -> String {
    let (then, now) = (beginning.then, beginning.now)
    let state = then.map { "\($0.outcome) after \(NumberFormat.grouped($0.steps)) steps" } ?? "not come to its end"
    let program = then.map { summary in
      let hosts = summary.hosts.map { " on \(Set($0).sorted().prefix(8).joined(separator: ", "))" } ?? ""
      return """
        cw-dist-train \(summary.version)\(summary.commit.map { " (commit \($0))" } ?? ""), \
        \(NumberFormat.count(summary.ranks, "rank"))\(hosts); \(summary.mpi)
        """
    }
    let validation = now.validationSamples.map { ", \(NumberFormat.grouped($0)) for validation" } ?? ""
    let test = now.testSamples.map { ", \(NumberFormat.grouped($0)) for test" } ?? ""
    let commit = now.commit.isEmpty ? "" : " (commit \(now.commit))"
    let lines: [RunDescription.Line] = [
      .init(title: "run", text: "\(beginning.path): \(state)"),
      .init(title: "then", text: program ?? "not known: it has no summary.json"),
      .init(
        title: "now",
        text:
          "cw-dist-train \(now.version)\(commit), \(now.placement), \(NumberFormat.count(now.shards, "shard")); \(now.transport)"
      ),
      .init(
        title: "data",
        text: """
          \(now.dataName): \(NumberFormat.grouped(now.trainingSamples)) samples\(validation)\(test), \
          \(NumberFormat.count(now.features, "feature")), \(now.classes.count) classes: \
          \(beginning.isDataChecked ? "as it was (fingerprint)" : "as many in each class; values could not be checked")
          """),
      .init(
        title: "weights",
        text: "\(now.weightScheme): \(beginning.areWeightsChecked ? "as they were" : "could not be checked")"),
      .init(title: "model", text: "\(now.model) (\(NumberFormat.grouped(now.parameters)) parameters)"),
    ]
    let remarks = beginning.remarks.map { RunDescription.Line(title: "note", text: $0) }
    return (lines + remarks).map(\.padded).joined(separator: "\n") + "\n\n"
      + (now.members > 1 ? memberTitle : lineTitle)
  }

  private static let lineTitle = "epoch      step  line            loss  accuracy  balanced   as it was"
  private static let memberTitle = " member   epochs   as it was"

  /// A member that is trained: "    3/8       31   =".
  static func row(_ place: MemberPlace, epochs: Int, _ findings: MemberFindings) -> String {
    let mark =
      if findings.differences > 0 {
        "\(other) (\(NumberFormat.count(findings.differences, "line")))"
      } else if findings.missing > 0 {
        "– (\(NumberFormat.count(findings.missing, "line")) not recorded)"
      } else {
        same
      }
    return "\(place.number)/\(place.count)".padded(7) + String(epochs).padded(9) + "   " + mark
  }

  /// That of an epoch of a member.
  static func row(_ member: Int, of count: Int, _ line: LineFinding, epochs: Int) -> String {
    "\(member)/\(count)".padded(7) + "\(line.epoch)/\(epochs)".padded(9) + "   …"
  }

  /// The first line of a member that is another one, under a heading of its own.
  static func rows(_ line: LineFinding, ofMember member: Int, epochs: Int) -> String {
    "member \(member), its first line that is not as it was:\n\(lineTitle)\n" + rows(line, epochs: epochs)
  }

  /// The figures of a line now; and where they differ, those of then below them.
  public static func rows(_ line: LineFinding, epochs: Int) -> String {
    let place = "\(line.epoch)/\(epochs)".padded(7) + "  " + String(line.step).padded(8)
    let row = place + "  " + figures(line.now, title: line.split)
    switch line.agreement {
    case .sameBits: return row + "   \(same)"
    case .sameValues: return row + "   \(same) (in other words)"
    case .missing: return row + "   (no such line)"
    case .differs:
      let then = String(repeating: " ", count: place.count + 2)
      return row + "   \(other)" + (line.then.map { "\n" + then + figures($0, title: "  then") } ?? "")
    }
  }

  private static func figures(_ figures: MetricsFigures, title: String) -> String {
    let values = ["loss", "accuracy", "balanced_accuracy"].map { NumberFormat.fixed(figures[$0]).padded(8) }
    return title.padding(toLength: 10, withPad: " ", startingAt: 0) + "  " + values.joined(separator: "  ")
  }

  public static func row(_ checkpoint: CheckpointFinding) -> String {
    let place = String(repeating: " ", count: 7) + "  " + String(checkpoint.step).padded(8)
    let mark = checkpoint.differences.isEmpty ? same : other
    return
      ([place + "  checkpoint: parameters, optimizer's memory  \(mark)"]
      + checkpoint.differences.prefix(4).map { String(repeating: " ", count: place.count + 4) + $0.words })
      .joined(separator: "\n")
  }

  public static func conclusion(_ result: ReproductionResult) -> String {
    var parts: [String] = []
    if let model = result.model { parts.append(digests(model)) }
    parts.append(verdict(result))
    if let line = result.firstDifference, case .differs(let values) = line.agreement { parts.append(table(values)) }
    if let model = result.model { parts += differences(model) }
    parts += result.faults.isEmpty ? [] : ["metrics.jsonl: \(list(result.faults))."]
    if !result.reasons.isEmpty {
      parts.append("What may be behind it:\n" + result.reasons.map { "- \($0)" }.joined(separator: "\n"))
    }
    return "\n" + parts.joined(separator: "\n\n")
  }

  private static func digests(_ model: ModelFinding) -> String {
    """
    model.safetensors, SHA-256
    then  \(model.digestThen)
    now   \(model.digestNow)  \(model.digestThen == model.digestNow ? same : other)
    """
  }

  private static func verdict(_ result: ReproductionResult) -> String {
    let isEarly = result.stoppedEarly
    switch result.verdict {
    case .sameBits where result.isComplete: return "The same bits: \(compared(result))."
    case .sameBits: return "The same bits as far as the run had come: \(compared(result))."
    case .sameValues:
      return """
        The same values in other bytes, since one program writes what the other does not: \(compared(result)).\
        \(names(result).map { " (\($0))" } ?? "")
        """
    case .stopped: return "stopped on request; up to there the same: \(compared(result))"
    case .differs:
      return "Not the same\(place(of: result)).\(isEarly ? " (Stopped there; --to-the-end goes on.)" : "")"
    }
  }

  /// Where it first differs.
  private static func place(of result: ReproductionResult) -> String {
    if let line = result.firstDifference {
      let member = line.member.map { " of member \($0)" } ?? ""
      return
        ": from epoch \(line.epoch)\(member) on (step \(NumberFormat.grouped(line.step))), first in its \(line.split) line"
        + (result.sameLinesAfterDifference > 0
          ? "; lines after it are the same again, so that it is rather this line that was changed"
          : "")
    }
    if let checkpoint = result.checkpoint, !checkpoint.differences.isEmpty {
      return
        ": the checkpoint of step \(NumberFormat.grouped(checkpoint.step)) has other values, after lines that agree"
    }
    if result.model?.isDifference == true {
      let isTrainedAlike = result.checkpoint.map { $0.step == result.lines.last?.step } ?? false
      return ": model.safetensors, after \(NumberFormat.count(result.lines.count, "line")) of metrics that agree"
        + (isTrainedAlike
          ? "; the checkpoint of the last step agrees, too, so that it is this file that was changed" : "")
    }
    return ": what was trained is the same, but metrics.jsonl is not what a run writes"
  }

  /// "20 lines of metrics.jsonl, the checkpoint of step 310, model.safetensors"
  private static func compared(_ result: ReproductionResult) -> String {
    let lines = result.lines.count { $0.agreement != .missing }
    var parts = lines > 0 ? ["\(NumberFormat.count(lines, "line")) of metrics.jsonl"] : []
    if let checkpoint = result.checkpoint {
      parts.append("the checkpoint of step \(NumberFormat.grouped(checkpoint.step))")
    }
    if result.model != nil { parts.append("model.safetensors") }
    return parts.isEmpty ? "nothing was compared yet" : list(parts)
  }

  /// What only one of them writes.
  private static func names(_ result: ReproductionResult) -> String? {
    let agreements = result.lines.map(\.agreement) + (result.model.map { [$0.agreement] } ?? [])
    var (then, now): (Set<String>, Set<String>) = ([], [])
    for case .sameValues(let onlyThen, let onlyNow) in agreements {
      then.formUnion(onlyThen)
      now.formUnion(onlyNow)
    }
    let parts = [("then", then), ("now", now)].filter { !$0.1.isEmpty }.map {
      "only \($0): \($1.sorted().joined(separator: ", "))"
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  private static func differences(_ model: ModelFinding) -> [String] {
    var parts: [String] = []
    if !model.tensors.isEmpty {
      parts.append("model.safetensors:\n" + model.tensors.map { "- \($0.words)" }.joined(separator: "\n"))
    }
    if case .differs(let values) = model.agreement { parts.append("Its metadata:\n" + table(values)) }
    return parts
  }

  private static func table(_ values: [ValueDifference]) -> String {
    var table = TextTable([("figure", .left), ("then", .left), ("now", .left)])
    for value in values { table.append([value.name, value.then, value.now]) }
    return table.text
  }

  private static func list(_ parts: [String]) -> String { parts.joined(separator: ", ") }
}
