internal import Tensors

/// Writes the features of one column's values.
struct ValueWriter {
  let width: Int
  private let marksMissing: Bool
  /// Of a column of numbers.
  private let mean: Double
  private let scale: Double
  private let fill: Double
  private let offset: Double
  private let isNumeric: Bool
  /// The feature of each level; nil for one that was not learned.
  private let places: [Int?]
  /// The feature of a value that is no level; nil where it has none.
  private let otherPlace: Int?
  /// Whether such a value says itself which feature it has.
  private let isHashed: Bool

  /// - Parameter levels: What the values of a column of categories are numbers of.
  init(_ column: EncodedColumn, levels: [String]) {
    width = column.width
    marksMissing = column.marksMissing
    switch column.kind {
    case .numeric(let mean, let scale, let fill, let offset):
      (self.mean, self.scale, self.fill, self.offset) = (mean, scale, fill, offset)
      (isNumeric, places, otherPlace, isHashed) = (true, [], nil, false)
    case .oneHot(let learned, let hasOther):
      let learnedPlaces = Dictionary(uniqueKeysWithValues: learned.enumerated().map { ($1, $0) })
      let otherPlace = hasOther ? learned.count : nil
      (mean, scale, fill, offset, isNumeric) = (0, 1, 0, 0, false)
      places = levels.map { learnedPlaces[$0] ?? otherPlace }
      (self.otherPlace, isHashed) = (otherPlace, false)
    case .hashed(let count):
      (mean, scale, fill, offset, isNumeric) = (0, 1, 0, 0, false)
      places = levels.map { FeatureColumn.place(ofHashed: $0, among: count) }
      (otherPlace, isHashed) = (nil, true)
    }
  }

  /// - Parameters:
  ///   - value: See `FeatureColumn.Kind`.
  ///   - features: Receives `width` numbers from `place` on.
  @inline(__always)
  func write(_ value: Float, into features: Vector, at place: Int) {
    if isNumeric {
      let known = value.isNaN ? fill : Double(value) + offset
      features[place] = Float((known - mean) / scale)
      if marksMissing { features[place + 1] = value.isNaN ? 1 : 0 }
    } else {
      // A width of one is written over the value itself.
      for feature in place..<(place + width) { features[feature] = 0 }
      if value.isNaN {
        if marksMissing { features[place + width - 1] = 1 }
      } else if let feature = feature(of: value) {
        features[place + feature] = 1
      }
    }
  }

  /// The feature of a category's value; nil where it has none.
  private func feature(of value: Float) -> Int? {
    guard value < 0 else { return places[Int(value)] }
    return isHashed ? FeatureColumn.place(ofUnknown: value) : otherPlace
  }
}

extension EncodedColumn {
  func features(_ write: (Vector) -> Void) -> [Float] {
    let features = Vector(zeros: width)
    write(features)
    return features.array
  }
}
