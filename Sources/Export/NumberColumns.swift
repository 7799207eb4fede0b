internal import Datasets
internal import ONNX

/// Columns of numbers: what each value is subtracted from, divided by, and replaced with.
///
/// A value x becomes (x − mean) / scale in Float64, rounded to Float32; a missing one (NaN, or a number that stands for
/// it) becomes what `fill` would; behind it stands how far x has come through each bin, where the column has such
/// (`NumberBins`); and where the column marks missing values, one more feature is 1 for them, else 0. The arithmetic is that of training, operation by operation, and so are the bits.
struct NumberColumns {
  private let columns: [EncodedColumn]
  private var means: [Double] = []
  private var scales: [Double] = []
  private var offsets: [Double] = []
  /// What stands for a missing value, and its feature.
  private var fills: [Double] = []
  private var filledFeatures: [Float] = []
  private var bins = NumberBins()
  /// What stands for a missing value, beside NaN.
  let missing: [Double]

  /// - Parameters:
  ///   - columns: Of numbers, and of others, which are left out.
  ///   - missing: What stands for a missing value, beside NaN.
  init(_ columns: [EncodedColumn], missing: [Double]) {
    self.columns = columns.filter(\.isNumeric)
    self.missing = missing
    for column in self.columns {
      switch column.kind {
      case .numeric(let mean, let scale, let fill, let offset):
        append(mean, scale, fill, offset)
        bins.append([])
      case .piecewise(let mean, let scale, let fill, let offset, let edges):
        append(mean, scale, fill, offset)
        bins.append(edges)
      case .quantile, .oneHot, .hashed, .level: preconditionFailure("\(column.name) is not written as ONNX so")
      }
    }
  }

  private mutating func append(_ mean: Double, _ scale: Double, _ fill: Double, _ offset: Double) {
    means.append(mean)
    scales.append(scale)
    offsets.append(offset)
    fills.append(fill)
    filledFeatures.append(Float((fill - mean) / scale))
  }

  /// Whether some value becomes another.
  private var changeValues: Bool { zip(means, scales).contains { $0 != 0 || $1 != 1 } || haveOffsets }
  private var haveOffsets: Bool { offsets.contains { $0 != 0 } }

  private var markMissing: Bool { columns.contains(where: \.marksMissing) }

  /// Where the features come from, of [all values | all marks, where there are such | all bins].
  private var order: [Int] {
    let firstBin = columns.count * (markMissing ? 2 : 1)
    return columns.indices.flatMap { index in
      [index] + bins.places(ofColumn: index).map { firstBin + $0 }
        + (columns[index].marksMissing ? [columns.count + index] : [])
    }
  }

  /// The features, [N, sum of widths], in the order of the columns.
  ///
  /// - Parameter values: [N, columns], as readers leave them: less the offset, in Float32; NaN where missing.
  func features(of values: Graph.Value, in graph: inout Graph) -> Graph.Value {
    let areMissing = whetherMissing(values, in: &graph)
    let wide = changeValues || !bins.isEmpty ? widened(values, in: &graph) : values
    let scaled = changeValues ? standardized(wide, in: &graph) : values
    let fill = graph.constant("numbers.fill", Constant(filledFeatures))
    let filled = graph.node("Where", [areMissing, fill, scaled], name: "numbers.filled")
    guard order.count > columns.count else { return filled }
    var parts = [filled]
    if markMissing {
      parts.append(
        graph.node("Cast", [areMissing], ["to": .integer(ElementType.float.code)], name: "numbers.marks"))
    }
    if !bins.isEmpty {
      let fill = graph.constant("numbers.fill_of_bins", Constant(fills))
      let known = graph.node("Where", [areMissing, fill, wide], name: "numbers.known")
      parts.append(bins.features(of: known, in: &graph))
    }
    let all = graph.node("Concat", parts, ["axis": .integer(1)], name: "numbers.with_marks")
    let order = graph.constant("numbers.order", Constant(order))
    return graph.node("Gather", [all, order], ["axis": .integer(1)], name: "numbers.features")
  }

  /// In Float64, as they stand in the data.
  private func widened(_ values: Graph.Value, in graph: inout Graph) -> Graph.Value {
    let wide = graph.node("Cast", [values], ["to": .integer(ElementType.double.code)], name: "numbers.wide")
    guard haveOffsets else { return wide }
    let offset = graph.constant("numbers.offset", Constant(offsets))
    return graph.node("Add", [wide, offset], name: "numbers.with_offset")
  }

  private func whetherMissing(_ values: Graph.Value, in graph: inout Graph) -> Graph.Value {
    missing.reduce(graph.node("IsNaN", [values], name: "numbers.are_missing")) { areMissing, number in
      // With an offset they are NaN already: of numbers less the offset too many would be equal.
      let numbers = graph.constant("numbers.missing", Constant(offsets.map { $0 == 0 ? Float(number) : .nan }))
      let areEqual = graph.node("Equal", [values, numbers], name: "numbers.stand_for_missing")
      return graph.node("Or", [areMissing, areEqual], name: "numbers.are_missing")
    }
  }

  private func standardized(_ wide: Graph.Value, in graph: inout Graph) -> Graph.Value {
    let mean = graph.constant("numbers.mean", Constant(means))
    let centred = graph.node("Sub", [wide, mean], name: "numbers.centred")
    let scale = graph.constant("numbers.scale", Constant(scales))
    let scaled = graph.node("Div", [centred, scale], name: "numbers.scaled")
    return graph.node("Cast", [scaled], ["to": .integer(ElementType.float.code)], name: "numbers.standardized")
  }
}
