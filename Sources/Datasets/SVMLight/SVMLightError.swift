public import Failures

/// A svmlight file that cannot be understood.
public enum SVMLightError: Failure, Equatable {
  case empty(path: String)
  case noFeatures(path: String)
  case notText(path: String, kind: String)
  case missingLabel(Place, text: String)
  case unknownLabel(Place, text: String)
  case severalLabels(Place, text: String)
  case unusableLabel(Place, text: String)
  case tooManyLabels(Place)
  case blankLine(Place)
  case notAPair(Place, text: String)
  case notANumber(Place, feature: Int, text: String)
  case notFinite(Place, feature: Int, text: String)
  case notAscending(Place, feature: Int, previous: Int)
  case featureTooLarge(Place, text: String)
  /// `isOfTraining` says whether the training data, which this is not, counts from 1.
  case featureZero(Place, isOfTraining: Bool)

  /// Where in a file a line stands.
  public struct Place: Equatable, Sendable, CustomStringConvertible {
    public let path: String
    /// From 1.
    public let line: Int

    public var description: String { "\(path), line \(line)" }
  }

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .empty(let path):
      "\(path) has no samples"
    case .noFeatures(let path):
      "\(path) has labels, but no feature that is not 0"
    case .notText(let path, let kind):
      "\(path) is \(kind)"
    case .missingLabel(let place, let text):
      "\(place): \"\(text)\" stands where the label is expected: <label> <feature>:<value> …"
    case .unknownLabel(let place, let text):
      """
      \(place): the label is missing ("\(text)"). Fill it in, or remove the line; or, if "\(text)" is a class, give it another \
      name.
      """
    case .severalLabels(let place, let text):
      "\(place): \"\(text)\" is several labels; a sample has one class"
    case .unusableLabel(let place, let text):
      "\(place): the label \"\(text)\" is not printable UTF-8"
    case .tooManyLabels(let place):
      "\(place): more than \(Vocabulary.mostLabels) different labels; this looks like a measurement, not a class"
    case .blankLine(let place):
      """
      \(place) is empty, in a file without labels: a row of zeros, or none? Write such a row with a label before it \
      ("0"), or remove the line.
      """
    case .notAPair(let place, let text):
      "\(place): \"\(text)\" is no pair <feature>:<value> with an integer feature"
    case .notANumber(let place, let feature, let text):
      "\(place): \"\(text)\" is not a number, as the value of feature \(feature) must be"
    case .notFinite(let place, let feature, let text):
      "\(place): \(text) of feature \(feature) is not a finite number that a 32-bit float can hold"
    case .notAscending(let place, let feature, let previous):
      "\(place): feature \(feature) stands after feature \(previous); the features of a line must ascend, each named once"
    case .featureTooLarge(let place, let text):
      """
      \(place): feature \(text) has a larger number than \(SVMLightParser.largestFeature), the most that there can be: number \
      them anew, or hash them to fewer
      """
    case .featureZero(let place, true):
      """
      \(place): feature 0, but in the training data, no line of which names such a one, features count from 1. Where they \
      count from 0, say so when training: --first-feature 0.
      """
    case .featureZero(let place, false):
      "\(place): feature 0, but by --first-feature 1 features count from 1"
    }
  }
}
