/// What TensorBoard's table of runs, HPARAMS, reads of a run.
public enum HyperParameters: Equatable, Sendable {
  /// The columns of the table. Of several runs beside each other those of the first are taken.
  case columns([Column], metrics: [Metric], time: Double)
  /// The run begins, with these values of its columns.
  case start([String: Setting], time: Double)
  /// The run has ended.
  case end(time: Double)

  /// An option that runs differ by.
  public struct Column: Equatable, Sendable {
    public let name: String
    public let isNumber: Bool
    /// Whether it stands before the others.
    public let isMain: Bool

    public init(_ name: String, isNumber: Bool, isMain: Bool) {
      self.name = name
      self.isNumber = isNumber
      self.isMain = isMain
    }
  }

  /// A figure that runs are compared by.
  public struct Metric: Equatable, Sendable {
    /// Of the run's scalars.
    public let tag: String
    public let title: String

    public init(tag: String, title: String) {
      self.tag = tag
      self.title = title
    }
  }

  /// The value of an option.
  public enum Setting: Equatable, Sendable {
    case number(Double)
    case text(String)
  }

  var tag: String {
    switch self {
    case .columns: "_hparams_/experiment"
    case .start: "_hparams_/session_start_info"
    case .end: "_hparams_/session_end_info"
    }
  }

  var message: HyperParametersMessage {
    var message = HyperParametersMessage()
    switch self {
    case .columns(let columns, let metrics, let time):
      message.experiment.timeCreatedSecs = time
      message.experiment.hparamInfos = columns.map(\.message)
      message.experiment.metricInfos = metrics.map(\.message)
    case .start(let settings, let time):
      message.sessionStartInfo.startTimeSecs = time
      message.sessionStartInfo.hparams = settings.mapValues(\.message)
    case .end(let time):
      message.sessionEndInfo.status = .success
      message.sessionEndInfo.endTimeSecs = time
    }
    return message
  }
}

extension HyperParameters.Column {
  fileprivate var message: HyperParameterInfoMessage {
    var message = HyperParameterInfoMessage()
    message.name = name
    message.type = isNumber ? .float64 : .string
    message.differs = isMain
    return message
  }
}

extension HyperParameters.Metric {
  fileprivate var message: MetricInfoMessage {
    var message = MetricInfoMessage()
    message.name.tag = tag
    message.displayName = title
    return message
  }
}

extension HyperParameters.Setting {
  fileprivate var message: HyperParameterMessage {
    var message = HyperParameterMessage()
    switch self {
    case .number(let number): message.numberValue = number
    case .text(let text): message.stringValue = text
    }
    return message
  }
}
