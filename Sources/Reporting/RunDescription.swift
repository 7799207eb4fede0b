internal import Foundation

/// What a run is about, before it begins: for the console and the files of the run.
public struct RunDescription: Sendable {
  public struct ClassRow: Sendable {
    public let name: String
    /// Training samples.
    public let count: Int
    /// Nil where the weights follow each batch.
    public let weight: Double?

    public init(name: String, count: Int, weight: Double?) {
      self.name = name
      self.count = count
      self.weight = weight
    }
  }

  /// "label", and what there is to say of it.
  public struct Line: Equatable, Sendable {
    public let title: String
    public let text: String

    public init(title: String, text: String) {
      self.title = title
      self.text = text
    }

    /// With the title in a column of its own.
    public var padded: String { title.padding(toLength: 9, withPad: " ", startingAt: 0) + text }
  }

  public var version = ""
  /// "single process", "Open MPI v4.1.4"
  public var transport = ""
  /// The host of each rank.
  public var hosts: [String] = []
  /// Of each host: the cores that its ranks may use.
  public var cores: [String: Int] = [:]
  public var shards = 0
  public var threads = 1
  public var dataName = ""
  public var trainingSamples = 0
  public var validationSamples: Int?
  public var testSamples: Int?
  public var features = 0
  /// How a table was read, and what was decided of it.
  public var reading: [Line] = []
  /// What is worth knowing of the values; may be empty.
  public var values = ""
  public var classes: [ClassRow] = []
  public var weightScheme = ""
  public var model = ""
  public var parameters = 0
  public var training = ""
  /// The checkpoint that the run goes on from, and where it stands; nil for a run from its beginning.
  public var resumedFrom: String?

  public init() {}

  public var ranks: Int { hosts.count }

  /// "4 ranks on 1 host (n1: 4 on 8 cores)"
  var placement: String {
    var counts: [(host: String, ranks: Int)] = []
    for host in hosts {
      if let index = counts.firstIndex(where: { $0.host == host }) {
        counts[index].ranks += 1
      } else {
        counts.append((host, 1))
      }
    }
    let list = counts.prefix(8).map { host, ranks in
      let cores = cores[host].flatMap { $0 == 0 ? nil : $0 }.map { " on \($0) core\($0 == 1 ? "" : "s")" } ?? ""
      return "\(host): \(ranks)\(cores)"
    }.joined(separator: ", ")
    return """
      \(ranks) rank\(ranks == 1 ? "" : "s") on \(counts.count) host\(counts.count == 1 ? "" : "s") \
      (\(list)\(counts.count > 8 ? ", …" : ""))
      """
  }
}
