public import Collectives
internal import Foundation

/// Reads features from an IDX array, a row for each element of its first dimension, and labels from an IDX
/// vector. Of packed files every rank unpacks all, and keeps its own rows.
public struct IDXReader: DatasetReader {
  public let path: String
  public let labelsPath: String?
  /// The columns of the data that this goes with.
  private let training: [FeatureColumn]?
  private let progress: ReadingProgress

  /// - Parameter labelsPath: Nil for the file whose name has "labels-idx1" for "images-idx3".
  public init(
    path: String, labelsPath: String?, training: [FeatureColumn]? = nil, progress: ReadingProgress = .none
  ) {
    self.training = training
    self.path = path
    self.progress = progress
    self.labelsPath = labelsPath
  }

  public func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset {
    var arrays = try communicator.agree {
      try LabeledArrays(try IDXArray(path: path)) { try IDXArray(path: try labelsPath ?? pathOfLabels()) }
    }
    try communicator.requireSame(arrays.form, "the file \(path)")
    return try communicator.agree {
      try arrays.read(path, as: training, layout: layout, rank: communicator.rank, progress: progress)
    }
  }

  /// Of the labels, by the name of the file of features.
  func pathOfLabels() throws(IDXError) -> String {
    let file = URL(fileURLWithPath: path).lastPathComponent
    let name = file.replacingOccurrences(of: "images", with: "labels").replacingOccurrences(of: "idx3", with: "idx1")
    guard name != file else { throw .noLabels(path: path, tried: nil) }
    let labels = String(path.dropLast(file.count)) + name
    guard FileManager.default.fileExists(atPath: labels) else { throw .noLabels(path: path, tried: labels) }
    return labels
  }
}
