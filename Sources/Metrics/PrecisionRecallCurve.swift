public import Collectives
internal import Tensors

/// Precision against recall of one class, as the score from which on a sample is taken for it goes down.
///
/// Everything counted is an integer over all ranks: each point is exact, and the same at any number of ranks.
public struct PrecisionRecallCurve: Codable, Equatable, Sendable {
  /// What is found with one threshold.
  public struct Point: Codable, Equatable, Sendable {
    /// A sample is taken for the class where its score is this or more.
    public let threshold: Float
    /// Samples of the class that are taken for it.
    public let found: Int
    /// Samples of other classes that are.
    public let wrong: Int

    public init(threshold: Float, found: Int, wrong: Int) {
      (self.threshold, self.found, self.wrong) = (threshold, found, wrong)
    }

    public var precision: Double { Double(found) / Double(max(found + wrong, 1)) }
  }

  /// From 0.
  public let classIndex: Int
  /// Samples of the class.
  public let positives: Int
  /// Samples of all other classes.
  public let negatives: Int
  /// As `RankingMetrics` has it; nil where all samples, or none, are of the class.
  public let averagePrecision: Double?
  /// From the highest threshold down, each with more found samples than the one before. Empty where there are none.
  public let points: [Point]

  public init(classIndex: Int, positives: Int, negatives: Int, averagePrecision: Double?, points: [Point]) {
    self.classIndex = classIndex
    self.positives = positives
    self.negatives = negatives
    self.averagePrecision = averagePrecision
    self.points = points
  }

  enum CodingKeys: String, CodingKey {
    case classIndex = "class"
    case positives, negatives
    case averagePrecision = "average_precision"
    case points
  }

  public func recall(of point: Point) -> Double { Double(point.found) / Double(max(positives, 1)) }
}

extension ClassScores {
  /// The curves of `classes`, over the samples of all ranks. Collective. The scores are gone afterwards, as those of
  /// `takeRanking`, which says what memory it takes.
  ///
  /// - Parameter most: The points of a curve of more samples are thinned to about so many at equal steps of recall. What
  ///   is left out is a matter of counts over all ranks alone.
  public mutating func takeCurves(
    most: Int = 200, over communicator: some Communicator
  ) throws(CollectiveError) -> [PrecisionRecallCurve] {
    var taken: [[UInt32]] = []
    swap(&taken, &columns)
    return try Self.curves(of: classes, most: most, over: communicator) { place in
      var words: [UInt32] = []
      swap(&words, &taken[place])
      return words
    }
  }

  /// The same of some classes, and the scores stay: one class's is in memory twice at a time.
  ///
  /// - Parameter some: Of `classes`.
  public func curves(
    of some: [Int], most: Int = 200, over communicator: some Communicator
  ) throws(CollectiveError) -> [PrecisionRecallCurve] {
    let places = some.map { index in
      guard let place = classes.firstIndex(of: index) else { preconditionFailure("no scores of class \(index)") }
      return place
    }
    return try Self.curves(of: some, most: most, over: communicator) { columns[places[$0]] }
  }

  /// - Parameter words: The scores of the class at a place of `classes`; asked once for each.
  private static func curves(
    of classes: [Int], most: Int, over communicator: some Communicator, _ words: (_ place: Int) -> [UInt32]
  ) throws(CollectiveError) -> [PrecisionRecallCurve] {
    var parts: [UInt128] = []
    var ranked: [(total: (positives: Int, negatives: Int), points: [ScoreRun])] = []
    for place in classes.indices {
      let share = try RankingShare(of: words(place), over: communicator)
      parts.append(share.sums.precision.units)
      let own = PackedRuns.words(of: share.curve(most: most))
      // Ranks have the higher scores the lower they are.
      let all = try communicator.allgather(Vector(bitPatterns: own).bytes)
        .flatMap { PackedRuns(Vector(bytes: $0[...]).bitPatterns) }
      ranked.append((share.total, all))
    }
    let sums = try communicator.wideSum(of: parts)
    return classes.indices.map { place in
      let (positives, negatives) = ranked[place].total
      return PrecisionRecallCurve(
        classIndex: classes[place], positives: positives, negatives: negatives,
        averagePrecision: positives > 0 && negatives > 0 ? ExactSum(units: sums[place]).mean(of: positives) : nil,
        points: ranked[place].points.map {
          PrecisionRecallCurve.Point(
            threshold: Float(bitPattern: $0.score), found: $0.positives, wrong: $0.negatives)
        })
    }
  }
}

extension RankingShare {
  /// The points of this share: of each that is kept its score, and how many samples have no lower one.
  fileprivate func curve(most: Int) -> [ScoreRun] {
    var (found, wrong) = above
    var points: [ScoreRun] = []
    for run in runs {
      let before = found
      found += run.positives
      wrong += run.negatives
      guard found > before else { continue }
      // The first, and those that pass a multiple of 1/most of all; so the last of all, too.
      if before == 0 || found * most / total.positives > before * most / total.positives {
        points.append(ScoreRun(score: run.score, positives: found, negatives: wrong))
      }
    }
    return points
  }
}
