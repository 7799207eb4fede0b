/// What the ranks of a job know, and nobody else: a child begins with one half of it, and its parent answers with the
/// other. Without the answer a child can't tell whether it was let in, or stands in a line that is sent away.
struct JobToken: Equatable {
  private let question: [UInt8]
  let answer: [UInt8]

  private static let byteCount = 8
  static let helloByteCount = byteCount + 4

  static func random() -> JobToken {
    JobToken(question: .random(in: 0...UInt64.max), answer: .random(in: 0...UInt64.max))
  }

  private init(question: UInt64, answer: UInt64) {
    func bytes(_ number: UInt64) -> [UInt8] {
      (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }
    self.question = bytes(question)
    self.answer = bytes(answer)
  }

  /// "question,answer"
  var text: String {
    func number(_ bytes: [UInt8]) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    return "\(number(question)),\(number(answer))"
  }

  init?(_ text: some StringProtocol) {
    let numbers = text.split(separator: ",").compactMap { UInt64($0) }
    guard numbers.count == 2 else { return nil }
    self.init(question: numbers[0], answer: numbers[1])
  }

  func hello(ofRank rank: Int) -> [UInt8] {
    question + (0..<4).map { UInt8(truncatingIfNeeded: rank >> (8 * $0)) }
  }

  /// Whether `bytes` are a hello, or the beginning of one.
  func mayBeHello(_ bytes: [UInt8]) -> Bool { bytes.prefix(question.count).elementsEqual(question.prefix(bytes.count)) }

  /// The rank that says a whole hello; nil where it isn't one.
  func rank(ofHello bytes: [UInt8]) -> Int? {
    guard bytes.count == Self.helloByteCount, mayBeHello(bytes) else { return nil }
    return (0..<4).reduce(0) { $0 | Int(bytes[question.count + $1]) << (8 * $1) }
  }
}
