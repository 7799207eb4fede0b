internal import Foundation

/// "data.npz", or "data.npz:x" for one member of it.
struct MemberPath {
  let path: String
  let member: String?

  /// - Parameter suffixes: Of files that have members: ".npz".
  init(_ text: String, suffixes: [String]) {
    let lowercased = text.lowercased()
    for suffix in suffixes {
      if let colon = lowercased.range(of: suffix + ":") {
        let end = text.index(
          text.startIndex, offsetBy: lowercased.distance(from: lowercased.startIndex, to: colon.upperBound))
        path = String(text[..<text.index(before: end)])
        member = String(text[end...])
        return
      }
    }
    path = text
    member = nil
  }
}
