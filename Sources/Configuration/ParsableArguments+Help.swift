public import ArgumentParser

extension ParsableArguments {
  /// The message of an error; of a value that cannot be read also what help says of its option, on a line of its own.
  public static func messageWithHelp(for error: any Error) -> String {
    let message = message(for: error)
    guard message.contains("' is invalid for '") else { return message }
    // The parser's own full message: "Error: MESSAGE", "Help: …", "Usage: …", each of a line or more.
    let help = fullMessage(for: error).dropFirst("Error: ".count + message.count).split(separator: "\n")
      .prefix { !$0.hasPrefix("Usage:") }
    guard help.first?.hasPrefix("Help:") == true else { return message }
    let words = help.joined(separator: " ").dropFirst("Help:".count).split(separator: " ")
    return "\(message)\n\(words.joined(separator: " "))"
  }
}
