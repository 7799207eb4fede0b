internal import Kernels
internal import Models
internal import ONNX
internal import Tensors

extension Graph {
  /// The logits of a model, [N, C]: of several members ln((1/K) Σ softmax(z_k)).
  ///
  /// - Parameter features: [N, D]; or of each column what its embedding takes.
  mutating func logits(of features: [Value], _ model: ModelFile) -> Value {
    let count = model.members.count
    guard count > 1 else { return logits(of: features, model, member: 0) }
    let probabilities = (0..<count).map { member in
      node(
        "Softmax", [logits(of: features, model, member: member)], ["axis": .integer(1)],
        name: "members.\(member).probabilities")
    }
    // Of a class that no member takes for possible it is −∞, whose softmax is 0.
    return node("Log", [node("Mean", probabilities, name: "members.mean")], name: "logits")
  }

  /// The logits of a member, [N, C].
  ///
  /// - Parameter features: As above.
  private mutating func logits(of features: [Value], _ model: ModelFile, member: Int) -> Value {
    let perMember = ParameterLayout(model.shape).tensors.count
    let tensors = Array(model.tensors[(member * perMember)..<((member + 1) * perMember)])
    let prefix = ModelFile.prefix(ofMember: member, of: model.members.count)
    var x = model.shape.embedding.map { embedded(features, $0, tensors, prefix: prefix) } ?? features[0]
    // Two tensors a layer, weight before bias, behind all others.
    let ofLayers = tensors.suffix(2 * model.shape.layers.count)
    for (index, _) in model.shape.layers.enumerated() {
      let ofLayer = ofLayers.dropFirst(2 * index).prefix(2)
      let parameters = ofLayer.map { tensor in
        constant(tensor.name, Constant(floatBytes: tensor.values.bytes, shape: tensor.shape))
      }
      let isLast = index == model.shape.hidden.count
      // x Wᵀ + b
      x = node(
        "Gemm", [x] + parameters, ["transB": .integer(1)],
        name: prefix + (isLast ? "logits" : "layers.\(index).sum"))
      if !isLast { x = activated(x, model.shape.activation, name: "\(prefix)layers.\(index)") }
    }
    return x
  }

  /// What the first layer takes, [N, columns · numbers of each].
  ///
  /// - Parameters:
  ///   - columns: See `columns`.
  ///   - tensors: Of a member: its tables first.
  private mutating func embedded(
    _ columns: [Value], _ shape: EmbeddingShape, _ tensors: [Safetensors.Tensor], prefix: String
  ) -> Value {
    let tableCount = shape.areTables.count { $0 }
    // Of the columns of numbers: a row for each feature, a row for each column.
    let maps = tensors.dropFirst(tableCount).prefix(2).map(\.values)
    var (table, feature, number) = (0, 0, 0)
    let width = shape.width
    let parts = zip(shape.columns, columns).enumerated().map { index, pair in
      let (column, value) = pair
      switch column {
      case .table:
        let tensor = tensors[table]
        table += 1
        let rows = constant(tensor.name, Constant(floatBytes: tensor.values.bytes, shape: tensor.shape))
        return node("Gather", [rows, value], ["axis": .integer(0)], name: "\(tensor.name).row")
      case .numbers(let features):
        let name = "\(prefix)embeddings.\(index)"
        let weight = maps[0][(feature * width)..<((feature + features) * width)].bytes
        let bias = maps[1][(number * width)..<((number + 1) * width)].bytes
        feature += features
        number += 1
        let parameters = [
          constant("\(name).weight", Constant(floatBytes: weight, shape: [features, width])),
          constant("\(name).bias", Constant(floatBytes: bias, shape: [width])),
        ]
        return node("Gemm", [value] + parameters, name: "\(name).sum")
      }
    }
    return parts.count == 1 ? parts[0] : node("Concat", parts, ["axis": .integer(1)], name: "\(prefix)embeddings")
  }

  private mutating func activated(_ x: Value, _ activation: Activation, name: String) -> Value {
    switch activation {
    case .relu: return node("Relu", [x], name: "\(name).relu")
    case .tanh: return node("Tanh", [x], name: "\(name).tanh")
    case .gelu:
      // x·Φ(x) = ½ x (1 + erf(x/√2)). (The operation `Gelu` is of a younger set.)
      let root = constant("\(name).root_of_2", Constant([Float(2).squareRoot()]))
      let one = constant("\(name).one", Constant([Float(1)]))
      let half = constant("\(name).half", Constant([Float(0.5)]))
      let quotient = node("Div", [x, root], name: "\(name).quotient")
      let erf = node("Erf", [quotient], name: "\(name).erf")
      let sum = node("Add", [erf, one], name: "\(name).twice_cumulative")
      let product = node("Mul", [x, sum], name: "\(name).twice_gelu")
      return node("Mul", [product, half], name: "\(name).gelu")
    }
  }

  /// Gives the class of each row its name, and its probabilities their output.
  ///
  /// - Parameters:
  ///   - logits: [N, C]
  ///   - decision: Nil where the largest logit decides.
  mutating func outputs(
    of logits: Value, _ outputs: ModelOutputs, _ rule: ProbabilityRule, _ decision: DecisionRule?
  ) {
    var decisive = logits
    if let decision {
      let offsets = constant("label.offsets", Constant(decision.offsets))
      decisive = node("Add", [logits, offsets], name: "label.tuned")
    }
    // The first of the largest, whatever becomes of the probabilities.
    let index = node("ArgMax", [decisive], ["axis": .integer(1), "keepdims": .integer(0)], name: "label.index")
    let names = constant("label.names", outputs.classNames)
    output(outputs.label, "Gather", [names, index])

    var z = logits
    if rule.shifts.contains(where: { $0 != 0 }) {
      let shift = constant("probabilities.shift", Constant(rule.shifts.map { Float($0) }))
      z = node("Add", [z, shift], name: "probabilities.shifted")
    }
    if rule.inverseTemperature != 1 {
      let factor = constant("probabilities.inverse_temperature", Constant([Float(rule.inverseTemperature)]))
      z = node("Mul", [z, factor], name: "probabilities.cooled")
    }
    output(outputs.probabilities, "Softmax", [z], ["axis": .integer(1)])
  }
}
