internal import Tensors

/// The logits of this rank's samples under offsets that change one at a time: what each sample is taken for, and at which
/// offset of a class it would be taken for that.
struct DecisionSamples {
  let classCount: Int
  /// z, sample after sample. [n, C]
  private var logits: [Float] = []
  /// Not negative. [n]
  private(set) var labels: [Int32] = []
  /// The place of each sample among those of its class, of all ranks. [n]
  private(set) var places: [Int] = []
  private(set) var offsets: [Float]
  /// The two largest of z_c + o_c of each sample, of equals the first first. [n]
  private var first: [(value: Float, classIndex: Int32)] = []
  private var second: [(value: Float, classIndex: Int32)] = []

  init(classCount: Int) {
    precondition(classCount >= 2, "\(classCount) classes leave nothing to decide")
    self.classCount = classCount
    offsets = Array(repeating: 0, count: classCount)
  }

  /// Takes in samples; those with a negative label are left out.
  ///
  /// - Parameters:
  ///   - logits: [C, n]
  ///   - nextPlaces: [C]: where the next sample of each class stands among them; moved on.
  /// - Returns: Whether all logits are finite.
  mutating func append(_ logits: Matrix, labels: ArraySlice<Int32>, nextPlaces: inout [Int]) -> Bool {
    for (sample, label) in labels.enumerated() where label >= 0 {
      let ofSample = (0..<classCount).map { logits[$0, sample] }
      guard ofSample.allSatisfy(\.isFinite) else { return false }
      append(ofSample[...], label, place: nextPlaces[Int(label)])
      nextPlaces[Int(label)] += 1
    }
    return true
  }

  /// - Parameter ofSample: Its logits, [C].
  private mutating func append(_ ofSample: ArraySlice<Float>, _ label: Int32, place: Int) {
    logits += ofSample
    labels.append(label)
    places.append(place)
    first.append((0, 0))
    second.append((0, 0))
    rank(labels.count - 1)
  }

  /// Finds the two largest of a sample.
  private mutating func rank(_ sample: Int) {
    let start = sample * classCount
    var (one, two) = ((value: logits[start] + offsets[0], index: 0), (value: -Float.infinity, index: 0))
    for classIndex in 1..<classCount {
      let value = logits[start + classIndex] + offsets[classIndex]
      if value > one.value {
        (one, two) = ((value, classIndex), one)
      } else if value > two.value {
        two = (value, classIndex)
      }
    }
    first[sample] = (one.value, Int32(one.index))
    second[sample] = (two.value, Int32(two.index))
  }

  /// Gives a class another offset.
  mutating func setOffset(_ offset: Float, ofClass classIndex: Int) {
    offsets[classIndex] = offset
    let (index, column) = (Int32(classIndex), classIndex)
    for sample in labels.indices {
      if first[sample].classIndex == index || second[sample].classIndex == index
        || logits[sample * classCount + column] + offset >= second[sample].value
      {
        rank(sample)
      }
    }
  }

  /// The class that a sample is taken for where `classIndex` is none of the choice.
  func rival(of classIndex: Int, _ sample: Int) -> (value: Float, classIndex: Int) {
    let rival = first[sample].classIndex == Int32(classIndex) ? second[sample] : first[sample]
    return (rival.value, Int(rival.classIndex))
  }

  /// The offset of a class above which a sample is taken for it, but for rounding.
  func threshold(ofClass classIndex: Int, _ sample: Int) -> Float {
    rival(of: classIndex, sample).value - logits[sample * classCount + classIndex]
  }

  /// What this rank's samples are taken for, with another offset of one class.
  ///
  /// - Returns: 2C counts: hits, then predictions of each class.
  func counts(offset: Float, ofClass classIndex: Int) -> [Int64] {
    var counts = [Int64](repeating: 0, count: 2 * classCount)
    for sample in labels.indices {
      let (other, own) = (rival(of: classIndex, sample), logits[sample * classCount + classIndex] + offset)
      let isTaken = own > other.value || (own == other.value && classIndex < other.classIndex)
      let prediction = isTaken ? classIndex : other.classIndex
      counts[classCount + prediction] += 1
      if Int(labels[sample]) == prediction { counts[prediction] += 1 }
    }
    return counts
  }
}

/// Parts of the samples. Sample j of its class is in part j mod n, whichever rank has it.
extension DecisionSamples {
  /// How many of so many samples of a class are in a part.
  static func count(inFold fold: Int, of foldCount: Int, among count: Int) -> Int {
    (count + foldCount - 1 - fold) / foldCount
  }

  /// Those of one part, with offsets of 0.
  func only(fold: Int, of foldCount: Int) -> DecisionSamples {
    selecting { place in place % foldCount == fold ? place / foldCount : nil }
  }

  /// Those of all other parts, with offsets of 0.
  func leavingOut(fold: Int, of foldCount: Int) -> DecisionSamples {
    selecting { place in
      place % foldCount == fold ? nil : place - Self.count(inFold: fold, of: foldCount, among: place)
    }
  }

  /// - Parameter newPlace: Of a sample's place among those of its class; nil where it is left out.
  private func selecting(_ newPlace: (Int) -> Int?) -> DecisionSamples {
    var selected = DecisionSamples(classCount: classCount)
    for sample in labels.indices {
      guard let place = newPlace(places[sample]) else { continue }
      selected.append(logits[(sample * classCount)..<((sample + 1) * classCount)], labels[sample], place: place)
    }
    return selected
  }

  /// What this rank's samples are taken for by other offsets.
  ///
  /// - Returns: 2C counts: hits, then predictions of each class.
  func counts(by offsets: [Float]) -> [Int64] {
    var counts = [Int64](repeating: 0, count: 2 * classCount)
    for sample in labels.indices {
      let start = sample * classCount
      var (prediction, largest) = (0, logits[start] + offsets[0])
      for classIndex in 1..<classCount {
        let value = logits[start + classIndex] + offsets[classIndex]
        if value > largest { (prediction, largest) = (classIndex, value) }
      }
      counts[classCount + prediction] += 1
      if Int(labels[sample]) == prediction { counts[prediction] += 1 }
    }
    return counts
  }
}
