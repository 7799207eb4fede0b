/// A choice that is explained: what `help NAME` prints, within 80 columns.
struct HelpTopic {
  /// A part of the text.
  enum Part {
    case paragraph(String)
    /// Words, each with what there is to say of it in paragraphs of their own.
    case terms([(term: String, texts: [String])])
    /// Lines as they are: formulas, and what to type.
    case lines([String])
  }

  let name: String
  /// "what a class counts in the loss"
  let summary: String
  /// Made when it is asked for: every command lists the topics by name, and few print one.
  private let make: @Sendable () -> [Part]

  init(name: String, summary: String, parts: @autoclosure @escaping @Sendable () -> [Part]) {
    (self.name, self.summary, make) = (name, summary, parts)
  }

  var parts: [Part] { make() }

  /// In the order in which they are listed.
  static let all = [
    imbalance, weights, losses, samplers, decoupled, comparing, optimizers, data, numbers, embeddings, relevance,
    recipes, model,
    bestEpoch,
    probabilities,
    thresholds, confidence, sameBits, interruptions, exitCodes,
  ]

  /// Lists the others.
  static let topics = HelpTopic(
    name: "topics", summary: "this list",
    parts: [
      .terms(all.map { ($0.name, [$0.summary]) }),
      .paragraph("cw-dist-train help weights explains the first; cw-dist-train train --help lists all options."),
    ])

  /// Nil where there is none.
  static func named(_ name: String) -> HelpTopic? { (all + [topics]).first { $0.name == name } }

  /// The columns that a text has.
  private static let width = 80
  /// Where what is said of a term begins.
  private static let indentation = 20

  var text: String {
    (["\(name): \(summary)"] + parts.map(Self.text)).joined(separator: "\n\n")
  }

  private static func text(_ part: Part) -> String {
    switch part {
    case .paragraph(let text): wrapped(text, indentation: 0)
    case .lines(let lines): lines.map { "    " + $0 }.joined(separator: "\n")
    case .terms(let terms):
      terms.map { term, texts in
        let all = texts.map { wrapped($0, indentation: indentation) }.joined(separator: "\n")
        // On the first line, where there is room for it and a space.
        guard term.count + 3 <= indentation else { return "  \(term)\n\(all)" }
        return "  " + term + all.dropFirst(term.count + 2)
      }.joined(separator: "\n")
    }
  }

  /// Broken at spaces, as far to the right as it goes.
  private static func wrapped(_ text: String, indentation: Int) -> String {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width - indentation {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { String(repeating: " ", count: indentation) + $0 }.joined(separator: "\n")
  }
}
