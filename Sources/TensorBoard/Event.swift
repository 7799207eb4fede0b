internal import SwiftProtobuf

/// What a file of events holds of one step.
public struct Event: Equatable, Sendable {
  /// Seconds since 1970.
  public let time: Double
  public let step: Int
  public let content: Content

  public enum Content: Equatable, Sendable {
    /// The first of every file.
    case version
    /// A run begins or goes on here: what a reader has of this step and later ones is of a run that was lost.
    case start
    case values([TaggedValue])
  }

  public init(time: Double, step: Int, _ content: Content) {
    self.time = time
    self.step = step
    self.content = content
  }

  /// Its record.
  public var bytes: [UInt8] {
    get throws { try Record.framed(message.serializedBytes()) }
  }

  private static let fileVersion = "brain.Event:2"

  /// For tests of what is written.
  package var message: EventMessage {
    get throws {
      var message = EventMessage()
      message.wallTime = time
      message.step = Int64(step)
      switch content {
      case .version: message.fileVersion = Self.fileVersion
      case .start: message.sessionLog.status = .start
      case .values(let values): message.summary.value = try values.map { try $0.message }
      }
      return message
    }
  }
}

/// A figure, a picture or a text under the name that TensorBoard shows it by.
public struct TaggedValue: Equatable, Sendable {
  /// "validation/loss": what stands before the first slash is the group that it is shown in.
  public let tag: String
  public let value: Value

  public enum Value: Equatable, Sendable {
    case number(Float)
    case picture(Picture)
    /// In Markdown.
    case text(String)
    case hyperParameters(HyperParameters)
  }

  public init(_ tag: String, _ value: Value) {
    self.tag = tag
    self.value = value
  }

  public init(_ tag: String, _ number: Double) {
    self.init(tag, .number(Float(number)))
  }

  /// What belongs into TensorBoard's table of runs.
  public init(_ content: HyperParameters) { self.init(content.tag, .hyperParameters(content)) }

  var message: TaggedMessage {
    get throws {
      var message = TaggedMessage()
      message.tag = tag
      switch value {
      case .number(let number): message.simpleValue = number
      case .picture(let picture):
        message.image.height = Int32(picture.height)
        message.image.width = Int32(picture.width)
        message.image.colorspace = 3
        message.image.encodedImageString = try picture.png.data
      case .text(let text):
        message.tensor.dtype = .dtString
        message.tensor.tensorShape.dim = [.of(1)]
        message.tensor.stringVal = [Array(text.utf8).data]
        message.metadata.pluginData.pluginName = "text"
      case .hyperParameters(let content):
        // All that there is stands in the metadata; the tensor is there because there has to be one.
        message.tensor.dtype = .dtFloat
        message.tensor.tensorShape.dim = [.of(0)]
        message.metadata.pluginData.pluginName = "hparams"
        message.metadata.pluginData.content = try content.message.serializedBytes()
      }
      return message
    }
  }
}

extension TensorShapeMessage.Dimension {
  fileprivate static func of(_ size: Int64) -> Self {
    var dimension = Self()
    dimension.size = size
    return dimension
  }
}
