internal import Tensors

/// What the columns of a batch are in each sample.
final class EncodedBatch {
  struct Reading {
    /// The first feature, whatever it is.
    var first: Float = 0
    /// How many from the second on are 1.
    var run: Int32 = 0
    /// The first of the others that are not 0; the first feature, times 0, where there is none.
    var other = Other()
    /// What there is beside it, in `more`.
    var more: Range<Int32> = 0..<0
  }

  struct Other {
    /// In the column.
    var feature: Int32 = 0
    var value: Float = 0
  }

  /// How many samples of a segment a feature has.
  struct Counts {
    /// Those whose run ends there.
    var runs: Int32 = 0
    var others: Int32 = 0
  }

  /// What a sample has of a feature.
  struct Factor {
    var sample: Int32 = 0
    var value: Float = 0
  }

  /// A place in each of the lists that are arranged.
  struct Place {
    var end = 0
    var factor = 0
  }

  /// n
  private(set) var samples = 0
  /// Column by column, each with all samples.
  private(set) var readings: [Reading] = []
  private(set) var more: [Other] = []

  // Arranged for the way back: column by column, each with all segments, and these with all features from the last on.
  private(set) var counts: [Counts] = []
  /// The samples of `runs`.
  private(set) var ends: [Int32] = []
  /// Those of `others`.
  private(set) var factors: [Factor] = []
  /// Where those of each column begin.
  private(set) var starts: [Place] = []

  /// Where the next sample of each feature goes.
  private var places: [Place]
  private let reader: ColumnReader
  /// What was read.
  private var x: Matrix?

  init(widest: Int) {
    places = Array(repeating: Place(), count: widest)
    reader = ColumnReader(widest: widest)
  }

  func isRead(of x: Matrix) -> Bool {
    self.x.map { $0.storage === x.storage && $0.offset == x.offset && $0.rows == x.rows } ?? false
  }

  /// - Parameter x: [n, D]
  func read(_ x: Matrix, _ columns: [Range<Int>]) {
    (self.x, samples) = (x, x.rows)
    let count = columns.count * samples
    if readings.count < count { readings = Array(repeating: Reading(), count: count) }
    more.removeAll(keepingCapacity: true)
    for sample in 0..<samples { unsafe read(x.pointer + sample * x.stride, columns, sample) }
  }

  @unsafe private func read(_ row: UnsafePointer<Float>, _ columns: [Range<Int>], _ sample: Int) {
    var readings = readings.mutableSpan
    for (index, column) in columns.enumerated() {
      let features = unsafe row + column.lowerBound
      let (run, count) = unsafe reader.read(features, count: column.count)
      func other(_ number: Int) -> Other {
        let feature = unsafe reader.places[number]
        return unsafe Other(feature: Int32(feature), value: features[feature])
      }
      var reading = unsafe Reading(first: features[0], run: Int32(run))
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
    starts.removeAll(keepingCapacity: true)
    let (mostEnds, mostFactors) = (columns.count * samples, columns.count * samples + more.count)
    if ends.count < mostEnds { ends = Array(repeating: 0, count: mostEnds) }
    if factors.count < mostFactors { factors = Array(repeating: Factor(), count: mostFactors) }
    var counts = counts.mutableSpan
    var ends = ends.mutableSpan
    var factors = factors.mutableSpan
    var places = places.mutableSpan
    let (known, knownMore) = (self.readings, self.more)
    let (readings, more) = (known.span, knownMore.span)
    var (first, next) = (0, Place())
    for (index, column) in columns.enumerated() {
      starts.append(next)
      for segment in segments {
        let last = first + column.count - 1
        for sample in segment.rows {
          let reading = readings[index * samples + sample]
          if reading.run > 0 { counts[last - Int(reading.run)].runs += 1 }
          if reading.other.value != 0 { counts[last - Int(reading.other.feature)].others += 1 }
          for number in reading.more { counts[last - Int(more[Int(number)].feature)].others += 1 }
        }
        for feature in (0..<column.count).reversed() {
          places[feature] = next
          next.end += Int(counts[last - feature].runs)
          next.factor += Int(counts[last - feature].others)
        }
        for sample in segment.rows {
          let reading = readings[index * samples + sample]
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
