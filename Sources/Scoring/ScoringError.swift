public import Failures

/// Rows that cannot be judged.
public enum ScoringError: Failure, Equatable {
  /// `row` counts from 1.
  case notFinite(name: String, row: Int)
  /// The same of a row whose values are ordinary.
  case modelNotFinite(name: String, row: Int, largestParameter: Float)
  /// Labels that the model has no class for; `count` is that of their rows so far.
  case unknownLabels(name: String, labels: [String], count: Int, classNames: [String])
  case nothingToJudge(name: String)
  /// Of a model's file.
  case unknownLoss(path: String, name: String)
  case notAnOutput(path: String)
  case notSeekable(path: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .notFinite, .modelNotFinite, .unknownLabels, .nothingToJudge, .unknownLoss: .badData
    case .notAnOutput, .notSeekable: .usage
    }
  }

  private static func list(_ texts: [String]) -> String {
    texts.prefix(20).map { String($0.prefix(60)) }.joined(separator: ", ") + (texts.count > 20 ? ", …" : "")
  }

  public var description: String {
    switch self {
    case .notFinite(let name, let row):
      """
      \(name), row \(row) of the data: its values are so large that the model's numbers overflow; check the units of its \
      columns (--on-bad-row skip leaves such rows out)
      """
    case .modelNotFinite(let name, let row, let largestParameter):
      """
      the model gives numbers that are not finite for \(name), row \(row) of the data, whose values are ordinary: its \
      training has diverged (its parameters reach \(largestParameter)), and it is of no use; train it again with a smaller \
      --learning-rate, or a --clip-norm
      """
    case .unknownLabels(let name, let labels, let count, let classNames):
      """
      \(name): \(count) \(count == 1 ? "row has a label" : "rows have labels") that the model has no class for: \(Self.list(labels)). Its classes are \
      \(Self.list(classNames)). For a table, --label says where the labels are; --unknown-labels skip leaves such rows out.
      """
    case .nothingToJudge(let name):
      "\(name) has no row with a label that the model knows"
    case .unknownLoss(let path, let name):
      """
      \(path) was trained by the loss "\(name.prefix(60))", which this program does not know, or of which the file says \
      too little; use the version that trained it
      """
    case .notAnOutput(let path):
      "--output \(path): predictions are written as .csv (or .txt) or .npy"
    case .notSeekable(let path):
      "--output \(path): .npy says at its beginning how many rows follow, which a pipe cannot be told afterwards"
    }
  }
}
