import Foundation
import Kernels
import Models
import Tensors
import Testing

@Suite struct SafetensorsTests {
  private let example = Safetensors(
    tensors: [
      .init(name: "layers.0.weight", shape: [2, 3], values: Vector([1, -2, 3.5, .pi, 0, 1e-30])),
      .init(name: "layers.0.bias", shape: [2], values: Vector([7, 8])),
      .init(name: "empty", shape: [0, 4], values: Vector([])),
    ], metadata: ["note": "quotes \" and ümläuts", "a": ""])

  @Test func `what is written is read back`() throws {
    let bytes = try example.encoded()
    let read = try Safetensors(decoding: bytes, path: "x")
    #expect(Set(read.tensors.map(\.name)) == Set(example.tensors.map(\.name)))
    for tensor in example.tensors {
      #expect(read[tensor.name]?.shape == tensor.shape)
      #expect(read[tensor.name]?.values.array == tensor.values.array)
    }
    #expect(read.metadata == example.metadata)
    #expect(try example.encoded() == bytes)
  }

  @Test func `files of other programs need no checksum`() throws {
    var bytes: [UInt8] = []
    var foreign = Safetensors(tensors: [], metadata: ["format": "pt", "note": "x"])
    try foreign.write { bytes += $0 }
    #expect(try Safetensors(verifying: bytes, path: "m").metadata == foreign.metadata)
    bytes = []
    foreign.metadata["format"] = "cw-dist-train"
    try foreign.write { bytes += $0 }
    #expect(throws: SafetensorsError.self) { try Safetensors(verifying: bytes, path: "m") }
  }

  @Test func `the data begins at a multiple of 8`() throws {
    let bytes = try example.encoded()
    let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    #expect(length % 8 == 0)
  }

  @Test func `every cut and many flips are refused or read, and never crash`() throws {
    let bytes = try example.encoded()
    for length in 0..<bytes.count {
      #expect(throws: SafetensorsError.self) { try Safetensors(decoding: Array(bytes[..<length]), path: "x") }
    }
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        _ = try? Safetensors(decoding: damaged, path: "x")
      }
    }
  }

  @Test func `a header that asks for the impossible is refused`() {
    func file(_ header: String, data: Int = 0) -> [UInt8] {
      let json = Array(header.utf8)
      return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json + Array(repeating: 0, count: data)
    }
    for (header, data) in [
      (#"{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,8]}}"#, 8),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 8),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8),
      // Over one another, the same bytes twice, a hole at the beginning, in the middle, and bytes that are nobody's.
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
        12
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        8
      ),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
        12
      ),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8),
      (#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, 4),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4),
      (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, 8), ("[]", 0), ("", 0),
    ] {
      #expect(throws: SafetensorsError.self) { try Safetensors(decoding: file(header, data: data), path: "x") }
    }
    #expect(throws: SafetensorsError.self) {
      try Safetensors(decoding: Array(repeating: 0xFF, count: 16), path: "x")
    }
  }

  @Test func `tensors of nothing may lie between others`() throws {
    let json =
      Array(
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},"#
          .utf8)
      + Array(#""c":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#.utf8)
    let bytes =
      (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json + [UInt8](repeating: 0, count: 8)
    #expect(try Safetensors(decoding: bytes, path: "x").tensors.map(\.name) == ["a", "b", "c"])
  }

  @Test func `a model of other classes, or of features in another order, is refused`() throws {
    var file = example
    try file.check(classNames: ["x", "y"], featureNames: ["a", "b", "c"], path: "m")
    file.metadata["classes"] = #"["x","y"]"#
    file.metadata["features"] = #"["a","b","c"]"#
    try file.check(classNames: ["x", "y"], featureNames: ["a", "b", "c"], path: "m")
    // Other names altogether: by their places.
    try file.check(classNames: ["x", "y"], featureNames: ["a", "b", "d"], path: "m")
    for classes in [["x", "z"], ["y", "x"], ["x"]] {
      #expect(throws: ModelFileError.otherClasses(path: "m", found: ["x", "y"], expected: classes)) {
        try file.check(classNames: classes, featureNames: ["a", "b", "c"], path: "m")
      }
    }
    #expect(throws: ModelFileError.otherFeatureOrder(path: "m", index: 1, found: "b", expected: "c")) {
      try file.check(classNames: ["x", "y"], featureNames: ["a", "c", "b"], path: "m")
    }
  }

  @Test func `parameters of another model are refused by name`() throws {
    let layout = ParameterLayout(ModelShape(featureCount: 3, hidden: [], classCount: 2, activation: .relu))
    let parameters = Vector(zeros: layout.paddedCount)
    try layout.load(example, path: "x", into: parameters)
    #expect(parameters.prefix(8).array == [1, -2, 3.5, .pi, 0, 1e-30, 7, 8])

    let wider = ParameterLayout(ModelShape(featureCount: 4, hidden: [], classCount: 2, activation: .relu))
    #expect(throws: ModelFileError.wrongShape(name: "layers.0.weight", path: "x", expected: [2, 4], found: [2, 3])) {
      try wider.load(example, path: "x", into: Vector(zeros: wider.paddedCount))
    }
    let deeper = ParameterLayout(ModelShape(featureCount: 3, hidden: [2], classCount: 2, activation: .relu))
    #expect(throws: ModelFileError.self) {
      try deeper.load(example, path: "x", into: Vector(zeros: deeper.paddedCount))
    }
  }
}

extension Safetensors {
  /// All of the file.
  fileprivate func encoded() throws -> [UInt8] {
    var bytes: [UInt8] = []
    try write { bytes += $0 }
    return bytes
  }
}
