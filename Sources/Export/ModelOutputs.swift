internal import Models
internal import ONNX

/// What an exported model gives.
struct ModelOutputs {
  let label: Graph.Port
  let probabilities: Graph.Port
  /// Integers where all are such, else texts.
  let classNames: Constant

  static let names = ["label", "probabilities"]

  init(classNames: [String], _ kind: ProbabilityRule.Kind, _ decision: DecisionRule?) {
    let integers = classNames.compactMap { name in Int(name).flatMap { String($0) == name ? $0 : nil } }
    let areIntegers = integers.count == classNames.count
    self.classNames = areIntegers ? Constant(integers) : Constant(classNames)
    label = Graph.Port(
      Self.names[0], areIntegers ? .int64 : .string, [ModelInputs.rows],
      meaning: "the class of the largest logit"
        + (decision.map { " plus its offset, tuned for \($0.metric)" } ?? ""))
    probabilities = Graph.Port(
      Self.names[1], .float, [ModelInputs.rows, .exactly(classNames.count)],
      meaning: "\(kind.rawValue) probabilities of the classes, in the order of the metadata's \"classes\"")
  }

  var ports: [Graph.Port] { [label, probabilities] }
}
