/// What a tensor's elements are.
public enum ElementType: Equatable, Sendable {
  case float
  case double
  case int64
  case string

  /// As NumPy calls it.
  public var name: String {
    switch self {
    case .float: "float32"
    case .double: "float64"
    case .int64: "int64"
    case .string: "string"
    }
  }

  /// The number that files have for it, also as an attribute of the operation `Cast`.
  public var code: Int { dataType.rawValue }

  var dataType: TensorProto.DataType {
    switch self {
    case .float: .float
    case .double: .double
    case .int64: .int64
    case .string: .string
    }
  }
}
