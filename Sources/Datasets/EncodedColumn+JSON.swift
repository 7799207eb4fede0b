/// As it stands in a model's file: flat, with the keys that its kind has.
extension EncodedColumn: Codable {
  private enum Key: String, CodingKey {
    case name, kind, mean, scale, fill, offset, unit, levels, other, count
    case marksMissing = "marks_missing"
  }

  private enum KindName: String, Codable {
    case numeric
    case oneHot = "one-hot"
    case hashed
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(marksMissing, forKey: .marksMissing)
    switch kind {
    case .numeric(let mean, let scale, let fill, let offset):
      try container.encode(KindName.numeric, forKey: .kind)
      try container.encode(mean, forKey: .mean)
      try container.encode(scale, forKey: .scale)
      try container.encode(fill, forKey: .fill)
      if offset != 0 { try container.encode(offset, forKey: .offset) }
      if unit != .none { try container.encode(unit, forKey: .unit) }
    case .oneHot(let levels, let hasOther):
      try container.encode(KindName.oneHot, forKey: .kind)
      try container.encode(levels, forKey: .levels)
      if hasOther { try container.encode(hasOther, forKey: .other) }
    case .hashed(let count):
      try container.encode(KindName.hashed, forKey: .kind)
      try container.encode(count, forKey: .count)
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
    let kind: Kind
    var unit = FeatureColumn.Unit.none
    switch try container.decode(KindName.self, forKey: .kind) {
    case .numeric:
      let scale = try number(.scale)
      guard scale > 0 else { throw refused(.scale, "a scale of \(scale)") }
      let offset = container.contains(.offset) ? try number(.offset) : 0
      kind = .numeric(mean: try number(.mean), scale: scale, fill: try number(.fill), offset: offset)
      unit = try container.decodeIfPresent(FeatureColumn.Unit.self, forKey: .unit) ?? .none
    case .oneHot:
      let levels = try container.decode([String].self, forKey: .levels)
      guard Set(levels).count == levels.count else { throw refused(.levels, "a level occurs twice") }
      kind = .oneHot(levels: levels, hasOther: try container.decodeIfPresent(Bool.self, forKey: .other) ?? false)
    case .hashed:
      let count = try container.decode(Int.self, forKey: .count)
      // No option makes more. A Float32 holds the number of each.
      guard count >= 1, count <= FeatureColumn.mostLevels else { throw refused(.count, "\(count) features") }
      kind = .hashed(count: count)
    }
    self.init(
      name: try container.decode(String.self, forKey: .name), kind: kind,
      marksMissing: try container.decode(Bool.self, forKey: .marksMissing), unit: unit)
  }
}
