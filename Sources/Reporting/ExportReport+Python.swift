internal import Configuration
internal import Datasets
internal import Export
internal import Models
internal import ONNX

/// What to type in Python: from a file of rows, written as the training data was, to classes and probabilities.
extension ExportReport {
  /// Whether the data of the model is delimited text, which pandas reads.
  var isOfTables: Bool { !model.columns.isEmpty && model.data?.form ?? .table == .table }

  var python: String {
    let session = "session = onnxruntime.InferenceSession(\(Self.literal(path)))"
    let isOfMatrix = exported.inputs.map(\.name) == [ONNXModel.matrixInput]
    guard isOfTables else {
      guard isOfMatrix else {
        return """
          import numpy, onnxruntime
          \(session)
          kinds = {"tensor(float)": "float32", "tensor(double)": "float64"}
          rows = numpy.load("rows.npy")
          feed = {port.name: rows[:, [place]].astype(kinds[port.type]) for place, port in enumerate(session.get_inputs())}
          label, probabilities = session.run(None, feed)
          """
      }
      let width = model.columns.isEmpty ? model.shape.featureCount : model.columns.count
      return """
        import numpy, onnxruntime
        \(session)
        features = numpy.load("rows.npy").astype("float32").reshape(-1, \(width))
        label, probabilities = session.run(None, {"features": features})
        """
    }
    let start = """
      import \(conversions.contains("datetime.") ? "datetime, " : "")json, onnxruntime, pandas
      \(session)
      about = session.get_modelmeta().custom_metadata_map
      """
    let columns = #"columns = [column["name"] for column in json.loads(about["columns"])]"#
    guard !isOfMatrix else {
      return """
        \(start)
        \(columns)
        rows = \(reading(formNames.isEmpty ? nil : "dtype=dict.fromkeys([\(formNames)], str)"))\(conversions)
        label, probabilities = session.run(None, {"features": rows[columns].to_numpy("float32")})
        """
    }
    // Inputs have the names of the columns, but for those that other ports have.
    let isRenamed = zip(exported.inputs, model.columns).contains { $0.name != $1.name }
    let ports =
      isRenamed
      ? "\(columns)\nports = dict(zip(columns, session.get_inputs()))"
      : "ports = {port.name: port for port in session.get_inputs()}"
    return """
      \(start)
      \(ports)
      kinds = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(string)": "object"}
      kinds = {name: kinds[port.type] for name, port in ports.items()}
      texts = [name for name, kind in kinds.items() if kind == "object"]
      rows = \(reading("dtype=dict.fromkeys(texts\(formNames.isEmpty ? "" : " + [\(formNames)]"), str)"))
      rows = rows.fillna(dict.fromkeys(texts, ""))\(conversions)
      feed = {port.name: rows[[name]].to_numpy(kinds[name]) for name, port in ports.items()}
      label, probabilities = session.run(None, feed)
      """
  }

  /// The call that reads the rows, with what the model knows of how they are written.
  ///
  /// - Parameter types: Its argument for the types of columns; nil for none.
  private func reading(_ types: String?) -> String {
    var arguments = [#""rows.csv""#]
    if let data = model.data {
      if data.delimiter != DataSchema.usualDelimiter { arguments.append("sep=\(Self.literal(data.delimiter))") }
      if !data.hasNames { arguments.append(#"header=None, names=json.loads(about["data"])["column_names"]"#) }
      if !data.hasQuotes { arguments.append("quoting=3") }
      if data.decimal == .comma { arguments.append(#"decimal=",""#) }
      arguments.append(#"keep_default_na=False, na_values=json.loads(about["data"])["missing"]"#)
    }
    arguments.append("skipinitialspace=True")
    if let types { arguments.append(types) }
    let list = arguments.joined(separator: ", ")
    guard list.count >= 80 else { return "pandas.read_csv(\(list))" }
    var lines: [String] = []
    for argument in arguments {
      if let last = lines.last, last.count + argument.count < Self.widestLine {
        lines[lines.count - 1] = "\(last), \(argument)"
      } else {
        lines.append(argument)
      }
    }
    return "pandas.read_csv(\n    \(lines.joined(separator: ",\n    ")))"
  }

  /// Characters of a line of arguments.
  private static let widestLine = 110

  /// Columns of numbers that pandas does not know how to read, and how they were written.
  private var forms: [(name: String, form: NumberForm)] {
    model.columns.compactMap { column in model.data?.numberForms[column.name].map { (column.name, $0) } }
  }

  private var formNames: String { forms.map { Self.literal($0.name) }.joined(separator: ", ") }

  /// What makes numbers of the texts of a column. Brackets, and the minus sign that is no hyphen, may stand in rows that
  /// nobody has seen.
  private static func number(_ form: NumberForm) -> String {
    let signs = [form.group.map { String($0) } ?? "", form.prefix, form.suffix, form.isEnclosed ? "'" : ""]
    let patterns = signs.filter { !$0.isEmpty }.map { sign in
      "|" + sign.map { "\\.$^|()[]*+?{}".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
    return #"rows[name].str.replace(r"^(\D*)\((.*)\)", r"-\1\2", regex=True).str.replace("\u2212", "-")"#
      + #".str.replace(r"\s"# + patterns.joined() + #"", "", regex=True)"#
      + (form.decimal == .comma ? #".str.replace(",", ".")"# : "") + #".astype("float64")"#
  }

  /// What pandas reads as texts becomes numbers: a loop for each unit, and each way to write numbers.
  private var conversions: String {
    let units: [(FeatureColumn.Unit, String)] = [
      (.date, #"rows[name].map(seconds, na_action="ignore").astype("float64")"#),
      (
        .timeOfDay,
        #"pandas.to_timedelta(rows[name].str.replace(r"^\d+:\d+$", r"\g<0>:00", regex=True)).dt.total_seconds()"#
      ),
      (.percent, #"rows[name].str.rstrip(" %").astype("float64")"#),
    ]
    let numberForms = model.data?.numberForms ?? [:]
    let ofUnits = units.map { unit, expression in
      let columns = model.columns.filter { $0.unit == unit && numberForms[$0.name] == nil }
      return (names: columns.map(\.name), expression: expression)
    }
    let ofForms = Dictionary(grouping: forms) { Self.number($0.form) }
      .map { (names: $1.map(\.name), expression: $0) }.sorted { $0.expression < $1.expression }
    // pandas takes all dates of a column to be written as the first, and none after the year 2262.
    let seconds = """

      def seconds(text):
          moment = datetime.datetime.fromisoformat(text)
          return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)).timestamp()
      """
    let start = ofUnits[0].names.isEmpty ? "" : seconds
    return start
      + (ofUnits + ofForms).filter { !$0.names.isEmpty }.map { names, expression in
        "\nfor name in [\(names.map(Self.literal).joined(separator: ", "))]:\n    rows[name] = \(expression)"
      }.joined()
  }

  /// A text as Python has it.
  private static func literal(_ text: String) -> String {
    let escaped = text.map { character in
      switch character {
      case "\\", "\"": "\\\(character)"
      case "\t": "\\t"
      default: String(character)
      }
    }
    return "\"\(escaped.joined())\""
  }
}
