internal import Checkpoints
public import Collectives
internal import Configuration
internal import Foundation
public import Models
internal import Training

extension ModelPlace {
  /// The model that a user names, on every rank; read by the root. Collective.
  ///
  /// - Returns: The model, the path of its file, and on the root what a user should know of a run that has not ended.
  /// - Throws: `AgreedFailure` with what `ModelPlace` throws; `CollectiveError`.
  public static func model(
    at path: String, over communicator: some Communicator
  ) throws -> (model: ModelFile, path: String, remark: String?) {
    let found: (model: ModelFile, path: String, remark: String?)? = try communicator.agree {
      guard communicator.isRoot else { return nil }
      let place = try ModelPlace(path)
      return (try place.model(), place.file ?? path, place.remark)
    }
    var bytes: [UInt8] = []
    try found?.model.write { bytes += $0 }
    bytes = try communicator.broadcast(bytes)
    let file = String(decoding: try communicator.broadcast(Array((found?.path ?? "").utf8)), as: UTF8.self)
    return try communicator.agree {
      if let found { return found }
      return (try ModelFile(Safetensors(verifying: bytes, path: file), path: file), file, nil)
    }
  }

  /// What is taken of a run that has not ended; nil of one that has, and of what is named itself.
  public var remark: String? {
    guard kind == .run, let record = checkpoint, let model = foundModel else { return nil }
    let members = record.configuration.model.memberCount
    let reach =
      members > 1
      ? """
      \(model.members.count) of \(members) members\(record.isUnderWay ? ", the last of them half trained" : "")
      """
      : "epoch \(record.progress.epoch) of \(record.configuration.steps.epochs)"
    let hasEnded = FileManager.default.fileExists(atPath: path + "/" + RunDirectory.summaryFile)
    let state = hasEnded ? "has lost its \(RunDirectory.modelFile)" : "has not ended"
    return "the run in \(path) \(state): this is its newest checkpoint, of step \(record.step) (\(reach))"
  }
}
