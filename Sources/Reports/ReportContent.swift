public import Metrics

/// Everything that the report of a run says, as a value: report.json of its folder. Nothing in it depends on ranks, on a
/// host, or on time.
public struct ReportContent: Codable, Equatable, Sendable {
  /// "model", and what there is to say of it.
  public struct Line: Codable, Equatable, Sendable {
    public let title: String
    public let text: String

    public init(title: String, text: String) { (self.title, self.text) = (title, text) }
  }

  /// An option by its name, without dashes.
  public struct Option: Codable, Equatable, Sendable {
    public let name: String
    public let value: String
    /// Whether it is what a run has that names no option.
    public let isDefault: Bool

    public init(name: String, value: String, isDefault: Bool) {
      (self.name, self.value, self.isDefault) = (name, value, isDefault)
    }

    enum CodingKeys: String, CodingKey {
      case name, value
      case isDefault = "is_default"
    }
  }

  /// A class, as it is trained on.
  public struct ClassRow: Codable, Equatable, Sendable {
    public let name: String
    /// Training samples.
    public let count: Int
    /// How many of them an epoch has in the mean, where a sampler repeats some or leaves some out.
    public let draws: Double?
    /// Nil where the weights follow each batch.
    public let weight: Double?

    public init(name: String, count: Int, draws: Double? = nil, weight: Double?) {
      (self.name, self.count, self.draws, self.weight) = (name, count, draws, weight)
    }
  }

  /// A confusion matrix, by its cells that are not 0.
  public struct Cells: Codable, Equatable, Sendable {
    /// Each: true class, predicted class, samples.
    public let cells: [[Int]]

    public init(_ confusion: ConfusionMatrix) {
      cells = confusion.counts.indices.filter { confusion.counts[$0] != 0 }.map {
        [$0 / confusion.classCount, $0 % confusion.classCount, Int(confusion.counts[$0])]
      }
    }

    /// - Returns: Nil where a cell is none of a matrix of so many classes.
    func matrix(classCount: Int) -> ConfusionMatrix? {
      var matrix = ConfusionMatrix(classCount: classCount)
      for cell in cells {
        guard cell.count == 3, (0..<classCount).contains(cell[0]), (0..<classCount).contains(cell[1]), cell[2] > 0
        else { return nil }
        matrix.add(Int64(cell[2]), toCell: cell[0] * classCount + cell[1])
      }
      return matrix
    }
  }

  /// What a model does on one part of the data.
  public struct Part: Codable, Equatable, Sendable {
    /// "training", "out-of-fold", "validation", "test"
    public let name: String
    /// The loss that was trained by; nil where there is none, or it is not finite.
    public let loss: Double?
    /// Mean −log p of the true class, in nats.
    public let logLoss: Double?
    public let confusion: Cells
    /// By the largest logit, where thresholds are tuned.
    public let untuned: Cells?
    /// How sure the figures are; nil where that was not asked for.
    public let intervals: MetricIntervals?

    public init(
      name: String, loss: Double?, logLoss: Double?, confusion: Cells, untuned: Cells?,
      intervals: MetricIntervals? = nil
    ) {
      self.name = name
      self.loss = loss
      self.logLoss = logLoss
      self.confusion = confusion
      self.untuned = untuned
      self.intervals = intervals
    }

    enum CodingKeys: String, CodingKey {
      case name, loss
      case logLoss = "log_loss"
      case confusion, untuned, intervals
    }
  }

  /// What an epoch came to on one part of the data.
  public struct Epoch: Codable, Equatable, Sendable {
    /// From 1.
    public let epoch: Int
    /// "train", "validation"
    public let split: String
    /// By their names in metrics.jsonl; those that are not finite are missing.
    public let figures: [String: Double]

    public init(epoch: Int, split: String, figures: [String: Double]) {
      (self.epoch, self.split, self.figures) = (epoch, split, figures)
    }
  }

  /// Which epoch's model it is.
  public struct Delivered: Codable, Equatable, Sendable {
    /// From 1.
    public let epoch: Int
    public let step: Int
    /// What epochs are compared by, in the names of metrics.jsonl, and for people.
    public let metric: String
    public let metricTitle: String

    public init(epoch: Int, step: Int, metric: String, metricTitle: String) {
      (self.epoch, self.step, self.metric, self.metricTitle) = (epoch, step, metric, metricTitle)
    }

    enum CodingKeys: String, CodingKey {
      case epoch, step, metric
      case metricTitle = "metric_title"
    }
  }

  /// How sure it is, and how often it is right.
  public struct Reliability: Codable, Equatable, Sendable {
    /// "raw", "prior", "calibrated"
    public let kind: String
    public let bins: [ReliabilityBin]
    public let logLoss: Double?
    public let brierScore: Double?
    public let calibrationError: Double?

    public init(kind: String, _ sums: ProbabilitySums) {
      self.kind = kind
      bins = sums.reliability
      logLoss = sums.logLoss
      brierScore = sums.brierScore
      calibrationError = sums.calibrationError
    }

    enum CodingKeys: String, CodingKey {
      case kind, bins
      case logLoss = "log_loss"
      case brierScore = "brier"
      case calibrationError = "ece"
    }
  }

  public var program = ""
  /// As the user names it.
  public var data = ""
  /// Of data, columns, model and training.
  public var about: [Line] = []
  /// In the order of their declaration.
  public var options: [Option] = []
  public var classes: [ClassRow] = []
  public var weightScheme = ""
  /// Training first; the last is the one that classes, confusions and curves are of.
  public var parts: [Part] = []
  /// On the last part: what would be decided were the weighting undone. Nil where it would be no other.
  public var unweighted: Cells?
  /// Nil where thresholds are not tuned.
  public var tunedFor: String?
  /// τ by which the rows of the last layer were divided; nil where they were not.
  public var tau: Double?
  public var epochs: [Epoch] = []
  /// The share of all steps that were left out, since their loss or gradient was not finite; nil where none was.
  public var leftOutShare: Double?
  /// The first epoch in which the last layer was trained alone, from 1; nil where there is none, and of several members, of
  /// whom only the epochs of all layers are here.
  public var classifierFrom: Int?
  public var delivered = Delivered(epoch: 0, step: 0, metric: "loss", metricTitle: "loss")
  /// Of a model of several members the epoch of each, in the order of members; nil where there is only one. The figures of
  /// epochs are then means over the members that were trained so long.
  public var memberEpochs: [Int]?
  /// Whether these were the best on the samples that each member was trained without; nil of one model.
  public var areEpochsChosen: Bool?
  /// Of the rarest classes of the last part.
  public var curves: [PrecisionRecallCurve] = []
  /// On the last part; of raw probabilities first.
  public var reliability: [Reliability] = []

  public init() {}

  enum CodingKeys: String, CodingKey {
    case program, data, about, options, classes
    case weightScheme = "weight_scheme"
    case parts, unweighted
    case tunedFor = "tuned_for"
    case tau = "tau_normalization"
    case epochs, delivered
    case leftOutShare = "left_out_share"
    case classifierFrom = "classifier_from"
    case memberEpochs = "member_epochs"
    case areEpochsChosen = "epochs_are_chosen"
    case curves, reliability
  }
}
