internal import Datasets
internal import ONNX

/// Columns of numbers: what each value is subtracted from, divided by, and replaced with.
///
/// A value x becomes (x − mean) / scale in Float64, rounded to Float32; a missing one (NaN, or a number that stands for
/// it) becomes what `fill` would; and where the column marks missing values, a second feature behind it is 1 for them,
/// else 0. The arithmetic is that of training, operation by operation, and so are the bits.
struct NumberColumns {
  private let columns: [EncodedColumn]
  private var means: [Double] = []
  private var scales: [Double] = []
  private var offsets: [Double] = []
  /// The feature of a missing value.
  private var fills: [Float] = []
  /// What stands for a missing value, beside NaN.
  let missing: [Double]

  /// - Parameters:
  ///   - columns: Of numbers, and of others, which are left out.
  ///   - missing: What stands for a missing value, beside NaN.
  init(_ columns: [EncodedColumn], missing: [Double]) {
    self.columns = columns.filter(\.isNumeric)
    self.missing = missing
    for column in columns {
      guard case .numeric(let mean, let scale, let fill, let offset) = column.kind else { continue }
      means.append(mean)
      scales.append(scale)
      offsets.append(offset)
      fills.append(Float((fill - mean) / scale))
    }
  }

  /// Whether some value becomes another.
  private var changeValues: Bool { zip(means, scales).contains { $0 != 0 || $1 != 1 } || haveOffsets }
  private var haveOffsets: Bool { offsets.contains { $0 != 0 } }

  /// Where the features come from, of [all values | all marks].
  private var order: [Int] {
    columns.indices.flatMap { columns[$0].marksMissing ? [$0, columns.count + $0] : [$0] }
  }

  /// The features, [N, sum of widths], in the order of the columns.
  ///
  /// - Parameter values: [N, columns], as readers leave them: less the offset, in Float32; NaN where missing.
  func features(of values: Graph.Value, in graph: inout Graph) -> Graph.Value {
    let areMissing = whetherMissing(values, in: &graph)
    let scaled = changeValues ? standardized(values, in: &graph) : values
    let fill = graph.constant("numbers.fill", Constant(fills))
    let filled = graph.node("Where", [areMissing, fill, scaled], name: "numbers.filled")
    guard order.count > columns.count else { return filled }
    let marks = graph.node(
      "Cast", [areMissing], ["to": .integer(ElementType.float.code)], name: "numbers.marks")
    let both = graph.node("Concat", [filled, marks], ["axis": .integer(1)], name: "numbers.with_marks")
    let order = graph.constant("numbers.order", Constant(order))
    return graph.node("Gather", [both, order], ["axis": .integer(1)], name: "numbers.features")
  }

  private func whetherMissing(_ values: Graph.Value, in graph: inout Graph) -> Graph.Value {
    missing.reduce(graph.node("IsNaN", [values], name: "numbers.are_missing")) { areMissing, number in
      // With an offset they are NaN already: of numbers less the offset too many would be equal.
      let numbers = graph.constant("numbers.missing", Constant(offsets.map { $0 == 0 ? Float(number) : .nan }))
      let areEqual = graph.node("Equal", [values, numbers], name: "numbers.stand_for_missing")
      return graph.node("Or", [areMissing, areEqual], name: "numbers.are_missing")
    }
  }

  private func standardized(_ values: Graph.Value, in graph: inout Graph) -> Graph.Value {
    var wide = graph.node("Cast", [values], ["to": .integer(ElementType.double.code)], name: "numbers.wide")
    if haveOffsets {
      let offset = graph.constant("numbers.offset", Constant(offsets))
      wide = graph.node("Add", [wide, offset], name: "numbers.with_offset")
    }
    let mean = graph.constant("numbers.mean", Constant(means))
    let centred = graph.node("Sub", [wide, mean], name: "numbers.centred")
    let scale = graph.constant("numbers.scale", Constant(scales))
    let scaled = graph.node("Div", [centred, scale], name: "numbers.scaled")
    return graph.node("Cast", [scaled], ["to": .integer(ElementType.float.code)], name: "numbers.standardized")
  }
}
