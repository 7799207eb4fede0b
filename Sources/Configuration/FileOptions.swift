public import ArgumentParser

/// The options that say how a file of data is written, whatever it is for: training, or a model that is to judge it.
public struct FileOptions: OptionValues {
  @Option(help: "Format of DATA; auto goes by its name.")
  public var format = DataFormat.auto

  @Option(help: "Whether the first line holds names.")
  public var header = Detection.auto

  @Option(help: "Delimiter of a CSV file: auto, comma, tab, semicolon, pipe, or one character.")
  public var delimiter = Delimiter.auto

  @Option(help: "Mark before the fractions of a CSV file's numbers; auto finds it, or asks.")
  public var decimal = DecimalOption.auto

  @Option(help: "Whether quotes enclose fields of a CSV file; auto: yes, but not over lines that look like rows.")
  public var quotes = Detection.auto

  @Option(help: "Character that lines of a CSV file begin with that are comments; none by default.")
  public var comment: CommentMark?

  @Option(help: "What becomes of rows of a CSV or svmlight file that cannot be read.")
  public var onBadRow = BadRowPolicy.error

  public init() {}

  public func validate() throws {
    if let comment, comment.byte == nil {
      throw ValidationError("--comment \(comment): expected one ASCII character that no number or quote begins with")
    }
    guard delimiter.isUsable else {
      throw ValidationError(
        "--delimiter \(delimiter): expected auto, comma, tab, semicolon, pipe, or one ASCII character that no number has"
      )
    }
  }

  /// What is read is covered by the data's fingerprint.
  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .format, .header, .delimiter, .decimal, .quotes, .comment, .onBadRow: .nothing
      }
    }
  }
}
