/// The metrics.jsonl of a run: its lines, by epoch and part of the data.
public struct RecordedMetrics: Equatable, Sendable {
  /// What a line is of.
  public struct Place: Hashable, Sendable {
    /// From 1; nil in a run of one model, and where all are meant.
    public let member: Int?
    /// From 1.
    public let epoch: Int
    /// "train", "validation", "test"
    public let split: String

    public init(member: Int? = nil, epoch: Int, split: String) {
      (self.member, self.epoch, self.split) = (member, epoch, split)
    }

    /// Whether its line is written before that of another place: member after member, and that of the test part last.
    func comes(before other: Place) -> Bool {
      func order(_ place: Place) -> (Int, Int, Int) { (place.split == "test" ? 1 : 0, place.member ?? 0, place.epoch) }
      return order(self) < order(other)
    }

    var words: String { "\(member.map { "member \($0), " } ?? "")epoch \(epoch), \(split)" }
  }

  private var lines: [Place: String] = [:]
  /// In the order of the file.
  public private(set) var places: [Place] = []
  /// What no run writes, in words.
  public private(set) var faults: [String] = []
  /// Whether half a line stands at the end, of a run that was killed.
  public let endsInHalfLine: Bool

  init(_ text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    endsInHalfLine = lines.removeLast() != ""
    for (index, line) in lines.enumerated() {
      let line = String(line)
      guard let figures = MetricsFigures(line: line), let epoch = figures["epoch"].flatMap({ Int(exactly: $0) }),
        let split = figures.text("split")
      else {
        faults.append("line \(index + 1) of it is no line of metrics")
        continue
      }
      let place = Place(member: figures.member, epoch: epoch, split: split)
      guard self.lines.updateValue(line, forKey: place) == nil else {
        faults.append("line \(index + 1) of it is a second one of \(place.words)")
        continue
      }
      places.append(place)
    }
  }

  /// Without its newline; nil where there is none.
  subscript(place: Place) -> String? { lines[place] }
}
