extension Graph {
  /// An input or an output of a graph.
  public struct Port: Equatable, Sendable {
    /// The size of a dimension.
    public enum Dimension: Equatable, Sendable {
      case exactly(Int)
      /// A letter for a size that may be another one at each call: "N"
      case any(String)
    }

    /// Of no other port of the graph, and not empty.
    public let name: String
    public let type: ElementType
    public let shape: [Dimension]
    /// What it means, in a line.
    public let meaning: String

    public init(_ name: String, _ type: ElementType, _ shape: [Dimension], meaning: String) {
      precondition(!name.isEmpty, "a port without a name")
      self.name = name
      self.type = type
      self.shape = shape
      self.meaning = meaning
    }

    /// "[N, 3]"
    public var shapeText: String {
      let sizes = shape.map { size in
        switch size {
        case .exactly(let count): String(count)
        case .any(let letter): letter
        }
      }
      return "[\(sizes.joined(separator: ", "))]"
    }

    var message: ValueInfoProto {
      var message = ValueInfoProto()
      message.name = name
      message.docString = meaning
      message.type.tensorType.elemType = Int32(type.code)
      message.type.tensorType.shape.dim = shape.map { size in
        var dimension = TensorShapeProto.Dimension()
        switch size {
        case .exactly(let count): dimension.dimValue = Int64(count)
        case .any(let letter): dimension.dimParam = letter
        }
        return dimension
      }
      return message
    }
  }
}
