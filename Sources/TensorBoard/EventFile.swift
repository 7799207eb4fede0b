internal import SwiftProtobuf

/// A record of a file of events, as it stands there.
public struct StoredEvent {
  /// Without its frame.
  private let content: ArraySlice<UInt8>
  public let step: Int
  /// Seconds since 1970.
  public let time: Double
  /// Of its values; none for what has no values.
  public let tags: [String]

  /// The record.
  public var bytes: [UInt8] { Record.framed(Array(content)) }

  /// The events of a file, up to the first that is cut or damaged.
  public static func all(in file: [UInt8]) -> [StoredEvent] {
    var events: [StoredEvent] = []
    for content in Record.contents(of: file) {
      guard let message = try? EventMessage(serializedBytes: Array(content)) else { break }
      events.append(
        StoredEvent(
          content: content, step: Int(message.step), time: message.wallTime, tags: message.summary.value.map(\.tag)))
    }
    return events
  }
}
