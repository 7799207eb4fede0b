/// The scripts that complete what is typed in a shell. The parser makes them of the commands and their options; what
/// `help` explains it does not know.
enum CompletionScript {
  /// Adds the topics of `help` to a script of bash, zsh or fish. Any other text stays as it is.
  static func addingTopics(to text: String) -> String {
    let topics = HelpTopic.all.map(\.name).joined(separator: " ")
    if text.hasPrefix("#!/bin/bash\n") {
      // In place of the function of that name, which offers nothing but --version.
      return text
        + "\n\n_cw-dist-train_help() { COMPREPLY+=($(compgen -W '\(topics)' -- \"${cur}\")); }"
    }
    if text.hasPrefix("#compdef ") {
      return text.replacing("'*:subcommands:'", with: "'1:topic:(\(topics))'")
    }
    if text.hasPrefix("function __cw-dist-train_") {
      return text + "\ncomplete -c cw-dist-train -n '__fish_seen_subcommand_from help' -fa '\(topics)'"
    }
    return text
  }
}
