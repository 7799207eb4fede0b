public import Collectives
public import Models

extension ModelPlace {
  /// The model that a user names, on every rank; read by the root. Collective.
  ///
  /// - Returns: The model, and the path of its file.
  /// - Throws: `AgreedFailure` with what `ModelPlace` throws; `CollectiveError`.
  public static func model(
    at path: String, over communicator: some Communicator
  ) throws -> (model: ModelFile, path: String) {
    let found: (model: ModelFile, path: String)? = try communicator.agree {
      guard communicator.isRoot else { return nil }
      let place = try ModelPlace(path)
      return (try place.model(), place.file ?? path)
    }
    var bytes: [UInt8] = []
    try found?.model.write { bytes += $0 }
    bytes = try communicator.broadcast(bytes)
    let file = String(decoding: try communicator.broadcast(Array((found?.path ?? "").utf8)), as: UTF8.self)
    return try communicator.agree {
      if let found { return found }
      return (try ModelFile(Safetensors(verifying: bytes, path: file), path: file), file)
    }
  }
}
