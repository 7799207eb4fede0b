/// Where an epoch's order of samples is cut between its batches (see `BatchPlan`): how many samples of each shard come
/// before batch b, for one b after another. Exact, in integers.
///
/// The t = bB samples before a cut are found near x = t/N: ⌈n_v·x − ½⌉ samples of shard v have keys under x. Their sum
/// misses t by V/2 at most; so many samples are added, the first that are left, or taken away again, the last that
/// there are. From b to b + 1 n_v·x grows by the same quotient and remainder. Shards of many different sizes miss by
/// some √V, and those of few sizes have many equal keys, so that a cut takes O(V); O(V log V) at worst.
public struct BatchCuts: Sendable {
  private let plan: BatchPlan
  /// The batches before the cut.
  public private(set) var batch = 0
  private var shards: [ShardCut]
  /// Shards in a binary heap, while a cut that misses by many is put right.
  private var heap: [Int] = []

  /// Most samples that are looked for one by one among all shards.
  private static let fewSamples = 4
  /// A heap takes about as long as so many looks at all shards.
  private static let scansOfHeap = 8

  /// At the beginning of the epoch.
  public init(_ plan: BatchPlan) {
    self.plan = plan
    shards = plan.sampleCounts.map { ShardCut(sampleCount: $0, plan) }
    heap.reserveCapacity(shards.count)
  }

  /// How many samples of a shard come before the cut.
  public subscript(shard: Int) -> Int { shards[shard].cut }

  /// Goes to the cut before `batch`, from wherever it is.
  public mutating func move(toBatch batch: Int) {
    precondition(batch >= 0 && batch <= plan.batchesPerEpoch, "batch \(batch) of \(plan.batchesPerEpoch)")
    self.batch = batch
    var sum = 0
    for shard in shards.indices {
      shards[shard].move(toSample: sampleCount, of: plan)
      sum += shards[shard].cut
    }
    putRight(missing: sampleCount - sum)
  }

  /// Goes to the next cut.
  public mutating func advance() {
    precondition(batch < plan.batchesPerEpoch, "there are \(plan.batchesPerEpoch) batches")
    batch += 1
    if batch == plan.batchesPerEpoch {
      for shard in shards.indices { shards[shard].cut = shards[shard].sampleCount }
      return
    }
    let period = 2 * plan.sampleCount
    var sum = 0
    for shard in shards.indices {
      shards[shard].advance(period: period)
      sum += shards[shard].cut
    }
    putRight(missing: sampleCount - sum)
  }

  /// t
  private var sampleCount: Int { min(batch * plan.batchSize, plan.sampleCount) }

  /// Brings `missing` samples before the cut, or that many behind it where it is negative.
  private mutating func putRight(missing: Int) {
    let isMissing = missing > 0
    var count = Int(missing.magnitude)
    var isWorthwhile = true
    while count > Self.fewSamples, isWorthwhile {
      let moved = moveEqualKeys(atMost: count, isMissing: isMissing)
      count -= moved
      isWorthwhile = moved * Self.scansOfHeap > shards.count
    }
    if count > Self.fewSamples { return moveByHeap(count, isMissing: isMissing) }
    for _ in 0..<count { move(bestShard(isMissing: isMissing), isMissing: isMissing) }
  }

  private mutating func move(_ shard: Int, isMissing: Bool) { shards[shard].cut += isMissing ? 1 : -1 }

  /// The shard whose next sample is the first of all, or whose last one is the last.
  private func bestShard(isMissing: Bool) -> Int {
    var best = 0
    for shard in shards.indices.dropFirst() where comes(shard, before: best, isMissing: isMissing) { best = shard }
    return best
  }

  /// Moves all samples that have the key of the first, in their order.
  ///
  /// - Returns: How many there were; 1 or more.
  private mutating func moveEqualKeys(atMost count: Int, isMissing: Bool) -> Int {
    let best = shards[bestShard(isMissing: isMissing)]
    let sign = isMissing ? 1 : -1
    var moved = 0
    for place in shards.indices where moved < count {
      let index = isMissing ? place : shards.count - 1 - place
      let shard = shards[index]
      guard isMissing ? shard.cut < shard.sampleCount : shard.cut > 0,
        compare(2 * shard.cut + sign, over: shard.sampleCount, with: 2 * best.cut + sign, over: best.sampleCount) == 0
      else { continue }
      move(index, isMissing: isMissing)
      moved += 1
    }
    return moved
  }

  /// Moves the first of many samples.
  private mutating func moveByHeap(_ count: Int, isMissing: Bool) {
    heap.removeAll(keepingCapacity: true)
    heap.append(contentsOf: shards.indices)
    for place in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(place, isMissing: isMissing) }
    for _ in 0..<count {
      move(heap[0], isMissing: isMissing)
      siftDown(0, isMissing: isMissing)
    }
  }

  private mutating func siftDown(_ start: Int, isMissing: Bool) {
    var place = start
    let shard = heap[place]
    while 2 * place + 1 < heap.count {
      var child = 2 * place + 1
      if child + 1 < heap.count, comes(heap[child + 1], before: heap[child], isMissing: isMissing) { child += 1 }
      guard comes(heap[child], before: shard, isMissing: isMissing) else { break }
      heap[place] = heap[child]
      place = child
    }
    heap[place] = shard
  }

  /// Whether shard v is to give a sample before shard w: its next one where samples are missing, and its last one back
  /// where there are too many. The order is strict, equal keys being told apart by the shard.
  @inline(__always)
  private func comes(_ v: Int, before w: Int, isMissing: Bool) -> Bool {
    let (a, b) = (shards[v], shards[w])
    if isMissing {
      // Shards that have no more come last.
      guard a.cut < a.sampleCount, b.cut < b.sampleCount else { return a.cut < a.sampleCount }
      let order = compare(2 * a.cut + 1, over: a.sampleCount, with: 2 * b.cut + 1, over: b.sampleCount)
      return order < 0 || order == 0 && v < w
    }
    guard a.cut > 0, b.cut > 0 else { return a.cut > 0 }
    let order = compare(2 * a.cut - 1, over: a.sampleCount, with: 2 * b.cut - 1, over: b.sampleCount)
    return order > 0 || order == 0 && v > w
  }

  /// The sign of a/m − b/n, for numbers that are not negative.
  @inline(__always)
  private func compare(_ a: Int, over m: Int, with b: Int, over n: Int) -> Int {
    let (left, right) = (
      UInt(bitPattern: a).multipliedFullWidth(by: UInt(bitPattern: n)),
      UInt(bitPattern: b).multipliedFullWidth(by: UInt(bitPattern: m))
    )
    if left.high != right.high { return left.high < right.high ? -1 : 1 }
    return left.low == right.low ? 0 : left.low < right.low ? -1 : 1
  }
}

/// The cut in one shard.
private struct ShardCut: Sendable {
  /// n
  let sampleCount: Int
  /// Samples before the cut.
  var cut = 0
  /// ⌈n·t/N − ½⌉ = ⌊(2nt + N − 1)/(2N)⌋, and what remains of that division.
  private var quotient = 0
  private var remainder: Int
  /// What B samples more add to them: 2nB divided by 2N.
  private let quotientStep: Int
  private let remainderStep: Int

  init(sampleCount: Int, _ plan: BatchPlan) {
    self.sampleCount = sampleCount
    remainder = max(plan.sampleCount - 1, 0)
    let step = max(plan.sampleCount, 1).dividingFullWidth(sampleCount.multipliedFullWidth(by: plan.batchSize))
    (quotientStep, remainderStep) = (step.quotient, 2 * step.remainder)
  }

  /// - Parameter t: Samples of all shards.
  mutating func move(toSample t: Int, of plan: BatchPlan) {
    guard plan.sampleCount > 0 else { return }
    let period = 2 * plan.sampleCount
    var numerator = (2 * sampleCount).multipliedFullWidth(by: t)
    let (low, overflows) = numerator.low.addingReportingOverflow(UInt(plan.sampleCount - 1))
    numerator = (numerator.high + (overflows ? 1 : 0), low)
    (quotient, remainder) = period.dividingFullWidth(numerator)
    cut = quotient
  }

  /// - Parameter period: 2N
  @inline(__always)
  mutating func advance(period: Int) {
    quotient += quotientStep
    remainder += remainderStep
    if remainder >= period {
      remainder -= period
      quotient += 1
    }
    cut = quotient
  }
}
