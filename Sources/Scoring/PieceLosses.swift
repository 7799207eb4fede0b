internal import Configuration
internal import Kernels
internal import Models
internal import Training

/// The sums of losses over the rows of some pieces, of all classes and of each.
struct PieceLosses: Equatable {
  private var all = LossSums()
  /// Σ of the losses of the rows of each class, and how many there are.
  private var ofClass: [(weightedLoss: Double, count: Double)]

  init(classCount: Int) {
    ofClass = Array(repeating: (0, 0), count: classCount)
  }

  /// - Parameter labels: Those of the last pass.
  mutating func add(_ losses: SampleLosses, labels: ArraySlice<Int32>) {
    all += losses.sums(of: 0..<labels.count)
    for (sample, label) in labels.enumerated() where label >= 0 {
      ofClass[Int(label)].weightedLoss += losses.sums(of: sample..<(sample + 1)).weightedLoss
      ofClass[Int(label)].count += 1
    }
  }

  static func += (total: inout PieceLosses, part: PieceLosses) {
    total.all += part.all
    for index in total.ofClass.indices {
      total.ofClass[index].weightedLoss += part.ofClass[index].weightedLoss
      total.ofClass[index].count += part.ofClass[index].count
    }
  }

  static func == (one: PieceLosses, other: PieceLosses) -> Bool { one.numbers == other.numbers }

  var logLoss: Double? { all.count > 0 ? all.negativeLogLikelihood / all.count : nil }

  /// The loss that a model was trained by, over all rows as one batch.
  func loss(_ model: ModelFile) -> Double? {
    let normalization = model.loss["normalization"].flatMap { LossOptions.Normalization(rawValue: $0) } ?? .weights
    guard model.classWeights.isEmpty else { return normalization.divisor(of: all).map { all.weightedLoss / $0 } }
    // Weights 1/n_c of the data as one batch, where they were 1 until now; smoothing would mix the losses of all classes.
    guard (model.loss["label_smoothing"].flatMap { Double($0) } ?? 0) == 0 else { return nil }
    let present = ofClass.filter { $0.count > 0 }
    guard !present.isEmpty else { return nil }
    let sum = present.reduce(0) { $0 + $1.weightedLoss / $1.count }
    return switch normalization {
    case .weights: sum / Double(present.count)
    case .count: sum / all.count
    case .sum: sum
    }
  }

  /// Exactly, for other ranks.
  var bytes: [UInt8] {
    numbers.flatMap { number in
      stride(from: UInt64(0), to: 64, by: 8).map { UInt8(truncatingIfNeeded: number.bitPattern >> $0) }
    }
  }

  init(bytes: [UInt8]) {
    let numbers = stride(from: 0, to: bytes.count, by: 8).map { place in
      Double(bitPattern: bytes[place..<(place + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
    all.weightedLoss = numbers[0]
    all.weight = numbers[1]
    all.count = numbers[2]
    all.negativeLogLikelihood = numbers[3]
    ofClass = stride(from: 4, to: numbers.count, by: 2).map { (numbers[$0], numbers[$0 + 1]) }
  }

  private var numbers: [Double] {
    [all.weightedLoss, all.weight, all.count, all.negativeLogLikelihood]
      + ofClass.flatMap { [$0.weightedLoss, $0.count] }
  }
}
