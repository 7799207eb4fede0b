internal import Models
internal import Runs

/// What `reproduce --json` says.
struct ReproductionRecord: Encodable {
  struct Program: Encodable {
    let version: String
    let commit: String?
    let ranks: Int
    let hosts: [String]?
    let mpi: String
  }

  struct Input: Encodable {
    let name: String
    let checked: Bool
    let weightsChecked: Bool
    let samples: Int
    let features: Int

    enum CodingKeys: String, CodingKey {
      case name, checked, samples, features
      case weightsChecked = "weights_checked"
    }
  }

  struct Line: Encodable {
    /// From 1; not there in a run of one model.
    let member: Int?
    let epoch: Int
    let step: Int
    let split: String
    let differences: [ValueDifference]
  }

  struct Checkpoint: Encodable {
    let path: String
    let step: Int
    let differences: [TensorDifference]
  }

  struct Model: Encodable {
    let path: String
    let sha256Then: String
    let sha256Now: String
    let tensors: [TensorDifference]
    let metadata: [ValueDifference]

    enum CodingKeys: String, CodingKey {
      case path, tensors, metadata
      case sha256Then = "sha256_then"
      case sha256Now = "sha256_now"
    }
  }

  let verdict: String
  let run: String
  /// Whether the run itself came to its end.
  let complete: Bool
  let stoppedEarly: Bool
  let shards: Int
  let then: Program?
  let now: Program
  let data: Input
  /// Lines of metrics.jsonl that were compared.
  let linesCompared: Int
  let differingLines: [Line]
  let checkpoint: Checkpoint?
  let model: Model?
  let remarks: [String]
  let faults: [String]
  let reasons: [String]

  enum CodingKeys: String, CodingKey {
    case verdict, run, complete, shards, then, now, data, checkpoint, model, remarks, faults, reasons
    case stoppedEarly = "stopped_early"
    case linesCompared = "lines_compared"
    case differingLines = "differing_lines"
  }

  init(_ beginning: ReproductionBeginning, _ result: ReproductionResult) {
    let run = beginning.now
    verdict = result.verdict.rawValue
    self.run = result.path
    (complete, stoppedEarly, shards) = (result.isComplete, result.stoppedEarly, run.shards)
    then = beginning.then.map {
      Program(version: $0.version, commit: $0.commit, ranks: $0.ranks, hosts: $0.hosts, mpi: $0.mpi)
    }
    now = Program(
      version: run.version, commit: run.commit.isEmpty ? nil : run.commit, ranks: run.ranks, hosts: run.hosts,
      mpi: run.transport)
    data = Input(
      name: run.dataName, checked: beginning.isDataChecked, weightsChecked: beginning.areWeightsChecked,
      samples: run.trainingSamples, features: run.features)
    linesCompared = result.lines.count { $0.agreement != .missing }
    differingLines = result.lines.compactMap { line in
      guard case .differs(let values) = line.agreement else { return nil }
      return Line(member: line.member, epoch: line.epoch, step: line.step, split: line.split, differences: values)
    }
    checkpoint = result.checkpoint.map { Checkpoint(path: $0.path, step: $0.step, differences: $0.differences) }
    model = result.model.map { model in
      var metadata: [ValueDifference] = []
      if case .differs(let values) = model.agreement { metadata = values }
      return Model(
        path: model.path, sha256Then: model.digestThen, sha256Now: model.digestNow, tensors: model.tensors,
        metadata: metadata)
    }
    (remarks, faults, reasons) = (beginning.remarks, result.faults, result.reasons)
  }
}
