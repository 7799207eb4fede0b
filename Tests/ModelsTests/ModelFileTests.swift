import Collectives
import Datasets
import Foundation
import Kernels
import Models
import RandomStreams
import Tensors
import TestSupport
import Testing

private let alone = SingleProcessCommunicator()

/// A model file read again: its bytes, and what it makes of values.
@Suite struct ModelFileTests {
  /// Made of columns of every kind, with values that are missing, and levels that come once.
  private static let text: String = {
    let zips = ["00501", "90210", "10001"]
    let rows = (0..<120).map { row in
      let color = ["red", "grün", "blue", "NA"][row % 4]
      let number = row % 7 == 3 ? "" : "\(Double(row * row) / 7)"
      return "\(number),\(1_700_000_000 + row * 3),\(color),level \(row % 30),\(zips[row % 3]),\(row % 3)"
    }
    return "number,when,color,many,zip,kind\n" + rows.joined(separator: "\n") + "\n"
  }()

  private func table(_ text: String, as training: TrainingTable? = nil, hashing: Bool = false) throws -> Table {
    let folder = try TemporaryFolder()
    var options = CSVOptions()
    options.training = training
    options.hashCount = hashing ? 8 : nil
    let layout = try ShardLayout(shardCount: 3, rankCount: 1)
    let raw = try CSVReader(path: folder.write(text, to: "t.csv"), options: options).read(layout: layout, over: alone)
    return try Table(raw, ignoring: nil, layout: layout, over: alone)
  }

  /// A model of any parameters for these features.
  private func model(_ encoding: FeatureEncoding, hidden: [Int], classNames: [String] = ["0", "1", "2"]) -> ModelFile {
    let shape = ModelShape(
      featureCount: encoding.featureCount, hidden: hidden, classCount: classNames.count, activation: .gelu,
      columnWidths: encoding.columns.map(\.width))
    let layout = ParameterLayout(shape)
    var random = RandomStream(seed: 3, purpose: .initialization)
    return ModelFile(
      shape: shape, featureNames: encoding.featureNames, classNames: classNames,
      classWeights: classNames.indices.map { 1 / Double($0 + 3) },
      loss: ["class_weights": "balanced", "beta": "0.999"],
      columns: encoding.columns, members: [Vector((0..<layout.count).map { _ in Float(random.normal()) })])
  }

  private func bytes(_ model: ModelFile) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try model.write { bytes += $0 }
    return bytes
  }

  private func read(_ bytes: [UInt8]) throws -> ModelFile {
    try ModelFile(try Safetensors(verifying: bytes, path: "m"), path: "m")
  }

  /// [n][C]
  private func logits(_ model: ModelFile, _ features: Matrix) -> [[Float]] {
    let network = FeedForwardNetwork(model.shape, dropout: Dropout(rate: 0), largestBatch: features.rows)
    network.parameters.prefix(model.members[0].count).copy(from: model.members[0])
    let logits = network.logits(of: .dense(features))
    return (0..<features.rows).map { row in (0..<logits.rows).map { logits[$0, row] } }
  }

  private func matrix(_ rows: [[Float]]) -> Matrix {
    Vector(rows.flatMap { $0 }).matrix(rows: rows.count, columns: rows.first?.count ?? 0)
  }

  @Test(arguments: [(true, [], false), (true, [5], true), (false, [], true), (false, [5], false)])
  func `a model read again has the same bytes, and makes the same of a row`(
    standardizing: Bool, hidden: [Int], hashing: Bool
  ) throws {
    let table = try table(Self.text, hashing: hashing)
    let columns = table.columns
    // Copies of what was read: the table's own rows are gone once they are encoded.
    let raw = table.shards.flatMap { shard in (0..<shard.sampleCount).map { shard.features.dense.row($0).array } }
    let encoding = try FeatureEncoding(
      learningFrom: table, standardizing: standardizing, mostOneHot: 8, over: alone)
    let trained = model(encoding, hidden: hidden)
    let encoded = encoding.apply(to: table).shards.flatMap { shard in
      (0..<shard.sampleCount).map { shard.features.dense.row($0).array }
    }

    let stored = try bytes(trained)
    let read = try read(stored)
    #expect(try bytes(read) == stored)
    #expect(read.columns == trained.columns && read.featureNames == trained.featureNames)
    #expect(read.shape == trained.shape && read.classNames == trained.classNames && read.loss == trained.loss)
    #expect(read.classWeights == trained.classWeights && read.members.map(\.array) == trained.members.map(\.array))
    #expect(
      read.columns.map(\.width) == [2, 1, 4, hashing ? 8 : 9, 3],
      "numbers, large ones, levels with missing ones, many levels, codes")
    // Value by value.
    let again = raw.map { row in
      zip(read.columns, zip(columns, row)).flatMap { column, value in
        guard value.0.kind != .numeric else { return column.features(ofNumber: value.1) }
        return column.features(ofText: value.1.isNaN ? nil : value.0.levels[Int(value.1)])
      }
    }
    #expect(again.map { $0.map(\.bitPattern) } == encoded.map { $0.map(\.bitPattern) })
    #expect(logits(read, matrix(again)) == logits(trained, matrix(encoded)))
    // And as a whole table, read as the training data was.
    let whole = FeatureEncoding(columns: read.columns, featureNames: read.featureNames)
      .apply(to: try self.table(Self.text, as: TrainingTable(columns: read.columns.map { FeatureColumn(of: $0) })))
    let wholeRows = whole.shards.flatMap { shard in
      (0..<shard.sampleCount).map { shard.features.dense.row($0).array }
    }
    #expect(logits(read, matrix(wholeRows)) == logits(trained, matrix(encoded)))
  }

  @Test(arguments: [false, true])
  func `values that training never saw are encoded as it would have`(hashing: Bool) throws {
    let table = try table(Self.text, hashing: hashing)
    let encoding = try FeatureEncoding(learningFrom: table, standardizing: true, mostOneHot: 8, over: alone)
    let trainingColumns = table.columns
    let columns = try read(bytes(model(encoding, hidden: []))).columns
    let (color, many) = (columns[2], columns[3])
    #expect(color.features(ofText: "green") == [0, 0, 0, 0] && color.features(ofText: nil) == [0, 0, 0, 1])
    // The same letters, spelled in another way.
    #expect(color.features(ofText: "gru\u{308}n") == color.features(ofText: "gr\u{FC}n"))
    #expect(color.features(ofText: "gru\u{308}n").reduce(0, +) == 1)
    let unseen = ["level 4711", "1.0", "grün", ""]
    for text in unseen { #expect(many.features(ofText: text).reduce(0, +) == 1) }
    #expect(many.features(ofText: "1.0") == many.features(ofText: "1"))
    if !hashing { #expect(Set(unseen.map { many.features(ofText: $0) }).count == 1) }
    // Of a whole file, too: by the training's columns, and by those of the model alone.
    let rows = (0..<90).map { "\($0),5,red,\(unseen[$0 % 3]) \($0),00501,\($0 % 2)" }
    let text = "number,when,color,many,zip,kind\n" + rows.joined(separator: "\n") + "\n"
    for known in [trainingColumns, columns.map { FeatureColumn(of: $0) }] {
      let encoded = encoding.apply(to: try self.table(text, as: TrainingTable(columns: known)))
      let start = columns.prefix(3).reduce(0) { $0 + $1.width }
      let found = encoded.shards.flatMap { shard in
        (0..<shard.sampleCount).map { shard.features.dense.row($0)[start..<(start + many.width)].array }
      }
      #expect(found == (0..<90).map { many.features(ofText: "\(unseen[$0 % 3]) \($0)") })
    }
    guard case .numeric(let mean, let scale, let fill, let offset) = columns[0].kind else {
      Issue.record("no number")
      return
    }
    #expect(fill == mean && offset == 0 && columns[0].features(ofNumber: .nan) == [0, 1])
    #expect(columns[0].features(ofNumber: 2.5) == [Float((2.5 - mean) / scale), 0])
  }

  @Test func `rows that are taken as they are need no columns`() throws {
    let encoding = FeatureEncoding(columns: [], featureNames: ["1", "2", "3"])
    let stored = try bytes(model(encoding, hidden: [2]))
    #expect(try bytes(read(stored)) == stored)
    #expect(try read(stored).columns.isEmpty)
  }

  @Test func `what numbers are of, and that there is a feature for other levels, stands where it holds`() throws {
    let columns = [
      EncodedColumn(name: "p", kind: .numeric(mean: 1, scale: 2, fill: 1), unit: .percent),
      EncodedColumn(name: "d", kind: .numeric(mean: 1, scale: 2, fill: 1, offset: 7), unit: .date),
      EncodedColumn(name: "t", kind: .numeric(mean: 1, scale: 2, fill: 1), marksMissing: true, unit: .timeOfDay),
      EncodedColumn(name: "n", kind: .numeric(mean: 1, scale: 2, fill: 1)),
      EncodedColumn(name: "c", kind: .oneHot(levels: ["x", "y"], hasOther: true), marksMissing: true),
      EncodedColumn(name: "e", kind: .oneHot(levels: ["x", "y"])),
    ]
    let encoding = FeatureEncoding(columns: columns, featureNames: columns.flatMap(\.featureNames))
    let stored = try bytes(model(encoding, hidden: []))
    #expect(try read(stored).columns == columns && bytes(read(stored)) == stored)
    let text = try #require(try model(encoding, hidden: []).safetensors().metadata["columns"])
    #expect(
      text.components(separatedBy: "\"unit\":").count == 4 && text.components(separatedBy: "\"other\":").count == 2)
    for part in ["\"unit\":\"percent\"", "\"unit\":\"date\"", "\"unit\":\"time-of-day\"", "\"other\":true"] {
      #expect(text.contains(part))
    }
    // A table's own units come with its columns.
    let rows = (0..<30).map { "\($0 + 1)%,2026-11-\(10 + $0 % 20),1\($0 % 10):30,\($0 % 2)" }
    let timed = try table("share,day,time,kind\n" + rows.joined(separator: "\n") + "\n")
    let learned = try FeatureEncoding(learningFrom: timed, standardizing: true, mostOneHot: 8, over: alone)
    #expect(learned.columns.map(\.unit) == [.percent, .date, .timeOfDay])
    #expect(learned.columns.map { FeatureColumn(of: $0) } == timed.columns)
  }

  @Test func `bins and quantiles are read again, and such as there cannot be are refused`() throws {
    func read(_ text: String) throws -> EncodedColumn {
      try JSONDecoder().decode(EncodedColumn.self, from: Data(text.utf8))
    }
    for numbers in [FeatureEncoding.NumberEncoding.piecewise(bins: 4), .quantile] {
      let encoding = try FeatureEncoding(
        learningFrom: try table(Self.text), numbers: numbers, standardizing: true, mostOneHot: 8, over: alone)
      let stored = try bytes(model(encoding, hidden: []))
      let columns = try self.read(stored).columns
      #expect(columns == encoding.columns && columns[1].offset > 0 && columns[0].marksMissing)
      #expect(try bytes(self.read(stored)) == stored)
      #expect(columns[0].width == (numbers == .quantile ? 2 : 6))
      for value in [Float.nan, -5, 0.3, 700, 1e9] {
        let (found, expected) = (columns[0].features(ofNumber: value), encoding.columns[0].features(ofNumber: value))
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
      }
    }
    let bins = #"{"name":"a","kind":"piecewise","marks_missing":false,"mean":0,"scale":1,"fill":0,"edges":"#
    let ranks = #"{"name":"a","kind":"quantile","marks_missing":false,"quantiles":"#
    #expect(try read(bins + "[1,2,4]}").width == 3 && read(ranks + #"[1,2],"counts":[3,1]}"#).width == 1)
    for text in [
      bins + "[]}", bins + "[1]}", bins + "[1,1]}", bins + "[2,1]}", bins + "[1,1e999]}", ranks + #"[1],"counts":[4]}"#,
      ranks + #"[1,2],"counts":[4]}"#, ranks + #"[2,1],"counts":[1,1]}"#, ranks + #"[1,2],"counts":[1,0]}"#,
      ranks + #"[1,2],"counts":[1,9223372036854775807]}"#, ranks + "[1,2]}",
    ] { #expect(throws: DecodingError.self, "\(text)") { _ = try read(text) } }
  }

  private let small = FeatureEncoding(
    columns: [
      EncodedColumn(name: "a", kind: .numeric(mean: 1, scale: 2, fill: 1, offset: 7)),
      EncodedColumn(name: "b", kind: .oneHot(levels: ["x", "y"]), marksMissing: true),
    ], featureNames: ["a", "b=x", "b=y", "b is missing"])

  @Test func `members are read as they were written, and none may be missing`() throws {
    let one = model(small, hidden: [3])
    var several = one
    several.members = (0..<3).map { member in Vector(one.members[0].array.map { $0 + Float(member) }) }
    let written = try bytes(several)
    let again = try read(written)
    #expect(again.members.map(\.array) == several.members.map(\.array) && again.members.count == 3)
    #expect(try bytes(again) == written)
    #expect(again.tensors.map(\.name).filter { $0.hasPrefix("members.2.") }.count == 4)
    func refusal(_ change: (inout Safetensors) -> Void) throws -> ModelReadingError? {
      var file = try several.safetensors()
      change(&file)
      do {
        _ = try ModelFile(file, path: "m")
        return nil
      } catch { return error }
    }
    #expect(
      try refusal { $0.metadata["members"] = "4" } == .missingTensor(path: "m", name: "members.3.layers.0.weight"))
    #expect(
      try refusal { $0.metadata["members"] = "2" } == .unknownTensor(path: "m", name: "members.2.layers.0.weight"))
    for text in ["0", "-1", "[2]", "9223372036854775807"] {
      guard case .malformed(path: "m", key: "members", _)? = try refusal({ $0.metadata["members"] = text }) else {
        Issue.record("\(text) members are taken")
        continue
      }
    }
    #expect(try refusal { $0.metadata["members"] = nil } == .missingTensor(path: "m", name: "layers.0.weight"))
  }

  /// A file with a changed text of its metadata.
  private func refusal(_ change: (inout Safetensors) -> Void) throws -> ModelReadingError? {
    var file = try model(small, hidden: [3]).safetensors()
    change(&file)
    do {
      _ = try ModelFile(file, path: "m")
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ("model", #"{"activation":"relu","classCount":3,"featureCount":4,"hidden":[-1]}"#),
    ("model", #"{"activation":"relu","classCount":3,"featureCount":4,"hidden":[9223372036854775807]}"#),
    ("model", #"{"activation":"relu","classCount":3,"featureCount":0,"hidden":[3]}"#),
    ("model", #"{"activation":"relu","classCount":3,"featureCount":4,"hidden":[2000000000]}"#),
    ("model", #"{"activation":"relu","classCount":3,"featureCount":4,"hidden":[1,1,1,1,1,1]}"#),
    ("model", #"{"activation":"step","classCount":3,"featureCount":4,"hidden":[3]}"#), ("model", "{"), ("model", "[]"),
    ("features", #"["a","b=x","b=y"]"#), ("features", #"[1,2,3,4]"#), ("classes", #"["0","1"]"#),
    ("classes", #"["0","1","1"]"#),
    ("class_weights", "[1,2]"), ("class_weights", "[1,2,-3]"),
    ("class_weights", "[1,2,1e999]"), ("loss", "{\"a\":1}"), ("columns", "{}"),
    ("columns", #"[{"kind":"hashed","count":4,"name":"a","marks_missing":false}]"#),
    ("columns", #"[{"kind":"hashed","count":9223372036854775807,"name":"a","marks_missing":true}]"#),
    ("columns", #"[{"kind":"hashed","count":2000000000,"name":"a","marks_missing":true}]"#),
    ("columns", #"[{"kind":"hashed","count":65537,"name":"a","marks_missing":true}]"#),
    ("columns", #"[{"kind":"one-hot","levels":["x","y"],"other":1,"name":"a","marks_missing":true}]"#),
    ("columns", #"[{"kind":"one-hot","levels":["x","y"],"other":true,"name":"a","marks_missing":true}]"#),
    ("columns", #"[{"kind":"numeric","mean":0,"scale":1,"fill":0,"unit":"miles","name":"a","marks_missing":false}]"#),
    ("columns", #"[{"kind":"hashed","count":0,"name":"a","marks_missing":true}]"#),
    ("columns", #"[{"kind":"one-hot","levels":["x","x"],"name":"a","marks_missing":false}]"#),
    ("columns", #"[{"kind":"numeric","mean":0,"scale":0,"fill":0,"name":"a","marks_missing":false}]"#),
    ("columns", #"[{"kind":"numeric","mean":0,"scale":1,"name":"a","marks_missing":false}]"#),
    ("columns", #"[{"kind":"other","name":"a","marks_missing":false}]"#),
  ])
  func `metadata that contradicts itself is refused by its key`(key: String, text: String) throws {
    guard case .malformed("m", key, _) = try refusal({ $0.metadata[key] = text }) else {
      Issue.record("\(key) = \(text) was taken")
      return
    }
    #expect(try refusal { $0.metadata[key] = nil } == .malformed(path: "m", key: key, reason: "it is missing"))
  }

  @Test(arguments: ["[1,2]", "[1,2,-3]", "[1,2,1e999]", "[]", "{}", "3"])
  func `prior weights that are none are refused`(text: String) throws {
    guard case .malformed("m", "prior_weights", _) = try refusal({ $0.metadata["prior_weights"] = text }) else {
      Issue.record("\(text) was taken")
      return
    }
  }

  @Test func `a class that was there and had no weight is ignored, and one that was not there is none`() {
    var trained = model(small, hidden: [])
    for (classWeights, priorWeights, counts, isIgnored) in [
      ([1, 0, 2], nil, [5, 6, 7], true), ([1, 0, 2], nil, [5, 0, 7], false), ([1, 3, 2], nil, [5, 6, 7], false),
      ([1, 1, 1], [1, 0, 2], [5, 6, 7], true), ([1, 0, 1], [1, 1, 1], [5, 6, 7], false), ([1, 0, 2], nil, nil, false),
    ] as [([Double], [Double]?, [Int]?, Bool)] {
      (trained.classWeights, trained.priorWeights, trained.classCounts) = (classWeights, priorWeights, counts)
      #expect(trained.ignoresClasses == isIgnored, "\(classWeights), \(priorWeights ?? []), \(counts ?? [])")
    }
  }

  @Test func `prior weights are read again, are what probabilities undo, and may be missing`() throws {
    var balanced = model(small, hidden: [])
    balanced.classWeights = [1, 1, 1]
    let without = try bytes(balanced)
    #expect(try read(without).priorWeights == nil && !balanced.isWeighted)
    balanced.priorWeights = [1, 0.1, 30]
    let found = try read(bytes(balanced))
    #expect(found.priorWeights == [1, 0.1, 30] && found.isWeighted)
    #expect(try ProbabilityRule(.prior, of: found, path: "m") == .prior(weights: [1, 0.1, 30]))
    balanced.priorWeights = nil
    #expect(try bytes(balanced) == without)
  }

  @Test(arguments: ["0", "-1", "1e999", "\"1\"", "[1]", "null", ""])
  func `a temperature that is none is refused`(text: String) throws {
    guard case .malformed("m", "temperature", _) = try refusal({ $0.metadata["temperature"] = text }) else {
      Issue.record("\(text) was taken")
      return
    }
  }

  @Test(arguments: [
    "[1,2,3]", #"{"metric":"m"}"#, #"{"offsets":[1,2,3]}"#, #"{"metric":"m","offsets":[1,2]}"#,
    #"{"metric":"m","offsets":[1,2,1e99]}"#, #"{"metric":"m","offsets":[1,2,null]}"#,
    #"{"metric":1,"offsets":[1,2,3]}"#,
  ])
  func `a decision that is none is refused`(text: String) throws {
    guard case .malformed("m", "decision", _) = try refusal({ $0.metadata["decision"] = text }) else {
      Issue.record("\(text) was taken")
      return
    }
  }

  @Test func `a decision is read again to its last bit, and may be missing`() throws {
    var tuned = model(small, hidden: [])
    let without = try bytes(tuned)
    #expect(try read(without).decision == nil)
    tuned.decision = DecisionRule(metric: "recall:é@precision:0.5", offsets: [0, 0x1.8p-126, -1 / 3])
    #expect(DecisionRule(metric: "m", offsets: [.leastNonzeroMagnitude, 1]).offsets == [0, 1])
    let stored = try bytes(tuned)
    #expect(try read(stored).decision == tuned.decision && bytes(read(stored)) == stored && stored != without)
  }

  @Test func `a temperature is read again to its last bit, and may be missing`() throws {
    var warm = model(small, hidden: [])
    let without = try bytes(warm)
    #expect(try read(without).temperature == nil)
    for temperature in [1, 1.0175669108601462, 0.01, 100, 1 / 3.0] {
      warm.temperature = temperature
      let stored = try bytes(warm)
      #expect(try read(stored).temperature == temperature && bytes(read(stored)) == stored && stored != without)
    }
  }

  @Test func `data says its delimiter where it is no comma, and it is one character`() throws {
    func schema(_ delimiter: String) throws -> DataSchema {
      let text =
        #"{"column_names":["a","b"],"decimal":"point",\#(delimiter)"form":"table","has_names":true,"missing":[]}"#
      return try JSONDecoder().decode(DataSchema.self, from: Data(text.utf8))
    }
    for (text, delimiter) in [("", ","), (#""delimiter":"\t","#, "\t"), (#""delimiter":";","#, ";")] {
      var model = model(small, hidden: [])
      model.data = try schema(text)
      let stored = try bytes(model)
      #expect(try read(stored).data?.delimiter == delimiter && bytes(read(stored)) == stored)
      #expect(String(decoding: stored, as: UTF8.self).contains("delimiter") == !text.isEmpty)
    }
    for text in [#""delimiter":"","#, #""delimiter":";;","#, #""delimiter":1,"#] {
      #expect(throws: DecodingError.self) { try schema(text) }
    }
  }

  @Test func `other formats and versions are no models`() throws {
    #expect(try refusal { _ in } == nil)
    #expect(try refusal { $0.metadata["format"] = nil } == .notAModel(path: "m"))
    #expect(try refusal { $0.metadata["format"] = "pt" } == .notAModel(path: "m"))
    #expect(try refusal { $0.metadata["format_version"] = "2" } == .otherVersion(path: "m", version: "2"))
  }

  @Test func `missing, unknown and misshapen tensors are refused, and those of an optimizer are not`() throws {
    let name = "layers.1.weight"
    func put(_ tensor: Safetensors.Tensor, in file: inout Safetensors) {
      file.tensors = file.tensors.map { $0.name == tensor.name ? tensor : $0 }
    }
    #expect(try refusal { $0.tensors.removeAll { $0.name == name } } == .missingTensor(path: "m", name: name))
    #expect(
      try refusal { put(.init(name: name, shape: [9], values: Vector(zeros: 9)), in: &$0) }
        == .wrongShape(path: "m", name: name, expected: [3, 3], found: [9]))
    for value in [Float.nan, .infinity] {
      #expect(
        try refusal { file in
          let values = Vector(zeros: 9)
          values[8] = value
          put(.init(name: name, shape: [3, 3], values: values), in: &file)
        } == .notFinite(path: "m", name: name))
    }
    func add(_ name: String) -> (inout Safetensors) -> Void {
      { $0.tensors.append(.init(name: name, shape: [2], values: Vector(zeros: 2))) }
    }
    for name in ["layers.2.weight", "layers.0.scale", "optimizer"] {
      #expect(try refusal(add(name)) == .unknownTensor(path: "m", name: name))
    }
    #expect(try refusal(add("optimizer.m")) == nil && refusal(add("best.parameters")) == nil)
  }

  @Test func `every cut and many flips of a model are refused or read, and never crash`() throws {
    // Without a checksum, which would refuse them all.
    var unsealed = model(small, hidden: [3])
    unsealed.isSealed = false
    let stored = try bytes(unsealed)
    for length in stride(from: 0, to: stored.count, by: 7) {
      #expect(throws: SafetensorsError.self) { _ = try read(Array(stored[..<length])) }
    }
    for index in stored.indices {
      var damaged = stored
      damaged[index] ^= 1 << (index % 8)
      guard let model = try? read(damaged) else { continue }
      // What is taken for a model can be used as one.
      for column in model.columns where column.width < 1_000 {
        let features = column.isNumeric ? column.features(ofNumber: 1) : column.features(ofText: "x")
        #expect(features.count == column.width)
      }
      #expect(model.members[0].array.allSatisfy { $0.isFinite })
    }
  }

  @Test func `every single bit that flips in a model is detected`() throws {
    let stored = try bytes(model(small, hidden: [3]))
    #expect(try bytes(read(stored)) == stored && Seal.finding(in: stored) == .whole)
    var damaged = stored
    for index in stored.indices {
      for bit in 0..<8 {
        damaged[index] ^= 1 << bit
        #expect(throws: SafetensorsError.self, "bit \(bit) of byte \(index)") { _ = try read(damaged) }
        damaged[index] = stored[index]
      }
    }
    damaged[stored.count - 2] ^= 1
    do {
      _ = try read(damaged)
    } catch {
      #expect("\(error)".hasPrefix("m is damaged: its checksum is "))
    }
  }
}

/// Files that this version has once written are read by every later one, and written again as they are.
@Suite struct StoredModelTests {
  /// A table of numbers (some missing, some with an offset) and categories (some hashed), --hidden 5,4 --activation gelu.
  @Test func `a model of version 0.1.0`() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/0.1.0-mlp.safetensors").path
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let model = try ModelFile(Safetensors(verifying: bytes, path: path), path: path)
    #expect(!model.isSealed)
    #expect(model.shape.hidden == [5, 4] && model.shape.activation == .gelu)
    #expect(model.classNames == ["rare", "some", "usual"] && model.classWeights.count == 3)
    #expect(model.columns.map(\.name) == ["age", "stamp", "color", "code", "flag"])
    #expect(model.columns[3].kind == .hashed(count: 8) && model.columns.allSatisfy { $0.unit == .none })
    #expect(model.temperature == nil && model.classCounts == nil && model.data == nil)
    var again: [UInt8] = []
    try model.write { again += $0 }
    #expect(again == bytes)
  }
}
