internal import ONNX

/// How far numbers have come through the bins of their columns, all bins of all columns at once: (x − b) / (b′ − b) between
/// the edges b and b′, held in 0 ... 1 but for the first bin of a column below and the last above.
struct NumberBins {
  /// Of each bin: its column among those of numbers, its lower edge, its width, and what it is held in.
  private var columns: [Int] = []
  private var lowerEdges: [Double] = []
  private var widths: [Double] = []
  private var least: [Double] = []
  private var most: [Double] = []
  /// The bins of each column.
  private var ranges: [Range<Int>] = []

  var isEmpty: Bool { columns.isEmpty }

  /// Appends a column.
  ///
  /// - Parameter edges: Of its bins, ascending; none where it has no bins.
  mutating func append(_ edges: [Double]) {
    let start = columns.count
    for bin in 0..<max(edges.count - 1, 0) {
      columns.append(ranges.count)
      lowerEdges.append(edges[bin])
      widths.append(edges[bin + 1] - edges[bin])
      least.append(bin == 0 ? -.infinity : 0)
      most.append(bin == edges.count - 2 ? .infinity : 1)
    }
    ranges.append(start..<columns.count)
  }

  func places(ofColumn index: Int) -> Range<Int> { ranges[index] }

  /// The features, Float32 [N, bins].
  ///
  /// - Parameter values: Float64 [N, columns of numbers], without missing ones.
  func features(of values: Graph.Value, in graph: inout Graph) -> Graph.Value {
    func constant(_ name: String, _ values: [Double]) -> Graph.Value {
      graph.constant("bins.\(name)", Constant(values))
    }
    let places = graph.constant("bins.columns", Constant(columns))
    let each = graph.node("Gather", [values, places], ["axis": .integer(1)], name: "bins.values")
    let rest = graph.node("Sub", [each, constant("lower_edges", lowerEdges)], name: "bins.rest")
    let shares = graph.node("Div", [rest, constant("widths", widths)], name: "bins.shares")
    let above = graph.node("Max", [shares, constant("least", least)], name: "bins.from_least")
    let held = graph.node("Min", [above, constant("most", most)], name: "bins.held")
    return graph.node("Cast", [held], ["to": .integer(ElementType.float.code)], name: "bins.features")
  }
}
