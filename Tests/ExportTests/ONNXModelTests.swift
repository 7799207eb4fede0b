import Datasets
import Export
import Foundation
import Kernels
import Models
import ONNX
import RandomStreams
import Tensors
import TestSupport
import Testing

/// Exported models, run by an interpreter of the format.
@Suite struct ONNXModelTests {
  private static let number = EncodedColumn(
    name: "number", kind: .numeric(mean: 1.7, scale: 0.3, fill: 1.7), marksMissing: true)
  private static let plain = EncodedColumn(name: "plain", kind: .numeric(mean: -3, scale: 17, fill: 2))
  private static let time = EncodedColumn(
    name: "time", kind: .numeric(mean: 1_700_000_431.25, scale: 77, fill: 1_700_000_500, offset: 1_700_000_000))
  private static let color = EncodedColumn(
    name: "color", kind: .oneHot(levels: ["1", "blue", "grün", "red"]), marksMissing: true)
  private static let many = EncodedColumn(name: "many", kind: .oneHot(levels: ["a", "b"], hasOther: true))
  private static let marked = EncodedColumn(
    name: "marked", kind: .oneHot(levels: ["", "NA"], hasOther: true), marksMissing: true)
  private static let binned = EncodedColumn(
    name: "binned", kind: .piecewise(mean: 1, scale: 3, fill: 1.1, edges: [-1, 0.1, 0.4, 1.7]), marksMissing: true)
  private static let binnedTime = EncodedColumn(
    name: "binned time",
    kind: .piecewise(
      mean: 1_700_000_431.25, scale: 77, fill: 1_700_000_500, offset: 1_700_000_000,
      edges: [1_700_000_000.25, 1_700_000_431.1]))
  private static let empty = EncodedColumn(name: "empty", kind: .oneHot(levels: []))

  static let tables: [[EncodedColumn]] = [
    [number], [plain, number, plain], [time], [color], [plain, time, number], [many, empty],
    [binned], [plain, binned], [number, binned, binned], [plain, binnedTime, binned],
    [binned, color, plain, binnedTime],
    [number, color, plain, time, many, number, empty, plain, marked],
  ]

  private func model(
    _ columns: [EncodedColumn], hidden: [Int] = [], activation: Activation = .relu,
    classNames: [String] = ["b", "a", "c,\"d\""], classWeights: [Double] = [0.5, 2, 0], featureCount: Int? = nil,
    data: DataSchema? = nil, embedding: Int? = nil
  ) -> ModelFile {
    let names = columns.isEmpty ? (0..<(featureCount ?? 4)).map { "x\($0)" } : columns.flatMap(\.featureNames)
    let shape = ModelShape(
      featureCount: names.count, hidden: hidden, classCount: classNames.count, activation: activation,
      embedding: embedding.map { EmbeddingShape(width: $0, of: columns) })
    var random = RandomStream(seed: 5, purpose: .initialization)
    return ModelFile(
      shape: shape, featureNames: names, classNames: classNames, classWeights: classWeights, loss: [:],
      columns: columns, data: data,
      members: [Vector((0..<ParameterLayout(shape).count).map { _ in Float(random.normal()) })])
  }

  private func rule(_ kind: ProbabilityRule.Kind, _ model: ModelFile) -> ProbabilityRule {
    switch kind {
    case .raw: .raw(classCount: model.shape.classCount)
    case .prior: .prior(weights: model.classWeights)
    case .calibrated: .calibrated(weights: model.classWeights, temperature: 1.7)
    }
  }

  private func exported(_ model: ModelFile, _ kind: ProbabilityRule.Kind = .raw) throws -> ONNXModel {
    try ONNXModel(model, ProbabilityRule(kind, of: model, path: "m"), version: "1", path: "m")
  }

  private func interpreter(_ model: ONNXModel) throws -> GraphInterpreter {
    let folder = try TemporaryFolder()
    _ = try model.write(to: folder.path("m.onnx"), overwriting: false)
    return try GraphInterpreter([UInt8](folder.data("m.onnx")))
  }

  /// A value for each column, seven rows of them: usual ones, missing ones, and what training never saw.
  private static let numbers: [Double] = [1.7, -0.5, .nan, 1e9, 0.1, -9, .infinity]
  private static let times: [Double] = [1_700_000_431, 1_700_000_431.25, .nan, 0, 1_699_999_999.75, -9, 1e18]
  private static let texts = ["red", "1.0", "", "gru\u{308}n", "violet", "NA", "a"]

  private func inputs(_ columns: [EncodedColumn], _ model: ONNXModel) -> [String: Tensor] {
    if model.inputs.map(\.name) == [ONNXModel.matrixInput] {
      let rows = Self.numbers.flatMap { value in columns.map { _ in Tensor.Element.float(Float(value)) } }
      return ["features": Tensor(rows: Self.numbers.count, columns: columns.count, rows)]
    }
    return Dictionary(
      uniqueKeysWithValues: zip(model.inputs, columns).map { port, column in
        switch port.type {
        case .float: (port.name, .column(Self.numbers.map { .float(Float($0)) }))
        case .double: (port.name, .column(Self.times.map { .double($0) }))
        default: (port.name, .column(Self.texts.map { .text($0) }))
        }
      })
  }

  /// What training would have made of the rows.
  private func features(_ columns: [EncodedColumn], missingTexts: Set<String> = [""]) -> [[Float]] {
    (0..<7).map { row in
      columns.flatMap { column in
        switch column.kind {
        case .numeric, .piecewise:
          column.features(
            ofNumber: Float((column.offset == 0 ? Self.numbers : Self.times)[row] - column.offset))
        case .oneHot(let levels, _):
          column.features(
            ofText: missingTexts.subtracting(levels).contains(Self.texts[row]) ? nil : Self.texts[row])
        case .level(let numbers):
          column.features(
            ofText: missingTexts.subtracting(numbers.levels).contains(Self.texts[row]) ? nil : Self.texts[row])
        case .hashed, .quantile: preconditionFailure("not exported")
        }
      }
    }
  }

  @Test(arguments: Self.tables) func `features have the bits of training`(columns: [EncodedColumn]) throws {
    let model = model(columns)
    let exported = try exported(model)
    let interpreter = try interpreter(exported)
    let values = interpreter.run(inputs(columns, exported))
    let gemm = try #require(interpreter.file.graph.node.first { $0.opType == "Gemm" })
    let found = try #require(values[gemm.input[0]])
    #expect(found.rowsOfFloats.map { $0.map(\.bitPattern) } == features(columns).map { $0.map(\.bitPattern) })
  }

  @Test(
    arguments: [([], Activation.relu), ([5], .relu), ([6, 4], .gelu), ([3, 3, 3], .tanh)], ProbabilityRule.Kind.allCases
  )
  func `classes and probabilities are those of the network`(
    network: ([Int], Activation), kind: ProbabilityRule.Kind
  ) throws {
    let columns = [Self.plain, Self.color, Self.many]
    let model = model(columns, hidden: network.0, activation: network.1)
    let rule = rule(kind, model)
    let exported = try ONNXModel(model, rule, version: "1", path: "m")
    var inputs = inputs(columns, exported)
    let plainNumbers: [Float] = [1.7, -0.5, .nan, 40, 0.1, -9, 3]
    inputs["plain"] = .column(plainNumbers.map { .float($0) })
    let values = try interpreter(exported).run(inputs)

    let features = zip(features(columns), plainNumbers).map { row, plain in
      Self.plain.features(ofNumber: plain) + row.dropFirst()
    }
    let feedForward = FeedForwardNetwork(model.shape, dropout: Dropout(rate: 0), largestBatch: 7)
    feedForward.parameters.prefix(model.members[0].count).copy(from: model.members[0])
    let matrix = Vector(features.flatMap { $0 }).matrix(rows: 7, columns: model.shape.featureCount)
    let logits = feedForward.logits(of: .dense(matrix))
    let best = (0..<7).map { row in (0..<3).reduce(0) { logits[$1, row] > logits[$0, row] ? $1 : $0 } }
    #expect(values["label"]?.elements == best.map { .text(model.classNames[$0]) })
    rule.apply(to: logits)
    let found = try #require(values["probabilities"])
    for row in 0..<7 {
      for (index, probability) in found.row(row).map(\.float).enumerated() {
        #expect(abs(probability - logits[index, row]) < 2e-6)
      }
    }
    #expect(kind == .raw || found.rowsOfFloats.allSatisfy { $0[2] == 0 }, "the class of weight 0")
  }

  private static let levels = EncodedColumn(
    name: "levels", kind: .level(LevelNumbers(["1", "grün", "red"])), marksMissing: true)
  private static let unmarked = EncodedColumn(name: "levels", kind: .level(LevelNumbers(["a", "red"])))

  @Test(
    arguments: [
      [levels], [number], [plain, number], [binned, levels, plain, empty, unmarked],
      [unmarked, levels, binned, binnedTime],
    ], [1, 2])
  func `embedded columns give the logits of the network`(columns: [EncodedColumn], members: Int) throws {
    var model = model(columns, hidden: [5], embedding: 4)
    let parameters = model.members[0].array
    model.members = (0..<members).map { member in Vector(parameters.map { $0 * Float(1 - member) + Float(member) / 3 })
    }
    let exported = try exported(model)
    let values = try interpreter(exported).run(inputs(columns, exported))
    // Of infinite numbers, and of 1e9, nothing is promised.
    let rows = features(columns)
    let ensemble = Ensemble(model.shape, members: model.members, largestBatch: 7)
    let logits = ensemble.logits(
      of: .dense(Vector(rows.flatMap { $0 }).matrix(rows: 7, columns: model.shape.featureCount)))
    rule(.raw, model).apply(to: logits)
    let found = try #require(values["probabilities"])
    for row in [0, 1, 2, 4, 5] {
      for (index, probability) in found.row(row).map(\.float).enumerated() {
        #expect(abs(probability - logits[index, row]) < 4e-6, "row \(row)")
      }
    }
  }

  @Test(arguments: [[], [5]], ProbabilityRule.Kind.allCases)
  func `members give the mean of their probabilities`(hidden: [Int], kind: ProbabilityRule.Kind) throws {
    let columns = [Self.color, Self.many]
    var model = model(columns, hidden: hidden)
    let parameters = model.members[0].array
    model.members = (0..<3).map { member in Vector(parameters.map { $0 * Float(1 - member) + Float(member) / 3 }) }
    let rule = rule(kind, model)
    let exported = try ONNXModel(model, rule, version: "1", path: "m")
    let values = try interpreter(exported).run(inputs(columns, exported))
    let rows = features(columns)
    let ensemble = Ensemble(model.shape, members: model.members, largestBatch: 7)
    let logits = ensemble.logits(
      of: .dense(Vector(rows.flatMap { $0 }).matrix(rows: 7, columns: model.shape.featureCount)))
    let best = (0..<7).map { row in (0..<3).reduce(0) { logits[$1, row] > logits[$0, row] ? $1 : $0 } }
    #expect(values["label"]?.elements == best.map { .text(model.classNames[$0]) })
    rule.apply(to: logits)
    let found = try #require(values["probabilities"])
    for row in 0..<7 {
      for (index, probability) in found.row(row).map(\.float).enumerated() {
        #expect(abs(probability - logits[index, row]) < 4e-6)
      }
    }
  }

  @Test func `tuned thresholds decide on the class, and on nothing else`() throws {
    let columns = [Self.plain, Self.color, Self.many]
    var model = model(columns)
    let before = try exported(model)
    let inputs = inputs(columns, before)
    let untuned = try interpreter(before).run(inputs)
    for index in 0..<3 {
      // A class gets all rows, or none.
      for offset in [Float(1e12), -1e12] {
        model.decision = DecisionRule(metric: "macro-f1", offsets: (0..<3).map { $0 == index ? offset : 0 })
        let tuned = try exported(model)
        #expect(tuned.outputs[0].meaning.hasSuffix("plus its offset, tuned for macro-f1"))
        let values = try interpreter(tuned).run(inputs)
        let found = try #require(values["label"]?.elements)
        let name = Tensor.Element.text(model.classNames[index])
        #expect(found.dropLast().allSatisfy { ($0 == name) == (offset > 0) })
        let probabilities = try #require(values["probabilities"])
        let expected = try #require(untuned["probabilities"])
        for row in 0..<7 { #expect("\(probabilities.row(row))" == "\(expected.row(row))") }
      }
    }
  }

  @Test func `rows that are taken as they are are one matrix`() throws {
    let exported = try exported(model([], classNames: ["3", "-1", "20"], classWeights: [1, 1, 1], featureCount: 3))
    #expect(exported.inputs.map(\.shapeText) == ["[N, 3]"] && exported.inputs.map(\.type) == [.float])
    #expect(
      exported.outputs.map(\.type) == [.int64, .float] && exported.outputs.map(\.shapeText) == ["[N]", "[N, 3]"])
    let rows = Tensor(rows: 2, columns: 3, [1, 0, 0, 0, -2, 5].map { .float($0) })
    let values = try interpreter(exported).run(["features": rows])
    #expect(try #require(values["label"]).integers.allSatisfy([3, -1, 20].contains))
  }

  @Test func `what stood for a missing value in the training data does so here`() throws {
    let schema = try JSONDecoder().decode(
      DataSchema.self,
      from: Data(
        #"{"form":"table","column_names":["a"],"has_names":true,"decimal":"point","missing":["","NA","-9.0"]}"#.utf8))
    for columns in [
      [Self.number, Self.plain], [Self.binned, Self.plain], [Self.number, Self.time, Self.color, Self.many],
    ] {
      let exported = try exported(model(columns, data: schema))
      let interpreter = try interpreter(exported)
      let gemm = try #require(interpreter.file.graph.node.first { $0.opType == "Gemm" })
      let found = try #require(interpreter.run(inputs(columns, exported))[gemm.input[0]]).rowsOfFloats
      #expect(found[5] == columns.flatMap { $0.isNumeric ? $0.features(ofNumber: .nan) : $0.features(ofText: nil) })
      let expected = features(columns, missingTexts: ["", "NA"])
      #expect(Array(found[..<5]) == Array(expected[..<5]) && found[6] == expected[6])
    }
  }

  @Test func `columns are inputs by their names, as far as names can be`() throws {
    let names = ["label", "", "a b", "a b", "probabilities", "logits", "layers.0.weight", "a b_"]
    let columns = names.map { EncodedColumn(name: $0, kind: Self.color.kind) }
    let exported = try exported(model(columns))
    #expect(
      exported.inputs.map(\.name)
        == ["label_", "x1", "a b", "a b_", "probabilities_", "logits", "layers.0.weight", "a b__"])
    let values = try interpreter(exported).run(inputs(columns, exported))
    #expect(values["probabilities"]?.rows == 7)
    // One column that needs Float64 makes all columns inputs.
    #expect(try self.exported(model([Self.plain, Self.time])).inputs.map(\.type) == [.float, .double])
    #expect(try self.exported(model([Self.plain, Self.number])).inputs.map(\.name) == ["features"])
  }

  @Test func `the file says what the model says`() throws {
    let model = model([Self.plain, Self.color])
    let file = try interpreter(exported(model, .prior)).file
    let metadata = Dictionary(uniqueKeysWithValues: file.metadataProps.map { ($0.key, $0.value) })
    #expect(metadata["classes"] == #"["b","a","c,\"d\""]"# && metadata["class_weights"] == "[0.5,2,0]")
    #expect(metadata["probabilities"] == "prior" && file.producerName == "cw-dist-train" && file.producerVersion == "1")
    #expect(file.docString.contains("linear 6 → 3"))
    #expect(file.graph.initializer.contains { $0.name == "layers.0.weight" && $0.dims == [3, 6] })
    let weight = try #require(model.tensors.first)
    let constant = try #require(file.graph.initializer.first { $0.name == weight.name })
    #expect([UInt8](constant.rawData) == weight.values.bytes)
  }

  @Test func `the same model has the same bytes`() throws {
    let folder = try TemporaryFolder()
    for name in ["a.onnx", "b.onnx"] {
      _ = try exported(model(Self.tables[6], hidden: [4])).write(to: folder.path(name), overwriting: false)
    }
    #expect(try folder.data("a.onnx") == folder.data("b.onnx"))
  }

  @Test func `a file that is there is replaced only when asked`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("mine", to: "m.onnx")
    let exported = try exported(model([Self.plain]))
    #expect(throws: ExportError.exists(path: path)) { _ = try exported.write(to: path, overwriting: false) }
    #expect(try folder.text("m.onnx") == "mine")
    #expect(try exported.write(to: path, overwriting: true) == folder.data("m.onnx").count)
  }

  @Test func `what ONNX cannot say is refused by its name`() throws {
    let hashed = EncodedColumn(name: "zip", kind: .hashed(count: 8))
    let failure = #expect(throws: ExportError.hashed(path: "m", column: "zip", count: 8)) {
      _ = try exported(model([Self.plain, hashed]))
    }
    #expect(failure?.description.contains("--rare-levels other") == true)
    let numbers = try JSONDecoder().decode(
      EncodedColumn.self,
      from: Data(
        #"{"name":"age","kind":"quantile","marks_missing":false,"quantiles":[1,2],"counts":[1,3]}"#.utf8))
    let other = #expect(throws: ExportError.ranked(path: "m", column: "age")) { _ = try exported(model([numbers])) }
    #expect(other?.description.contains("--numeric-encoding piecewise") == true)
  }

  @Test func `a model beyond 2 GiB is refused before its memory is taken`() throws {
    let shape = ModelShape(featureCount: 40_000, hidden: [], classCount: 14_000, activation: .relu)
    #expect(throws: GraphError.tooLarge(path: "m")) { try ONNXModel.checkSize(shape, path: "m") }
    try ONNXModel.checkSize(
      ModelShape(featureCount: 40_000, hidden: [], classCount: 13_000, activation: .relu), path: "m")
  }
}
