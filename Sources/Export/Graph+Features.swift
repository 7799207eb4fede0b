internal import Datasets
internal import ONNX

extension Graph {
  /// What the network takes, [N, D]: the features of the columns, in their order.
  ///
  /// - Parameters:
  ///   - columns: None where rows are taken as they are.
  ///   - data: How the training data was written, where that is known: it says what stands for a missing value, beside
  ///     NaN and the empty text.
  mutating func features(of columns: [EncodedColumn], _ inputs: ModelInputs, _ data: DataSchema?) -> Value {
    let values = inputs.ports.map { value(of: $0) }
    let numberColumns = NumberColumns(columns, missing: data?.missingNumbers ?? [])
    guard inputs.isByColumn else {
      return columns.isEmpty ? values[0] : numberColumns.features(of: values[0], in: &self)
    }
    // All numbers at once, however they stand among texts: an operation costs much, a number in it little.
    var numbers = parts(of: numberColumns, columns, values)[...]
    var parts: [Value] = []
    for (index, column) in columns.enumerated() where column.width > 0 {
      if case .oneHot(let levels, let hasOther) = column.kind {
        let category = CategoryColumn(
          column, levels: levels, hasOther: hasOther, input: inputs.ports[index].name,
          missingTexts: data?.missing ?? [])
        parts.append(category.features(of: values[index], in: &self))
      } else if index == 0 || !columns[index - 1].isNumeric, let part = numbers.popFirst() {
        parts.append(part)
      }
    }
    return concatenated(parts, name: "encoded")
  }

  /// What the embedding of each column takes, in their order: of a column of numbers its features, [N, features], of one of
  /// categories the rows of its table, Int64 [N]. Columns without features are left out.
  mutating func columns(_ columns: [EncodedColumn], _ inputs: ModelInputs, _ data: DataSchema?) -> [Value] {
    let values = inputs.ports.map { value(of: $0) }
    let numberColumns = NumberColumns(columns, missing: data?.missingNumbers ?? [])
    let widths = columns.filter(\.isNumeric).map(\.width)
    var numbers: [Value] = []
    if !widths.isEmpty {
      let read =
        inputs.isByColumn
        ? concatenated(readNumbers(columns, values, numberColumns), name: "numbers") : values[0]
      numbers = split(numberColumns.features(of: read, in: &self), widths)
    }
    var next = numbers[...]
    return columns.enumerated().compactMap { index, column in
      guard case .level(let levels) = column.kind else { return next.popFirst() }
      let category = CategoryColumn(
        column, levels, input: inputs.ports[index].name, missingTexts: data?.missing ?? [])
      let place = category.place(of: values[index], in: &self)
      let axes = constant("\(inputs.ports[index].name).axes", Constant([1]))
      return node("Squeeze", [place, axes], name: "\(inputs.ports[index].name).row")
    }
  }

  /// The values of the columns of numbers, [N, 1] each, as readers leave them.
  private mutating func readNumbers(
    _ columns: [EncodedColumn], _ values: [Value], _ numbers: NumberColumns
  ) -> [Value] {
    zip(columns, values).filter(\.0.isNumeric).map { column, value in
      column.offset == 0 ? value : rounded(value, less: column.offset, missing: numbers.missing)
    }
  }

  /// The features of the columns of numbers, in a part for each run of neighbouring ones.
  private mutating func parts(of numbers: NumberColumns, _ columns: [EncodedColumn], _ values: [Value]) -> [Value] {
    let widths = columns.split { !$0.isNumeric }.map { $0.reduce(0) { $0 + $1.width } }
    guard !widths.isEmpty else { return [] }
    let read = concatenated(readNumbers(columns, values, numbers), name: "numbers")
    let features = numbers.features(of: read, in: &self)
    return split(features, widths)
  }

  private mutating func split(_ features: Value, _ widths: [Int]) -> [Value] {
    guard widths.count > 1 else { return [features] }
    let sizes = constant("numbers.widths", Constant(widths))
    return nodes("Split", [features, sizes], ["axis": .integer(1)], name: "numbers.part", count: widths.count)
  }

  /// As readers leave a number of a column that has an offset: less that, rounded, NaN where it stands for a missing
  /// value.
  private mutating func rounded(_ value: Value, less offset: Double, missing: [Double]) -> Value {
    let known = missing.reduce(value) { known, number in
      let number = constant("\(value.name).missing", Constant([number]))
      let isMissing = node("Equal", [value, number], name: "\(value.name).stands_for_missing")
      let none = constant("\(value.name).none", Constant([Double.nan]))
      return node("Where", [isMissing, none, known], name: "\(value.name).known")
    }
    let offset = constant("\(value.name).offset", Constant([offset]))
    let rest = node("Sub", [known, offset], name: "\(value.name).rest")
    return node("Cast", [rest], ["to": .integer(ElementType.float.code)], name: "\(value.name).rounded")
  }

  private mutating func concatenated(_ values: [Value], name: String) -> Value {
    values.count == 1 ? values[0] : node("Concat", values, ["axis": .integer(1)], name: name)
  }
}
