internal import Training

/// Hears a run of a comparison. A class, for what it has heard.
final class RunEar: RunListener {
  private(set) var warnings: [String] = []
  private var share: RunShare
  let interval: Duration?
  private let heard: (RunEvent, RunShare) throws -> Void

  /// - Parameters:
  ///   - index: The run's place in the plan.
  ///   - heard: Is told each event, and how far the run is.
  init(of index: Int, every interval: Duration?, _ heard: @escaping (RunEvent, RunShare) throws -> Void) {
    share = RunShare(index: index)
    (self.interval, self.heard) = (interval, heard)
  }

  func receive(_ event: RunEvent) throws {
    switch event {
    case .warning(let text): warnings.append(text)
    case .goesOn(.epoch(let progress)): share.share = progress.shareOfRun
    default: break
    }
    try heard(event, share)
  }
}
