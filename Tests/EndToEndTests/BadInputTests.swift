import Foundation
import TestSupport
import Testing

/// Promise 5 for what users get wrong: the whole job ends, with one message from one rank and the
/// documented exit code.
@Suite(.serialized) struct BadInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let exitStatus: Int32
    let message: String
    var files: [String: String] = [:]

    var testDescription: String { arguments.joined(separator: " ") }
  }

  /// 60 good rows, then one that only the last rank reads.
  private static func csv(ending bad: String) -> [String: String] {
    ["data.csv": "a,b,label\n" + (0..<60).map { "\($0),\($0 * 7 % 5),\($0 % 3)\n" }.joined() + bad]
  }

  static let cases = [
    Case(arguments: ["--epoch", "3"], exitStatus: 64, message: "--epoch"),
    Case(arguments: ["--epochs", "0"], exitStatus: 64, message: "--epochs 0: expected 1 to 1,000,000,000"),
    Case(arguments: ["--max-time", "1h30x"], exitStatus: 64, message: "--max-time"),
    Case(arguments: ["--max-time", "0"], exitStatus: 64, message: "--max-time"),
    Case(arguments: ["--comment", "1"], exitStatus: 64, message: "--comment 1: expected one ASCII character"),
    Case(arguments: ["--resume", "none"], exitStatus: 66, message: "--resume none: there is no checkpoint"),
    Case(arguments: ["--optimizer", "adagrad"], exitStatus: 64, message: "adagrad"),
    Case(arguments: ["a.csv", "b.csv"], exitStatus: 64, message: "b.csv"),
    Case(arguments: ["none.csv"], exitStatus: 66, message: "cannot open none.csv: No such file"),
    Case(arguments: ["-"], exitStatus: 66, message: "save what comes through a pipe in a file first"),
    Case(
      arguments: ["data.csv"], exitStatus: 65, message: "data.csv, line 62, column 2 (b): \"oops\" is not a number",
      files: csv(ending: "1,oops,2\n")),
    Case(
      arguments: ["data.csv"], exitStatus: 65, message: "line 62, column 1 (a): inf is not a finite",
      files: csv(ending: "inf,1,2\n")),
    Case(
      arguments: ["data.csv"], exitStatus: 65, message: "line 62: 2 fields where 3 are expected",
      files: csv(ending: "1,2\n")),
    Case(
      arguments: ["data.csv"], exitStatus: 65, message: "data.csv, line 62: a quote is opened and never closed",
      files: csv(ending: "1,2,\"2\n")),
    Case(arguments: ["data.csv"], exitStatus: 65, message: "0.5 is not an integer", files: csv(ending: "1,2,0.5\n")),
    Case(
      arguments: ["data.csv", "--label", "kind"], exitStatus: 78, message: "3 columns: a, b, label",
      files: csv(ending: "")),
    Case(
      arguments: ["data.csv", "--class-weights", "1,2"], exitStatus: 78, message: "2 weights for 3 classes",
      files: csv(ending: "")),
    Case(arguments: ["--class-weights", "1,-2,3"], exitStatus: 78, message: "-2.0"),
    Case(arguments: ["--class-weights", "ballanced"], exitStatus: 78, message: "\"ballanced\""),
    Case(arguments: ["--class-weights", "0,0,0"], exitStatus: 65, message: "nothing can be learned"),
    Case(arguments: ["--shards", "2"], exitStatus: 78, message: "pass --shards 3"),
    Case(arguments: ["--config", "c.yaml"], exitStatus: 78, message: "c.yaml: ", files: ["c.yaml": "epochz: 3\n"]),
    Case(arguments: ["--config", "c.yaml"], exitStatus: 78, message: "c.yaml: ", files: ["c.yaml": "epochs: [1\n"]),
    Case(arguments: ["--config", "none.yaml"], exitStatus: 66, message: "none.yaml"),
    Case(
      arguments: ["--config", "c.yaml"], exitStatus: 78, message: "help and version are for the command line",
      files: ["c.yaml": "help: true\n"]),
    Case(
      arguments: ["--config", "c.yaml"], exitStatus: 78, message: "Unknown option '--version'",
      files: ["c.yaml": "version: true\n"]),
    Case(
      arguments: ["--config", "c.yaml"], exitStatus: 78, message: "duplicated key(s): 'epochs'",
      files: ["c.yaml": "epochs: 3\nepochs: 4\n"]),
    Case(
      arguments: ["--config", "c.yaml", "--config", "d.yaml"], exitStatus: 64,
      message: "--config stands 2 times (c.yaml, d.yaml)", files: ["c.yaml": "epochs: 3\n", "d.yaml": "epochs: 4\n"]),
    Case(
      arguments: ["--config=c.yaml", "train", "--config=c.yaml"], exitStatus: 64, message: "--config stands 2 times",
      files: ["c.yaml": "epochs: 3\n"]),
    Case(
      arguments: ["--run-dir", "taken"], exitStatus: 73, message: "taken is not empty", files: ["taken/mine.txt": "x"]),
    Case(arguments: ["--run-dir", "/proc/none"], exitStatus: 73, message: "/proc/none"),
    Case(arguments: ["x.npy"], exitStatus: 65, message: "x.npy cannot be read as .npy", files: ["x.npy": "hello"]),
    Case(
      arguments: ["data.csv", "--validation", "other.csv"], exitStatus: 65,
      message: "other.csv lacks a column of the training data: b",
      files: csv(ending: "").merging(["other.csv": "a,c,label\n1,2,0\n"]) { $1 }),
    Case(
      arguments: ["data.svm", "--drop", "1"], exitStatus: 78, message: "--drop is of use for CSV files only",
      files: ["data.svm": "0 1:1\n1 2:1\n"]),
    Case(
      arguments: ["data.svm"], exitStatus: 65, message: "data.svm, line 3: feature 2 stands after feature 5",
      files: ["data.svm": "0 1:1\n1 2:1\n1 5:1 2:1\n"]),
    Case(
      arguments: ["data.svm", "--validation", "other.csv"], exitStatus: 65,
      message: "other.csv lacks columns of the training data: 1, 2",
      files: csv(ending: "").merging(["data.svm": "0 1:1\n1 2:1\n", "other.csv": "a,c,label\n1,2,0\n"]) { $1 }),
    Case(
      arguments: ["--init", "m.safetensors"], exitStatus: 65, message: "m.safetensors cannot be read",
      files: ["m.safetensors": "xx"]),
    Case(arguments: ["synthetic:color=3"], exitStatus: 64, message: "no \"color\""),
    Case(
      arguments: ["--hidden", "8,8", "--learning-rate", "1e30", "--optimizer", "sgd"], exitStatus: 65,
      message: "the learning rate is the likely cause: training has diverged"),
    Case(
      arguments: ["data.csv", "--labels", "y.npy"], exitStatus: 78, message: "only .npy, .npz, IDX and HDF5 features",
      files: csv(ending: "")),
    Case(
      arguments: ["data.csv", "--validation", "other.csv"], exitStatus: 65,
      message: "label \"7\" does not occur in the training data",
      files: csv(ending: "").merging(["other.csv": "a,b,label\n1,2,0\n1,2,7\n"]) { $1 }),
    Case(arguments: ["--validation-fraction", "0.0001"], exitStatus: 78, message: "no sample of any class"),
    Case(
      arguments: ["--test-fraction", "0.0001"], exitStatus: 78,
      message: "--test-fraction 0.0001 of synthetic is no sample of any class"),
    Case(arguments: ["--test-fraction", "1"], exitStatus: 64, message: "--test-fraction 1.0: expected a share"),
    Case(
      arguments: ["--validation-fraction", "-0.1"], exitStatus: 64, message: "--validation-fraction -0.1: expected"),
    Case(
      arguments: ["--validation-fraction", "0.5", "--test-fraction", "0.5"], exitStatus: 64,
      message: "together less than 1"),
    Case(arguments: ["--hidden", "9999999,9999999"], exitStatus: 78, message: "too large"),
    Case(arguments: ["--epochs", "9223372036854775807"], exitStatus: 64, message: "--epochs"),
    Case(arguments: ["--epochs", "1000000000", "--batch-size", "8"], exitStatus: 78, message: "too long"),
    Case(arguments: ["--class-weights", "none.json"], exitStatus: 66, message: "cannot open none.json"),
    Case(arguments: ["--class-weights", "1e39,1,1"], exitStatus: 78, message: "32-bit float"),
    Case(
      arguments: ["--class-weights", "1e38,1,1"], exitStatus: 78,
      message: "the weight 1e+38 of class \"0\" is beyond what sums of a 32-bit float can hold"),
    Case(arguments: ["--class-weights", "1,1e-30,1"], exitStatus: 78, message: "the weight 1e-30 of class \"1\""),
    Case(
      arguments: ["--class-weights", "w.json"], exitStatus: 78, message: "class \"1\" stands twice in w.json",
      files: ["w.json": "{\"0\": 1, \"1\": 2, \"2\": 3, \"\\u0031\": 4}"]),
    // Options that what they belong to does not have.
    Case(arguments: ["--validation-labels", "y.npy"], exitStatus: 64, message: "expected --validation beside it"),
    Case(arguments: ["--force"], exitStatus: 64, message: "--force: expected --resume beside it"),
    Case(arguments: ["synthetic:", "--label", "3"], exitStatus: 78, message: "--label is of use for CSV files and"),
    Case(arguments: ["synthetic:", "--format", "csv"], exitStatus: 78, message: "--format is of use for files only"),
    Case(
      arguments: ["weights", "synthetic:", "--header", "no"], exitStatus: 78, message: "--header is of use for CSV"),
    Case(arguments: ["x.npy", "--delimiter", "tab"], exitStatus: 78, message: "--delimiter is of use for CSV"),
    Case(arguments: ["x.npy", "--on-bad-row", "skip"], exitStatus: 78, message: "CSV and svmlight files only"),
    Case(arguments: ["x-ubyte", "--comment", "#"], exitStatus: 78, message: "--comment is of use for CSV"),
    Case(arguments: ["x.svm", "--label", "0"], exitStatus: 78, message: "--label is of use for CSV files and .npy"),
    Case(arguments: ["x.svm", "--missing", "9"], exitStatus: 78, message: "--missing is of use for CSV files only"),
    Case(arguments: ["x.svm", "--max-one-hot", "9"], exitStatus: 78, message: "--max-one-hot is of use for CSV"),
    // A negative number is a value.
    Case(arguments: ["--learning-rate", "-1"], exitStatus: 64, message: "--learning-rate -1.0: expected a number, 0"),
    Case(arguments: ["--epochs", "-3"], exitStatus: 64, message: "--epochs -3: expected 1 to"),
    Case(arguments: ["--timeout", "-1"], exitStatus: 64, message: "--timeout -1.0: expected 0, or seconds"),
    Case(arguments: ["--clip-norm", "-1"], exitStatus: 64, message: "--clip-norm: expected a positive number"),
    Case(arguments: ["--hidden", "-3"], exitStatus: 64, message: "--hidden: expected widths of 1 to 2²⁴"),
    Case(arguments: ["--seed", "-1"], exitStatus: 64, message: "'-1' is invalid for '--seed"),
    // With what it may be.
    Case(arguments: ["--max-time", "1x"], exitStatus: 64, message: "this time: seconds, 1h30m, or"),
    Case(arguments: ["compare", "--hidden", "8,,8"], exitStatus: 64, message: "such as 512,256"),
    // Before anything is taken that is not there.
    Case(
      arguments: ["synthetic:samples=1099511627776", "--quiet"], exitStatus: 78,
      message: "too little memory for 1099511627776 samples of 10 features: a rank needs "),
    Case(
      arguments: ["synthetic:features=1048576,samples=100000"], exitStatus: 78,
      message: "too little memory for 100000 samples"),
    // What stands in the place of a run's files.
    Case(
      arguments: ["--run-dir", "run", "--overwrite"], exitStatus: 73, message: "checkpoints in it is a file",
      files: ["run/checkpoints": ""]),
    Case(
      arguments: ["--run-dir", "run", "--overwrite"], exitStatus: 73, message: "model.safetensors in it is a folder",
      files: ["run/model.safetensors/mine": ""]),
    Case(
      arguments: ["--run-dir", "run", "--resume", "auto"], exitStatus: 73, message: "run is not empty",
      files: ["run/checkpoints": ""]),
    Case(arguments: ["weights", "synthetic:", "--config", "c.yaml"], exitStatus: 64, message: "--config"),
    Case(
      arguments: ["--hidden", "8,8", "--learning-rate", "1e30", "--optimizer", "sgd", "--max-steps", "1"],
      exitStatus: 65, message: "training has diverged"),
  ]

  @Test(arguments: cases)
  func `one message and the documented exit code`(_ test: Case) async throws {
    let folder = try TemporaryFolder()
    for (name, text) in test.files {
      let url = folder.url.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    let outcome = try await Program.trainer.run(
      test.arguments, ranks: CommandLineTests.ranks, in: folder, secondsAllowed: 20)
    #expect(!outcome.timedOut)
    // Without a launcher two shards serve one rank.
    if CommandLineTests.ranks == nil, ["--shards", "--batch-size"].contains(test.arguments[0]) { return }
    #expect(outcome.exitStatus == test.exitStatus, "\(outcome.error)")
    #expect(outcome.error.utf8.count < 2_000)
    #expect(outcome.error.contains(test.message), "\(outcome.error)")
    #expect(outcome.error.components(separatedBy: "cw-dist-train: error").count == 2, "\(outcome.error)")
  }

  #if MPI
    @Test(arguments: [
      // Rank 2 sees another option, a file of another size, another header, other values in as many bytes.
      ("exec \"$@\" --seed $([ $OMPI_COMM_WORLD_RANK = 2 ] && echo 5 || echo 4)", "the command line"),
      ("cd r$([ $OMPI_COMM_WORLD_RANK = 2 ] && echo 1 || echo 0); exec \"$@\" d.csv", "the file d.csv"),
      ("cd r$([ $OMPI_COMM_WORLD_RANK = 2 ] && echo 2 || echo 0); exec \"$@\" d.csv", "the file d.csv"),
      ("cd r$([ $OMPI_COMM_WORLD_RANK = 2 ] && echo 3 || echo 0); exec \"$@\" d.csv", "the file d.csv"),
      (
        "cd r$([ $OMPI_COMM_WORLD_RANK = 2 ] && echo 3 || echo 0); exec \"$@\" e.csv --validation d.csv",
        "the file d.csv"
      ),
    ])
    func `ranks that see different options or files are told apart`(script: String, message: String) async throws {
      let folder = try TemporaryFolder()
      for (name, text) in [
        ("r0", "a,b,y\n1,2,0\n3,4,1\n"), ("r1", "a,b,y\n1,2,0\n3,4,1\n5,6,1\n"), ("r2", "a,c,y\n1,2,0\n3,4,1\n"),
        ("r3", "a,b,y\n1,2,1\n3,4,0\n"),
      ] {
        try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        try folder.write(text, to: "\(name)/d.csv")
        try folder.write("a,b,y\n5,6,0\n7,9,1\n", to: "\(name)/e.csv")
      }
      // MPICH's name for the same variable.
      let wrapper = "export OMPI_COMM_WORLD_RANK=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; \(script)"
      let outcome = try await Program.trainer.run([], ranks: 3, in: folder, wrapper: wrapper, secondsAllowed: 20)
      #expect(outcome.exitStatus == 78, "\(outcome.error)")
      #expect(outcome.error.contains("rank 2 sees another version of \(message)"), "\(outcome.error)")
    }

    @Test func `copies of a file on disks of their own are one file`() async throws {
      let folder = try TemporaryFolder()
      for name in ["r0", "r1"] {
        try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        try folder.write("a,b,y\n1,2,0\n3,4,1\n5,7,1\n", to: "\(name)/d.csv")
      }
      let outcome = try await Program.trainer.run(
        ["weights", "d.csv"], ranks: 2, in: folder,
        wrapper: "cd r${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; exec \"$@\"", secondsAllowed: 20)
      #expect(outcome.exitStatus == 0 && outcome.output.contains("66.67 %"), "\(outcome.error)\(outcome.output)")
    }

    @Test func `a process of a launcher that MPI does not see refuses to work alone`() async throws {
      let outcome = try await Program.trainer.run(
        [], in: TemporaryFolder(), environment: ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"])
      #expect(outcome.exitStatus == 78)
      #expect(outcome.error.contains("srun --mpi=pmix"))
    }

  #endif
}
