import ClassWeighting
import Configuration
import Datasets
import Tensors
import Testing

/// "Samplers": a sample of class c appears ⌊r_c⌋ times, and once more with probability r_c − ⌊r_c⌋.
@Suite struct ClassDrawsTests {
  static let classCount = 4
  private static let epochs = 1000

  /// Some 700 samples in 8 shards, some of them ignored: 500, 150, 40 and 9 of each class.
  private let shards: [Shard] = {
    let labels = (0..<720).map { index -> Int32 in
      if index % 36 == 5 { return Shard.ignoredLabel }
      let place = (index * 389) % 720
      return place < 510 ? 0 : place < 660 ? 1 : place < 706 ? 2 : 3
    }
    return (0..<8).map { shard in
      let own = Array(labels[(shard * 90)..<(shard * 90 + 90)])
      return Shard(index: shard, features: .dense(Matrix(zeros: own.count, 1)), labels: own)
    }
  }()

  private var counts: [Int] {
    var counts = Array(repeating: 0, count: Self.classCount)
    for label in shards.flatMap(\.labels) where label >= 0 { counts[Int(label)] += 1 }
    return counts
  }

  /// Of each shard: how often each row was drawn.
  private func repeats(_ order: [UInt32], rows: Int) -> [Int] {
    var repeats = Array(repeating: 0, count: rows)
    for row in order { repeats[Int(row)] += 1 }
    return repeats
  }

  static let samplers = [
    ["class-balanced"], ["power", "--sampling-power", "0.3"], ["oversample"],
    ["oversample", "--sampling-ratio", "0.37"], ["undersample"], ["undersample", "--sampling-ratio", "0.2"],
    ["progressive", "--epochs", "7"],
  ]

  /// χ² of k degrees of freedom has mean k and variance 2k; a wrong rate is far beyond six standard deviations.
  private func isLikely(_ statistic: Double, degrees: Int) -> Bool {
    abs(statistic - Double(degrees)) < 6 * (2 * Double(degrees)).squareRoot()
  }

  @Test(arguments: samplers)
  func `counts of a thousand epochs are those of the definition, and each sample of a class has the same`(
    arguments: [String]
  ) throws {
    let sampling = try StepOptions.parse(["--sampler"] + arguments).sampling
    // Of progressive an epoch in the middle.
    let rates = sampling.rule(inEpoch: sampling.sampler == .progressive ? 3 : 0).rates(forCounts: counts)
    let draws = ClassDraws(rates: rates)
    var order: [UInt32] = []
    var extras = shards.map { Array(repeating: 0, count: $0.sampleCount) }
    for epoch in 0..<Self.epochs {
      for (index, shard) in shards.enumerated() {
        draws.order(&order, of: shard, epoch: epoch, seed: 20)
        #expect(Double(order.count) <= draws.most(of: shard.labels))
        let repeats = repeats(order, rows: shard.sampleCount)
        for (row, label) in shard.labels.enumerated() {
          guard label >= 0 else {
            #expect(repeats[row] == 0)
            continue
          }
          let extra = repeats[row] - Int(rates[Int(label)])
          if extra != 0 && extra != 1 { Issue.record("\(repeats[row]) draws of a sample with \(rates[Int(label)])") }
          extras[index][row] += extra
        }
      }
    }
    let rows = zip(shards, extras).flatMap { zip($0.labels, $1) }
    for label in 0..<Self.classCount {
      let share = rates[label] - rates[label].rounded(.down)
      let own = rows.filter { $0.0 == Int32(label) }.map { Double($0.1) }
      guard share > 0 else {
        #expect(own.allSatisfy { $0 == 0 })
        continue
      }
      let (mean, variance) = (Double(Self.epochs) * share, Double(Self.epochs) * share * (1 - share))
      let deviation = own.reduce(0, +) - mean * Double(own.count)
      #expect(abs(deviation) < 4 * (variance * Double(own.count)).squareRoot(), "class \(label)")
      let ofSamples = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / variance }
      #expect(isLikely(ofSamples, degrees: own.count), "samples of class \(label): \(ofSamples) of \(own.count)")
    }
  }

  @Test func `what is drawn of a sample hangs on seed, epoch, shard and its place alone`() {
    let draws = ClassDraws(rates: [0.5, 2.5, 0, 40])
    func drawn(_ shard: Shard, epoch: Int, seed: UInt64) -> [Int] {
      var order: [UInt32] = [9, 9, 9]
      draws.order(&order, of: shard, epoch: epoch, seed: seed)
      return repeats(order, rows: shard.sampleCount)
    }
    func shard(_ index: Int, _ labels: [Int32]) -> Shard {
      Shard(index: index, features: .dense(Matrix(zeros: labels.count, 1)), labels: labels)
    }
    let labels = (0..<200).map { Int32($0 % 2) }
    let all = drawn(shard(3, labels), epoch: 4, seed: 5)
    #expect(drawn(shard(3, labels), epoch: 4, seed: 5) == all)
    // Whatever stands before and behind it.
    var others = labels
    for row in stride(from: 0, to: 200, by: 3) { others[row] = row % 2 == 0 ? 3 : Shard.ignoredLabel }
    let among = drawn(shard(3, others), epoch: 4, seed: 5)
    #expect((0..<200).allSatisfy { $0 % 3 == 0 || among[$0] == all[$0] })
    for other in [
      drawn(shard(2, labels), epoch: 4, seed: 5), drawn(shard(3, labels), epoch: 5, seed: 5),
      drawn(shard(3, labels), epoch: 4, seed: 6),
    ] { #expect(other != all) }
  }

  @Test func `drawn samples stand in any order, those of a class not together`() {
    let shard = Shard(
      index: 0, features: .dense(Matrix(zeros: 100, 1)), labels: (0..<100).map { $0 < 50 ? 0 : 1 })
    var (order, other): ([UInt32], [UInt32]) = ([], [])
    ClassDraws(rates: [3, 1]).order(&order, of: shard, epoch: 0, seed: 1)
    ClassDraws(rates: [3, 1]).order(&other, of: shard, epoch: 1, seed: 1)
    #expect(order.count == 200 && order != other && order.sorted() == other.sorted())
    #expect(zip(order, order.dropFirst()).count { $0 == $1 } < 20)
  }

  @Test func `a draw of every sample once is that of shuffle`() throws {
    var (drawn, shuffled): ([UInt32], [UInt32]) = ([], [])
    let shard = Shard(index: 2, features: .dense(Matrix(zeros: 30, 1)), labels: Array(repeating: 0, count: 30))
    ClassDraws(rates: [1]).order(&drawn, of: shard, epoch: 3, seed: 7)
    StepOptions.defaults.sampling.order(&shuffled, sampleCount: 30, ofShard: 2, epoch: 3, seed: 7)
    #expect(drawn == shuffled)
  }
}
