/// As it stands in a model's file: flat, with the keys that its kind has.
extension EncodedColumn: Codable {
  private enum Key: String, CodingKey {
    case name, kind, mean, scale, fill, offset, unit, levels, other, count, edges, quantiles, counts
    case marksMissing = "marks_missing"
  }

  private enum KindName: String, Codable {
    case numeric
    case piecewise
    case quantile
    case oneHot = "one-hot"
    case hashed
    case level
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(marksMissing, forKey: .marksMissing)
    if offset != 0 { try container.encode(offset, forKey: .offset) }
    if isNumeric, unit != .none { try container.encode(unit, forKey: .unit) }
    func encode(_ mean: Double, _ scale: Double, _ fill: Double) throws {
      try container.encode(mean, forKey: .mean)
      try container.encode(scale, forKey: .scale)
      try container.encode(fill, forKey: .fill)
    }
    switch kind {
    case .numeric(let mean, let scale, let fill, _):
      try container.encode(KindName.numeric, forKey: .kind)
      try encode(mean, scale, fill)
    case .piecewise(let mean, let scale, let fill, _, let edges):
      try container.encode(KindName.piecewise, forKey: .kind)
      try encode(mean, scale, fill)
      try container.encode(edges, forKey: .edges)
    case .quantile(let ranks, _):
      try container.encode(KindName.quantile, forKey: .kind)
      try container.encode(ranks.values, forKey: .quantiles)
      try container.encode(ranks.counts, forKey: .counts)
    case .oneHot(let levels, let hasOther):
      try container.encode(KindName.oneHot, forKey: .kind)
      try container.encode(levels, forKey: .levels)
      if hasOther { try container.encode(hasOther, forKey: .other) }
    case .hashed(let count):
      try container.encode(KindName.hashed, forKey: .kind)
      try container.encode(count, forKey: .count)
    case .level(let numbers):
      try container.encode(KindName.level, forKey: .kind)
      try container.encode(numbers.levels, forKey: .levels)
    }
  }

  /// - Throws: `DecodingError`, also for figures that no value could be encoded by.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    func refused(_ key: Key, _ reason: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }
    func number(_ key: Key) throws -> Double {
      let number = try container.decode(Double.self, forKey: key)
      guard number.isFinite else { throw refused(key, "\(number) is not finite") }
      return number
    }
    func scale() throws -> Double {
      let scale = try number(.scale)
      guard scale > 0 else { throw refused(.scale, "a scale of \(scale)") }
      return scale
    }
    func offset() throws -> Double { container.contains(.offset) ? try number(.offset) : 0 }
    let kind: Kind
    switch try container.decode(KindName.self, forKey: .kind) {
    case .numeric:
      kind = .numeric(mean: try number(.mean), scale: try scale(), fill: try number(.fill), offset: try offset())
    case .piecewise:
      let edges = try container.decode([Double].self, forKey: .edges)
      guard edges.count >= 2, edges.allSatisfy(\.isFinite), zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw refused(.edges, "they are no edges of bins: two or more numbers, ascending")
      }
      kind = .piecewise(
        mean: try number(.mean), scale: try scale(), fill: try number(.fill), offset: try offset(), edges: edges)
    case .quantile:
      let values = try container.decode([Double].self, forKey: .quantiles)
      let counts = try container.decode([Int].self, forKey: .counts)
      guard NormalRanks.areRanks(values, counts) else {
        throw refused(.quantiles, "they are no quantiles: two or more numbers, ascending, and how often each occurs")
      }
      kind = .quantile(NormalRanks(values: values, counts: counts), offset: try offset())
    case .oneHot:
      let levels = try container.decode([String].self, forKey: .levels)
      guard Set(levels).count == levels.count else { throw refused(.levels, "a level occurs twice") }
      kind = .oneHot(levels: levels, hasOther: try container.decodeIfPresent(Bool.self, forKey: .other) ?? false)
    case .hashed:
      let count = try container.decode(Int.self, forKey: .count)
      // No option makes more. A Float32 holds the number of each.
      guard count >= 1, count <= FeatureColumn.mostLevelsOfFeatures else { throw refused(.count, "\(count) features") }
      kind = .hashed(count: count)
    case .level:
      let numbers = LevelNumbers(try container.decode([String].self, forKey: .levels))
      guard numbers.areDifferent else { throw refused(.levels, "a level occurs twice") }
      guard numbers.count <= FeatureColumn.mostLevels else { throw refused(.levels, "\(numbers.count) levels") }
      kind = .level(numbers)
    }
    let unit =
      kind.isNumeric ? try container.decodeIfPresent(FeatureColumn.Unit.self, forKey: .unit) ?? .none : .none
    self.init(
      name: try container.decode(String.self, forKey: .name), kind: kind,
      marksMissing: try container.decode(Bool.self, forKey: .marksMissing), unit: unit)
  }
}
