public import Collectives
public import Configuration
public import Datasets

/// Reads data as a user names it, and tells listeners what there is to say of it.
public struct TableInput {
  private let options: DataOptions
  private let layout: ShardLayout
  private let listeners: RunListeners
  private let watch: ReadingWatch

  public init(_ options: DataOptions, layout: ShardLayout, _ listeners: RunListeners) {
    self.options = options
    self.layout = layout
    self.listeners = listeners
    watch = ReadingWatch(listeners)
  }

  /// Reads this rank's shards. Collective.
  ///
  /// - Parameters:
  ///   - text: A path, or "synthetic:…".
  ///   - labels: The file of its labels, where they have one.
  ///   - training: The data that this goes with.
  /// - Throws: `AgreedFailure` with what is wrong with the data; `CollectiveError`.
  public func read(
    _ text: String, labels: String?, as training: RawDataset? = nil, over communicator: some Communicator
  ) throws -> RawDataset {
    let raw = try options.read(
      text, labels: labels, as: training, layout: layout, progress: watch.progress, over: communicator)
    raw.warnings.forEach(listeners.warn)
    return raw
  }

  /// Says that everything is read, and ends the job where a rank was asked to stop meanwhile. Collective.
  public func end(over communicator: some Communicator) throws { try watch.end(over: communicator) }

  /// The data with its classes. Collective.
  ///
  /// - Throws: `AgreedFailure` with `LabelError`; `CollectiveError`.
  public func table(of raw: RawDataset, over communicator: some Communicator) throws -> Table {
    let table = try Table(raw, ignoring: options.ignoreIndex, layout: layout, over: communicator)
    (table.doubts + table.doubtsOfSpelling + [table.doubtOfNames].compactMap { $0 }).forEach(listeners.warn)
    // Runs of 0.1.0 that are gone on with have its list, which nobody typed.
    if options.missing != .former, let doubt = table.doubtOfMissing { listeners.warn(doubt) }
    try table.countingColumns(over: communicator).forEach(listeners.warn)
    // Whoever says where the labels are has no doubt.
    if table.reading != nil, options.label == DataOptions.defaults.label, let doubt = table.doubtAboutLabel {
      listeners.warn(doubt)
    }
    return table
  }
}
