public import Export
public import Models
internal import ONNX

/// What `export` says: what was written, what it takes and gives, and what to type in Python.
public struct ExportReport {
  let model: ModelFile
  let exported: ONNXModel
  private let source: String
  let path: String
  private let byteCount: Int

  /// Inputs that are shown.
  private static let fewInputs = 20

  /// - Parameters:
  ///   - model: What was exported.
  ///   - source: Where it was read.
  ///   - path: The file that was written.
  ///   - byteCount: Its size.
  public init(_ model: ModelFile, _ exported: ONNXModel, source: String, path: String, byteCount: Int) {
    self.model = model
    self.exported = exported
    self.source = source
    self.path = path
    self.byteCount = byteCount
  }

  /// For people.
  public var text: String {
    let sets = Graph.OperatorSet.allCases.filter(exported.uses).map(\.description).joined(separator: ", ")
    return """
      model    \(source): \(model.summary)
      written  \(path), \(NumberFormat.grouped(byteCount)) bytes, operators of \(sets)

      \(table("input", "takes", exported.inputs))

      \(table("output", "gives", exported.outputs))

      In Python (pip install onnxruntime \(isOfTables ? "pandas" : "numpy")):

      \(python)
      """
  }

  private func table(_ title: String, _ meaning: String, _ ports: [Graph.Port]) -> String {
    var table = TextTable([(title, .left), ("type", .left), ("shape", .left), (meaning, .left)])
    let rows = ports.map { [$0.name, $0.type.name, $0.shapeText, $0.meaning] }
    guard table.append(rows, most: Self.fewInputs) else { return table.text }
    return "\(table.text)\n\(NumberFormat.grouped(rows.count)) in all"
  }
}
