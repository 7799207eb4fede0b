internal import Collectives
internal import Configuration
internal import Files
internal import Foundation
internal import Reports

/// The folder of a comparison: a folder for each of its runs, and what they came to in compare.json, compare.csv and
/// report.html.
struct ComparisonFolder {
  let path: String
  /// Of what runs read.
  var sums = FileSums()

  static let tableFile = "compare.json"
  static let rowsFile = "compare.csv"
  static let reportFile = "report.html"

  func run(_ planned: ComparisonPlan.PlannedRun) -> String { "\(path)/\(planned.name)" }

  /// The shards of a run that stands there, with which the others have to be trained, too; nil where there is none, or
  /// its configuration cannot be read.
  func shards(of plan: ComparisonPlan) -> Int? {
    plan.runs.lazy.compactMap { try? configuration(ofRun: run($0))?.shardCount }.first
  }

  /// Notes what runs are about to read.
  ///
  /// - Parameter overwrites: Whether all runs are trained anew.
  /// - Throws: `RunDirectoryError`, `FileError`
  func writeInputs(of runs: [ComparisonPlan.PlannedRun], overwriting overwrites: Bool) throws {
    try make()
    var inputs = overwrites ? ComparisonInputs() : ComparisonInputs(in: path)
    for planned in runs { inputs.note(planned.configuration.inputs, ofRun: planned.name, sums) }
    try inputs.write(to: path)
  }

  /// Which of `path`, path-2, path-3, … is the first that is free, or has this comparison: from 1.
  ///
  /// - Parameter overwrites: Whether all runs are trained anew, so that those of other data are no others.
  /// - Throws: What `check` and `judgements` throw but where another one stands there.
  static func number(of plan: ComparisonPlan, at path: String, overwriting overwrites: Bool, ranks: Int) throws -> Int {
    var number = 1
    let sums = FileSums()
    while true {
      let folder = ComparisonFolder(path: number > 1 ? "\(path)-\(number)" : path, sums: sums)
      let resolved = plan.resolved(shardsOfFolder: plan.hasShards ? 0 : folder.shards(of: plan) ?? 0, ranks: ranks)
      do {
        try folder.check(resolved, overwriting: false)
        _ = try overwrites ? folder.judgementsOfAnyData(of: resolved) : folder.judgements(of: resolved)
        return number
      } catch let error as ComparisonError where error.isOfAnother {
        number += 1
      }
    }
  }

  /// What each run came to that has ended: it is not trained again.
  ///
  /// - Parameter plan: Resolved.
  /// - Throws: `ComparisonError` where a run of other options stands in a folder, or one has ended and its data is another now.
  func judgements(of plan: ComparisonPlan) throws -> [Judgement?] {
    let (judgements, before) = (try judgementsOfAnyData(of: plan), ComparisonInputs(in: path))
    for (planned, judgement) in zip(plan.runs, judgements) where judgement != nil {
      if let file = before.change(ofRun: planned.name, sums) {
        throw ComparisonError.otherData(path: run(planned), file: file)
      }
    }
    return judgements
  }

  private func judgementsOfAnyData(of plan: ComparisonPlan) throws -> [Judgement?] {
    try plan.runs.map { planned in
      let folder = run(planned)
      guard let recorded = try configuration(ofRun: folder) else { return nil }
      if let difference = Self.difference(recorded, planned.configuration) {
        throw ComparisonError.otherRun(path: folder, difference: difference)
      }
      return Judgement.ofRun(folder)
    }
  }

  /// Nil where no run was begun.
  private func configuration(ofRun folder: String) throws -> TrainingConfiguration? {
    let file = "\(folder)/\(RunDirectory.configurationFile)"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    do {
      return try TrainingConfiguration(recordedIn: OptionsFile(yaml: try WholeFile.text(at: file), path: file))
    } catch {
      throw ComparisonError.unreadable(path: folder, reason: "\(error)")
    }
  }

  /// "--epochs 10 (now 20)"; nil where both lead to the same result.
  private static func difference(_ then: TrainingConfiguration, _ now: TrainingConfiguration) -> String? {
    let (before, after) = (then.texts.mapValues(\.text), now.texts.mapValues(\.text))
    let names = Set(before.keys).union(after.keys).subtracting(ComparisonPlan.optionsWithoutResult)
    let changes = names.sorted().filter { before[$0] != after[$0] }
      .map { "--\($0) \(before[$0] ?? "unset") (now \(after[$0] ?? "unset"))" }
    return changes.isEmpty ? nil : changes.joined(separator: ", ")
  }

  /// Says early what would be written into that is not a comparison's own.
  ///
  /// - Parameter overwrites: Whether what stands there may be replaced; a run of `train` is none that a comparison replaces.
  /// - Throws: `ComparisonError`; `ResultFileError` or `RunDirectoryError` where it is a file that is read.
  func check(_ plan: ComparisonPlan, overwriting overwrites: Bool) throws {
    for run in plan.runs {
      let inputs = run.configuration.inputs
      for name in [Self.tableFile, Self.rowsFile, Self.reportFile] {
        try ResultFile.check("\(path)/\(name)", of: inputs)
      }
      try RunDirectory.check(inputs, replacedIn: self.run(run))
    }
    try checkFolder(of: plan, overwriting: overwrites)
  }

  private func checkFolder(of plan: ComparisonPlan, overwriting overwrites: Bool) throws(ComparisonError) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else { throw .notAFolder(path: path) }
    guard !RunDirectory.isRun(path) else { throw .holdsRun(path: path) }
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { !$0.hasPrefix(".") && !$0.hasSuffix(AtomicFile.temporarySuffix) }
    // Of one that was killed before its first table there are but runs.
    let names = Set(plan.runs.map(\.name))
    guard overwrites || files.contains(Self.tableFile) || names.isSuperset(of: files) else {
      throw .notEmpty(path: path)
    }
    // Choices may be added, and left out; where none of the runs is one of these, their table is another's.
    let tabled = namesInTable.map(Self.withoutRung)
    guard overwrites || tabled.isEmpty || !Set(names.map(Self.withoutRung)).isDisjoint(with: tabled) else {
      throw .otherComparison(path: path)
    }
  }

  /// What to say of runs that are in the table which stands there, and will not be in the next; nil where there are none.
  func leftOut(of plan: ComparisonPlan) -> String? {
    func name(_ run: String) -> String { plan.halving == nil ? run : Self.withoutRung(run) }
    let names = Set(plan.runs.map { name($0.name) })
    let left = namesInTable.filter { !names.contains(name($0)) }
    guard let first = left.first else { return nil }
    return """
      the table of \(path) had \(left.count) \(left.count == 1 ? "run" : "runs") more (\(first)\(left.count > 1 ? ", …" : "")), which \
      stay in the folder and will not be in it: a command that names them, too, has all in one table
      """
  }

  /// The runs that the table which stands there is of; none where there is no table.
  private var namesInTable: [String] {
    struct Table: Decodable {
      struct Run: Decodable { let folder: String }
      let runs: [Run]
    }
    let text = try? WholeFile.bytes(at: "\(path)/\(Self.tableFile)")
    return text.flatMap { try? JSONDecoder().decode(Table.self, from: Data($0)) }?.runs.map(\.folder) ?? []
  }

  /// A run's name without the epochs of a rung: the same choice, whether all runs are trained to the end or most are not.
  private static func withoutRung(_ name: String) -> String {
    name.split(separator: ",").filter { !$0.hasPrefix("epochs=") }.joined(separator: ",")
  }

  /// Makes the folder.
  ///
  /// - Throws: `RunDirectoryError`
  private func make() throws(RunDirectoryError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(path: path, reason: error.localizedDescription)
    }
  }

  /// Whether every rank sees what the root writes here, and so may write runs here, too. Collective.
  func isSeenByAll(_ communicator: some Communicator) throws -> Bool {
    guard communicator.size > 1 else { return true }
    let mark: [UInt8] = try communicator.agree {
      guard communicator.isRoot else { return [] }
      let mark = ".seen-\(UInt64.random(in: 0 ... .max))"
      try AtomicFile.write("", to: "\(path)/\(mark)", syncingFolder: false)
      return Array(mark.utf8)
    }
    let file = "\(path)/\(String(decoding: try communicator.broadcast(mark), as: UTF8.self))"
    let isSeen = FileManager.default.fileExists(atPath: file)
    let count = try communicator.sum(isSeen ? 1 : 0)
    if communicator.isRoot { unsafe unlink(file) }
    return count == communicator.size
  }

  /// Makes the folder where there is none yet.
  ///
  /// - Throws: `FileError`, `RunDirectoryError`
  func write(_ table: ComparisonTable) throws {
    try make()
    let files = [
      (Self.tableFile, try JSONText.pretty(ComparisonRecord(table))), (Self.rowsFile, ComparisonRows.text(table)),
      (Self.reportFile, ComparisonPage(ComparisonContent(table)).html),
    ]
    try AtomicFile.write(files.map { (path: "\(path)/\($0.0)", text: $0.1) })
    AtomicFile.syncFolder(of: "\(path)/\(Self.tableFile)")
  }
}

extension ComparisonPlan {
  /// The plan with the shards of a run that stands in its folder, or of as many ranks.
  ///
  /// - Parameter shards: Of the run; 0 where there is none.
  func resolved(shardsOfFolder shards: Int, ranks: Int) -> ComparisonPlan {
    resolved(shardCount: shards > 0 ? shards : runs[0].configuration.shards.count(ranks: ranks))
  }
}
