public import Failures

/// Rows that cannot be judged.
public enum ScoringError: Failure, Equatable {
  case notFinite(name: String)
  /// Labels that the model has no class for; `count` is that of their rows so far.
  case unknownLabels(name: String, labels: [String], count: Int, classNames: [String])
  case nothingToJudge(name: String)
  case notAnOutput(path: String)
  case outputExists(path: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .notFinite, .unknownLabels, .nothingToJudge: .badData
    case .notAnOutput: .usage
    case .outputExists: .cannotCreate
    }
  }

  private static func list(_ texts: [String]) -> String {
    texts.prefix(20).map { String($0.prefix(60)) }.joined(separator: ", ") + (texts.count > 20 ? ", …" : "")
  }

  public var description: String {
    switch self {
    case .notFinite(let name):
      "\(name): a row has values so large that the model's numbers overflow; check the units of its columns"
    case .unknownLabels(let name, let labels, let count, let classNames):
      """
      \(name): \(count) rows so far have labels that the model has no class for: \(Self.list(labels)). Its classes are \
      \(Self.list(classNames)). --label says where the labels are, --unknown-labels skip leaves such rows out.
      """
    case .nothingToJudge(let name):
      "\(name) has no row with a label that the model knows"
    case .notAnOutput(let path):
      "--output \(path): predictions are written as .csv (or .txt) or .npy"
    case .outputExists(let path):
      "\(path) is there already; --overwrite replaces it"
    }
  }
}
