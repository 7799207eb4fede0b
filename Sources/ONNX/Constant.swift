internal import Foundation

/// A tensor that is always the same: parameters, the names of classes.
public struct Constant: Sendable {
  let message: TensorProto

  private init(_ type: ElementType, shape: [Int], count: Int, _ fill: (inout TensorProto) -> Void) {
    precondition(shape.reduce(1, *) == count, "\(count) elements for shape \(shape)")
    var message = TensorProto()
    message.dims = shape.map(Int64.init)
    message.dataType = Int32(type.code)
    fill(&message)
    self.message = message
  }

  /// Float32 numbers.
  ///
  /// - Parameters:
  ///   - bytes: Little-endian, the last dimension the fastest.
  ///   - shape: Of as many elements.
  public init(floatBytes bytes: [UInt8], shape: [Int]) {
    self.init(.float, shape: shape, count: bytes.count / 4) { $0.rawData = Data(bytes) }
  }

  /// A vector.
  public init(_ values: [Float]) {
    self.init(floatBytes: Self.bytes(values.map(\.bitPattern)), shape: [values.count])
  }

  /// A vector.
  public init(_ values: [Double]) {
    self.init(.double, shape: [values.count], count: values.count) {
      $0.rawData = Data(Self.bytes(values.map(\.bitPattern)))
    }
  }

  /// A vector.
  public init(_ values: [Int]) {
    self.init(.int64, shape: [values.count], count: values.count) {
      $0.rawData = Data(Self.bytes(values.map { UInt64(bitPattern: Int64($0)) }))
    }
  }

  /// A vector.
  public init(_ texts: [String]) {
    self.init(.string, shape: [texts.count], count: texts.count) { $0.stringData = texts.map { Data($0.utf8) } }
  }

  private static func bytes(_ patterns: [some FixedWidthInteger & UnsignedInteger]) -> [UInt8] {
    patterns.flatMap { pattern in
      stride(from: 0, to: pattern.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: pattern >> $0) }
    }
  }
}
