internal import Tensors

/// What the columns of a batch are in each sample.
final class EncodedBatch {
  struct Reading {
    /// The first feature, whatever it is.
    var first: Float = 0
    /// How many from the second on are 1.
    var run: Int32 = 0
    /// The first of the others that are not 0; 0 and the first feature where there is none.
    var other = Other()
    /// What there is beside it, in `more`.
    var more: Range<Int32> = 0..<0
  }

  struct Other {
    /// The feature's in the column.
    var feature: Int32 = 0
    var value: Float = 0
  }

  /// How many samples of a segment a feature has.
  struct Counts {
    /// Those whose run ends there.
    var runs: Int32 = 0
    var others: Int32 = 0
  }

  struct Factor {
    var sample: Int32 = 0
    var value: Float = 0
  }

  private(set) var samples = 0
  private(set) var precision = Precision.float32
  /// Column by column, each with all samples.
  private(set) var readings: [Reading] = []
  private(set) var more: [Other] = []

  // Arranged for the way back: column by column, each with all segments, and these with all features from the last on.
  private(set) var counts: [Counts] = []
  /// The samples of `runs`.
  private(set) var ends: [Int32] = []
  /// Those of `others`.
  private(set) var factors: [Factor] = []

  /// Where the next sample of a feature goes.
  private struct Place {
    /// In `ends`.
    var end = 0
    /// In `factors`.
    var factor = 0
  }

  private var places: [Place]
  private let reader: ColumnReader

  init(widest: Int) {
    places = Array(repeating: Place(), count: widest)
    reader = ColumnReader(widest: widest)
  }

  /// - Parameters:
  ///   - x: [n, D]
  ///   - precision: What numbers are rounded to.
  func read(_ x: Matrix, _ columns: [Range<Int>], _ precision: Precision) {
    (samples, self.precision) = (x.rows, precision)
    let count = columns.count * samples
    if readings.count < count { readings = Array(repeating: Reading(), count: count) }
    more.removeAll(keepingCapacity: true)
    for sample in 0..<samples { unsafe read(x.pointer + sample * x.stride, columns, sample) }
  }

  @unsafe private func read(_ row: UnsafePointer<Float>, _ columns: [Range<Int>], _ sample: Int) {
    var readings = readings.mutableSpan
    func factor(_ value: Float) -> Float { precision == .bf16 ? value.roundedToBF16 : value }
    for (index, column) in columns.enumerated() {
      let features = unsafe row + column.lowerBound
      let (run, count) = unsafe reader.read(features, count: column.count)
      func other(_ number: Int) -> Other {
        let feature = unsafe reader.places[number]
        return unsafe Other(feature: Int32(feature), value: factor(features[feature]))
      }
      var reading = unsafe Reading(first: factor(features[0]), run: Int32(run))
      // (The first feature is among those that the reader finds.)
      var number = unsafe features[0] == 0 ? 0 : 1
      if number < count {
        reading.other = other(number)
        number += 1
        let start = Int32(more.count)
        while number < count {
          more.append(other(number))
          number += 1
        }
        reading.more = start..<Int32(more.count)
      }
      readings[index * samples + sample] = reading
    }
  }

  /// Sorts what there is in each segment by features, for `counts` and what belongs to it.
  func arrange(_ columns: [Range<Int>], by segments: [BatchSegment]) {
    counts.removeAll(keepingCapacity: true)
    counts += repeatElement(Counts(), count: (columns.last?.upperBound ?? 0) * segments.count)
    let (mostEnds, mostFactors) = (columns.count * samples, columns.count * samples + more.count)
    if ends.count < mostEnds { ends = Array(repeating: 0, count: mostEnds) }
    if factors.count < mostFactors { factors = Array(repeating: Factor(), count: mostFactors) }
    var counts = counts.mutableSpan
    var ends = ends.mutableSpan
    var factors = factors.mutableSpan
    var places = places.mutableSpan
    let (known, knownMore) = (self.readings, self.more)
    let (readings, more) = (known.span, knownMore.span)
    var (first, end, factor) = (0, 0, 0)
    for (index, column) in columns.enumerated() {
      for segment in segments {
        let last = first + column.count - 1
        let samples = (index * samples + segment.rows.lowerBound)..<(index * samples + segment.rows.upperBound)
        for sample in samples {
          let reading = readings[sample]
          if reading.run > 0 { counts[last - Int(reading.run)].runs += 1 }
          if reading.other.value != 0 { counts[last - Int(reading.other.feature)].others += 1 }
          for number in reading.more { counts[last - Int(more[Int(number)].feature)].others += 1 }
        }
        for feature in (0..<column.count).reversed() {
          places[feature] = Place(end: end, factor: factor)
          end += Int(counts[last - feature].runs)
          factor += Int(counts[last - feature].others)
        }
        for (sample, place) in zip(segment.rows, samples) {
          let reading = readings[place]
          if reading.run > 0 {
            ends[places[Int(reading.run)].end] = Int32(sample)
            places[Int(reading.run)].end += 1
          }
          if reading.other.value != 0 {
            let feature = Int(reading.other.feature)
            factors[places[feature].factor] = Factor(sample: Int32(sample), value: reading.other.value)
            places[feature].factor += 1
          }
          for number in reading.more {
            let other = more[Int(number)]
            factors[places[Int(other.feature)].factor] = Factor(sample: Int32(sample), value: other.value)
            places[Int(other.feature)].factor += 1
          }
        }
        first += column.count
      }
    }
  }
}
