internal import Foundation

/// The different texts met so far (labels, or levels of a category), numbered in the order in which they
/// came.
public struct Vocabulary {
  public private(set) var texts: [String] = []
  private var numbers: [String: Int32] = [:]

  /// More would be a sign that the column holds no labels; and a confusion matrix of all pairs of
  /// classes must fit into memory on every rank.
  public static let mostLabels = 4_096

  private let most: Int

  public init(most: Int) {
    self.most = most
  }

  /// The number of `text` where it has been met in this spelling.
  public func knownNumber(of text: String) -> Int32? { numbers[text] }

  /// The number of `text`; nil where it would be one text too many.
  ///
  /// Letters that Unicode can spell in several ways are one text, spelled in the composed form
  /// whichever rank met it first.
  public mutating func number(of text: String) -> Int32? {
    let text = Self.composed(text)
    if let number = numbers[text] { return number }
    guard texts.count < most else { return nil }
    let number = Int32(texts.count)
    texts.append(text)
    numbers[text] = number
    return number
  }

  /// The one spelling of a text whose letters Unicode can spell in several ways.
  static func composed(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 128 } ? text : text.precomposedStringWithCanonicalMapping
  }
}
