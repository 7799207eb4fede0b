internal import ClassWeighting
internal import Failures
internal import Files
internal import Foundation

extension WeightScheme {
  /// What `--class-weights` names: a scheme, a list, or a file.
  ///
  /// - Throws: `WeightSchemeError`, `FileError`
  init(option: String, smoothing: Double, beta: Double) throws {
    if let scheme = WeightScheme.named(option, smoothing: smoothing, beta: beta) {
      self = scheme
    } else if FileManager.default.fileExists(atPath: option) || option.contains("/") || option.hasSuffix(".json")
      || option.hasSuffix(".csv")
    {
      self = .explicit(try ExplicitWeights(fileText: try WholeFile.text(at: option), path: option))
    } else {
      self = .explicit(try ExplicitWeights(list: option))
    }
  }
}
