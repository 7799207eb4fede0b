internal import Checkpoints
internal import Configuration
internal import Foundation
internal import TensorBoard
internal import Training

/// What TensorBoard shows of a run: a listener that writes files of events (docs/tensorboard.md). That one cannot be
/// written is no reason for the run to end.
final class EventLog: RunListener {
  private let folder: String
  private let values: EventValues
  /// Whether anything is added to what there is.
  private let isOn: Bool
  private let warn: (String) -> Void
  private let main: EventWriter
  private var ofMembers: [Int: EventWriter] = [:]
  private var hasWarned = false

  /// Brings the files to where the checkpoint stands, and writes what is known before the first step.
  ///
  /// - Parameters:
  ///   - folder: Of the run.
  ///   - earlier: The folder of the run that is gone on with, which may be the same; nil where none is.
  ///   - record: Of the checkpoint that it is gone on from.
  ///   - warn: Says what is amiss.
  init(
    _ folder: String, earlier: String?, _ record: CheckpointRecord?, _ run: RunDescription,
    _ configuration: TrainingConfiguration, warn: @escaping (String) -> Void
  ) {
    (self.folder, self.warn) = (folder, warn)
    values = EventValues(run)
    isOn = configuration.saving.tensorboard == .yes
    let kept = KeptEvents(ofRun: earlier, record, members: run.members)
    let begun = kept.main.events.first?.time ?? Self.now
    main = EventWriter(
      EventFiles(path: folder),
      beginning: Self.beginning(values.about + RunSettings(configuration, run).values(begun: begun), begun)
        + kept.main.epochs.flatMap(\.bytes))
    guard isOn || kept.isThere else { return }
    attempt(main.begin)
    for (number, events) in kept.ofMembers {
      let writer = self.writer(ofMember: number, beginning: Self.opening(begun) + events.epochs.flatMap(\.bytes))
      attempt(writer.begin)
    }
    guard earlier == folder else { return }
    for number in EventFiles.members(ofRun: folder) where kept.ofMembers[number] == nil {
      let files = EventFiles.member(number, ofRun: folder)
      for name in files.names { unsafe unlink("\(files.path)/\(name)") }
    }
  }

  func receive(_ event: RunEvent) {
    guard isOn else { return }
    switch event {
    case .warning, .note, .reading, .readingEnded, .began, .goesOn, .memberEnded, .reached, .stopped: break
    case .epochEnded(let report):
      guard EventValues.isWritten(report) else { return }
      let writer = report.member.map { self.writer(ofMember: $0.number, beginning: Self.opening(Self.now)) } ?? main
      let values = values.of(report)
      attempt { try writer.append(Event(time: Self.now, step: report.step, .values(values))) }
    case .ended(let end):
      let values = EventValues.of(end) + [TaggedValue(.end(time: Self.now))]
      attempt { try main.append(Event(time: Self.now, step: end.result.steps, .values(values))) }
    }
  }

  private func writer(ofMember number: Int, beginning: [UInt8]) -> EventWriter {
    if let writer = ofMembers[number] { return writer }
    let writer = EventWriter(.member(number, ofRun: folder), beginning: beginning)
    ofMembers[number] = writer
    return writer
  }

  /// Tries to write, and says once that it can't.
  private func attempt(_ write: () throws -> Void) {
    do {
      try write()
    } catch {
      guard !hasWarned else { return }
      hasWarned = true
      warn("\(error): TensorBoard will lack what could not be written (this is said once); the run goes on")
    }
  }

  private static var now: Double { Date().timeIntervalSince1970 }

  /// What every file begins with: whatever a reader has of the folder is of a run that was lost.
  private static func opening(_ time: Double) -> [UInt8] {
    [Event(time: time, step: 0, .version), Event(time: time, step: 0, .start)].flatMap { (try? $0.bytes) ?? [] }
  }

  private static func beginning(_ values: [TaggedValue], _ time: Double) -> [UInt8] {
    // Messages of texts and numbers can always be made into bytes.
    return opening(time) + ((try? Event(time: time, step: 0, .values(values)).bytes) ?? [])
  }
}

/// What of an earlier run's events is of epochs before the checkpoint that a run goes on from: what metrics.jsonl keeps
/// of it.
private struct KeptEvents {
  struct File {
    let events: [StoredEvent]
    /// Steps of the whole epochs before the checkpoint.
    let lastStep: Int

    var epochs: [StoredEvent] { events.filter { $0.tags.contains(EventValues.epochTag) && $0.step <= lastStep } }
  }

  let main: File
  /// From 1.
  let ofMembers: [Int: File]

  var isThere: Bool { !main.events.isEmpty }

  init(ofRun folder: String?, _ record: CheckpointRecord?, members count: Int) {
    guard let folder, let record else {
      (main, ofMembers) = (File(events: [], lastStep: 0), [:])
      return
    }
    let wholeEpochs = record.progress.step - record.progress.stepInEpoch
    main = File(events: EventFiles(path: folder).events, lastStep: count > 1 ? 0 : wholeEpochs)
    let trained = record.trainedMembers.count
    let known = count > 1 ? trained + (record.isUnderWay ? 1 : 0) : 0
    let files = EventFiles.members(ofRun: folder).filter { $0 <= known }.map { number in
      (
        number,
        File(
          events: EventFiles.member(number, ofRun: folder).events, lastStep: number <= trained ? .max : wholeEpochs)
      )
    }
    ofMembers = Dictionary(files, uniquingKeysWith: { first, _ in first })
  }
}
