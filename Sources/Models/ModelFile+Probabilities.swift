extension ProbabilityRule {
  /// The rule by which a model's logits become probabilities.
  ///
  /// - Parameter path: Of the model, for messages.
  /// - Throws: `ProbabilityRuleError` where its file does not say enough for this kind.
  public init(_ kind: Kind, of model: ModelFile, path: String) throws(ProbabilityRuleError) {
    try self.init(
      kind, classCount: model.shape.classCount, classWeights: model.priorWeights ?? model.classWeights,
      classCounts: model.classCounts,
      temperature: model.temperature, path: path)
  }
}
