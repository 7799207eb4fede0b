public import ArgumentParser

extension ParsableArguments {
  /// The message of an error; of a value that cannot be read also what help says of its option, on a line of its own.
  public static func messageWithHelp(for error: any Error) -> String {
    let message = message(for: error)
    guard message.contains("' is invalid for '") else { return message }
    // The parser's own full message: "Error: …", "Help: …", "Usage: …", each of a line or more.
    let help = fullMessage(for: error).split(separator: "\n").drop { !$0.hasPrefix("Help:") }
      .prefix { !$0.hasPrefix("Usage:") }
    guard let first = help.first else { return message }
    let words = [first.dropFirst("Help:".count)] + help.dropFirst()
    return "\(message)\n\(words.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: " "))"
  }
}
