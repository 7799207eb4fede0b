public import Failures
internal import Files
internal import Foundation
public import Tensors

/// The safetensors format: a length, a JSON header, and the tensors' bytes. Read and written with
/// F32 tensors only.
///
/// Layout: 8 bytes little-endian header length; header, padded with spaces to a multiple of 8;
/// data. Source: the format's description at huggingface/safetensors.
public struct Safetensors {
  /// A named array of Float32.
  public struct Tensor {
    public let name: String
    public let shape: [Int]
    /// Row after row.
    public let values: Vector

    public init(name: String, shape: [Int], values: Vector) {
      precondition(shape.reduce(1, *) == values.count, "\(values.count) values for shape \(shape)")
      self.name = name
      self.shape = shape
      self.values = values
    }
  }

  /// In the order of their data.
  public var tensors: [Tensor]
  public var metadata: [String: String]

  public init(tensors: [Tensor], metadata: [String: String]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The tensor of that name; nil where there is none.
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }

  /// Writes the file piece by piece, so that it is never in memory as a whole. The same bytes for the same
  /// content: keys are sorted.
  ///
  /// - Parameter sink: Takes the next bytes.
  public func write(to sink: ([UInt8]) throws -> Void) throws {
    var header: [String: HeaderEntry] = ["__metadata__": .metadata(metadata)]
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.values.count * 4
      header[tensor.name] = .tensor(dtype: "F32", shape: tensor.shape, offsets: [offset, end])
      offset = end
    }
    var json = [UInt8](try SortedJSON.data(header))
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }

    var start: [UInt8] = []
    for shift in 0..<8 { start.append(UInt8(truncatingIfNeeded: json.count >> (8 * shift))) }
    try sink(start + json)
    for tensor in tensors {
      for piece in stride(from: 0, to: tensor.values.count, by: Self.pieceSize) {
        try sink(tensor.values[piece..<min(piece + Self.pieceSize, tensor.values.count)].bytes)
      }
    }
  }

  /// Beyond what any tensor has; it keeps messages short.
  private static let mostDimensions = 16
  /// Values that are handed on at a time.
  private static let pieceSize = 65_536

  /// - Parameter path: For messages.
  public init(decoding bytes: [UInt8], path: String) throws(SafetensorsError) {
    func malformed(_ reason: String) -> SafetensorsError { .malformed(path: path, reason: reason) }
    guard bytes.count >= 8 else { throw malformed("it has \(bytes.count) bytes, fewer than its header length takes") }
    var length: UInt64 = 0
    for shift in 0..<8 { length |= UInt64(bytes[shift]) << (8 * shift) }
    guard length <= UInt64(bytes.count - 8) else {
      throw malformed(
        "its header claims \(length) bytes, but only \(bytes.count - 8) follow: it is cut short, or no model (which is named before the data)"
      )
    }
    let dataStart = 8 + Int(length)
    guard let header = try? JSONDecoder().decode([String: HeaderEntry].self, from: Data(bytes[8..<dataStart])) else {
      throw malformed("its header is not the JSON object that the format asks for")
    }

    var metadata: [String: String] = [:]
    var placed: [(tensor: Tensor, start: Int)] = []
    var places: [(range: Range<Int>, name: String)] = []
    for (name, entry) in header {
      switch entry {
      case .metadata(let values):
        metadata = values
      case .tensor(let dtype, let shape, let offsets):
        guard shape.count <= Self.mostDimensions, offsets.count == 2 else {
          throw malformed("tensor \"\(name)\" has \(shape.count) dimensions and \(offsets.count) offsets")
        }
        guard dtype == "F32" else { throw malformed("tensor \"\(name)\" is \(dtype); only F32 is read") }
        var elements = 1
        for size in shape {
          let (product, overflow) = elements.multipliedReportingOverflow(by: size)
          guard size >= 0, !overflow, product <= bytes.count else {
            throw malformed("tensor \"\(name)\" has shape \(shape), more than the file holds")
          }
          elements = product
        }
        guard offsets[0] >= 0, offsets[1] >= offsets[0],
          offsets[1] <= bytes.count - dataStart, offsets[1] - offsets[0] == elements * 4
        else {
          throw malformed("tensor \"\(name)\" lies at \(offsets), which does not fit its shape \(shape) or the file")
        }
        places.append((offsets[0]..<offsets[1], name))
        let values = Vector(bytes: bytes[(dataStart + offsets[0])..<(dataStart + offsets[1])])
        placed.append((Tensor(name: name, shape: shape, values: values), offsets[0]))
      }
    }
    // One after the other, all of the data, without a hole: the format asks for it, and what breaks it is damage or
    // made to deceive.
    var end = 0
    for (range, name) in places.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard range.lowerBound == end else {
        throw malformed(
          "tensor \"\(name)\" lies at \(range.lowerBound), where \(range.lowerBound < end ? "another one lies" : "\(end) was expected: there is a hole before it")"
        )
      }
      end = range.upperBound
    }
    guard end == bytes.count - dataStart else {
      throw malformed("\(bytes.count - dataStart - end) bytes follow its last tensor")
    }
    self.metadata = metadata
    tensors = placed.sorted { ($0.start, $0.tensor.name) < ($1.start, $1.tensor.name) }.map(\.tensor)
  }
}

/// One value of the header: a tensor's place, or the metadata.
private enum HeaderEntry: Codable {
  case tensor(dtype: String, shape: [Int], offsets: [Int])
  case metadata([String: String])

  private enum Key: String, CodingKey {
    case dtype
    case shape
    case offsets = "data_offsets"
  }

  init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Key.self), container.contains(.offsets) {
      self = .tensor(
        dtype: try container.decode(String.self, forKey: .dtype),
        shape: try container.decode([Int].self, forKey: .shape),
        offsets: try container.decode([Int].self, forKey: .offsets))
    } else {
      self = .metadata(try decoder.singleValueContainer().decode([String: String].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .tensor(let dtype, let shape, let offsets):
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(dtype, forKey: .dtype)
      try container.encode(shape, forKey: .shape)
      try container.encode(offsets, forKey: .offsets)
    case .metadata(let values):
      var container = encoder.singleValueContainer()
      try container.encode(values)
    }
  }
}

/// A file that does not follow the format.
public enum SafetensorsError: Failure, Equatable {
  case malformed(path: String, reason: String)
  /// It is not what was written.
  case damaged(path: String, reason: String)

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .malformed(let path, let reason): "\(path) cannot be read as safetensors: \(reason.prefix(400))"
    case .damaged(let path, let reason): "\(path) is damaged: \(reason.prefix(400))"
    }
  }
}
