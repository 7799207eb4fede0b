import Collectives
import Configuration
import Datasets
import Failures
import Foundation
import Models

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ argc: UnsafeMutablePointer<CInt>,
  _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What the package manager makes the program's `main`.
@_cdecl("fuzz_readers_main")
public func main(_ argc: CInt, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
  var (argc, argv) = (argc, argv)
  return runFuzzer(&argc, &argv, fuzzOneInput)
}

/// What is called with bytes that libFuzzer makes up: nothing may crash, hang, or take memory without bound;
/// an error is an answer. `launch/fuzz` builds and runs it; FUZZ_TARGET names the reader.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = start.map { Data(bytes: $0, count: count) } ?? Data()
  do {
    try Target.chosen.read(bytes)
  } catch is AgreedFailure {
  } catch is any Failure {
  } catch {
    fatalError("not one of the project's errors: \(error)")
  }
  return 0
}

private enum Target: String {
  case csv
  case svmlight
  case npy
  case npz
  case idx
  case safetensors
  case model
  case yaml
  case predict

  static let chosen: Target = {
    let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
    guard let target = Target(rawValue: name) else {
      fatalError("FUZZ_TARGET=\(name): expected csv, svmlight, npy, npz, idx, safetensors, model, yaml or predict")
    }
    return target
  }()

  /// Files that readers are given, in memory.
  private static let folder: URL = {
    let folder = URL(fileURLWithPath: "/dev/shm/cw-dist-train-fuzz-\(getpid())")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      fatalError("\(error)")
    }
    return folder
  }()

  private func path(_ name: String, _ bytes: Data) throws -> String {
    let url = Target.folder.appendingPathComponent(name)
    try bytes.write(to: url)
    return url.path
  }

  func read(_ bytes: Data) throws {
    let alone = SingleProcessCommunicator()
    let layout = try ShardLayout(shardCount: 3, rankCount: 1)
    let raw: RawDataset
    switch self {
    case .safetensors:
      let file = try Safetensors(decoding: Array(bytes), path: "fuzz")
      _ = file.tensors.map(\.values.count)
      return
    case .model:
      let model = try ModelFile(try Safetensors(decoding: Array(bytes), path: "fuzz"), path: "fuzz")
      // What was read is a model: it can be written, and values can be encoded by it.
      _ = try model.safetensors()
      for column in model.columns where column.width < 1 << 16 {
        let features = column.isNumeric ? column.features(ofNumber: 1) : column.features(ofText: "x")
        precondition(features.count == column.width)
      }
      return
    case .yaml:
      _ = try OptionsFile(yaml: String(decoding: bytes, as: UTF8.self), path: "fuzz").options.map(\.value.count)
      return
    case .predict:
      return try predict(bytes)
    case .csv:
      var options = CSVOptions()
      // The first byte chooses among the options.
      let choice = bytes.first ?? 0
      options.skipsBadRows = choice & 1 != 0
      options.hasHeader = choice & 2 != 0 ? nil : choice & 4 != 0
      options.label = .index(choice & 8 != 0 ? 0 : -1)
      if choice & 16 != 0 { options.missing.insert("-9") }
      if choice & 32 != 0 { options.comment = UInt8(ascii: "#") }
      raw = try CSVReader(path: path("data.csv", bytes.dropFirst()), options: options).read(layout: layout, over: alone)
    case .svmlight:
      raw = try SVMLightReader(
        path: path("data.svm", bytes.dropFirst()), training: nil, skipsBadRows: (bytes.first ?? 0) & 1 != 0
      ).read(layout: layout, over: alone)
    case .npy:
      raw = try NumPyReader(path: path("x.npy", bytes), labelsPath: nil, labelColumn: .index(-1))
        .read(layout: layout, over: alone)
    case .npz:
      raw = try NumPyReader(path: path("x.npz", bytes), labelsPath: nil, labelColumn: .index(-1))
        .read(layout: layout, over: alone)
    case .idx:
      // Features and labels, cut apart at the place that the first two bytes say.
      let place = min(bytes.prefix(2).reduce(0) { $0 << 8 | Int($1) }, max(bytes.count - 2, 0))
      let rest = bytes.dropFirst(2)
      raw = try IDXReader(
        path: path("images-idx3-ubyte", rest.prefix(place)),
        labelsPath: path("labels-idx1-ubyte", rest.dropFirst(place))
      ).read(layout: layout, over: alone)
    }
    let table = try Table(raw, ignoring: nil, layout: layout, over: alone)
    let encoding = try FeatureEncoding(learningFrom: table, standardizing: true, mostOneHot: 8, over: alone)
    let encoded = encoding.apply(to: table)
    precondition(encoded.featureCount == encoding.featureCount)
    for shard in encoded.shards { precondition(shard.features.columns == encoded.featureCount) }
  }

  /// Rows of any bytes, for a model of numbers and of categories.
  private func predict(_ bytes: Data) throws {
    // The first byte chooses among the options.
    let choice = bytes.first ?? 0
    let columns = [
      EncodedColumn(name: "a", kind: .numeric(mean: 1, scale: 2, fill: 0), marksMissing: true),
      EncodedColumn(name: "b", kind: .oneHot(levels: ["x", "y"], hasOther: choice & 1 != 0)),
      EncodedColumn(name: "c", kind: choice & 2 != 0 ? .hashed(count: 3) : .numeric(mean: 0, scale: 1, fill: 5)),
    ]
    let isSparse = choice & 4 != 0
    let names = columns.flatMap(\.featureNames)
    let file = try FileOptions.parse(
      ["--on-bad-row", choice & 8 != 0 ? "skip" : "error", "--format", isSparse ? "svmlight" : "csv"])
    var input = ModelInput(
      columns: isSparse ? [] : columns, featureNames: isSparse ? names.indices.map { String($0 + 1) } : names,
      schema: nil,
      file: file, missing: nil, labels: choice & 16 != 0 ? .ignored : .read(column: nil, file: nil))
    input.pieceSize = 1 + Int(choice >> 5) * 19
    let alone = SingleProcessCommunicator()
    var pieces = try input.pieces(of: path("rows", bytes.dropFirst()), over: alone)
    while let piece = try pieces.next(over: alone) {
      precondition(piece.labels.count == piece.rowCount && piece.lost.allSatisfy { $0.row <= piece.rowCount })
      guard case .dense(let raw) = piece.features else { continue }
      precondition(RowEncoder(columns, of: piece.columns)(raw).columns == names.count)
    }
  }
}
