// swift-tools-version: 6.2
import PackageDescription

// MPI: Open MPI by default. Where several MPIs are installed, CW_DIST_TRAIN_MPI names the
// pkg-config file of the one to build against: CW_DIST_TRAIN_MPI=mpich swift build …
let mpiPackage = Context.environment["CW_DIST_TRAIN_MPI"] ?? "mpi-c"
let mpi: Trait = .trait(name: "MPI", description: "Runs on several ranks over MPI (needs an MPI library)")
let whenMPI: TargetDependencyCondition? = .when(traits: ["MPI"])
let hdf5: Trait = .trait(name: "HDF5", description: "Reads HDF5 files (needs libhdf5)")

// What --version says that the program was built from. launch/flags asks git for it: Context.gitInformation would do so
// only when this file is not in SwiftPM's cache, and then name a former commit.
let commit = Context.environment["CW_DIST_TRAIN_COMMIT"] ?? ""

let package = Package(
  name: "cw-dist-train",
  products: [.executable(name: "cw-dist-train", targets: ["cw-dist-train"])],
  traits: [mpi, hdf5, .default(enabledTraits: ["MPI"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // Lowest first; a target imports only targets above its own line (launch/check-imports holds the table).
    .systemLibrary(name: "CMPI", pkgConfig: mpiPackage, providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "CIntrinsics"),
    .target(name: "CFastFloat"),
    .target(name: "CCommit", cSettings: [.define("CW_DIST_TRAIN_COMMIT", to: "\"\(commit)\"")]),
    .target(name: "Failures"),
    .target(name: "Threads"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .target(name: "Files", dependencies: ["CZlib", "Failures", "Threads"]),
    .target(name: "Tensors", dependencies: ["CIntrinsics", "Failures"]),
    .target(name: "RandomStreams"),
    .target(
      name: "ONNX", dependencies: ["Failures", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Messages/onnx.proto"]),
    .target(
      name: "TensorBoard",
      dependencies: ["Failures", "Files", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Messages/events.proto"]),
    .target(name: "Collectives", dependencies: ["Failures", "Tensors", "Threads"]),
    .target(name: "ClassWeighting", dependencies: ["Failures"]),
    .target(name: "Metrics", dependencies: ["Collectives", "Failures", "RandomStreams", "Tensors"]),
    .target(name: "Reports", dependencies: ["Metrics"]),
    .target(name: "RankWatch", dependencies: ["Collectives", "Failures", "Threads"]),
    .target(
      name: "MPICollectives",
      dependencies: [
        "Collectives", "Failures", "RankWatch", "Tensors", "Threads", .target(name: "CMPI", condition: whenMPI),
      ]),
    .target(name: "Kernels", dependencies: ["CIntrinsics", "RandomStreams", "Tensors"]),
    .target(
      name: "Configuration",
      dependencies: [
        "ClassWeighting", "Failures", "Files", "Kernels", "Metrics", "Yams",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(
      name: "Datasets",
      dependencies: [
        "CFastFloat", "CIntrinsics", "Collectives", "Configuration", "Failures", "Files", "Kernels", "RandomStreams",
        "Tensors",
        .target(name: "CHDF5", condition: .when(traits: ["HDF5"])),
      ]),
    .target(
      name: "Models",
      dependencies: ["Configuration", "Datasets", "Failures", "Files", "Kernels", "RandomStreams", "Tensors"]),
    .target(name: "Export", dependencies: ["Datasets", "Failures", "Files", "Kernels", "Models", "ONNX", "Tensors"]),
    .target(
      name: "Training",
      dependencies: [
        "ClassWeighting", "Collectives", "Configuration", "Datasets", "Failures", "Kernels", "Metrics", "Models",
        "Tensors",
      ]),
    .target(
      name: "Scoring",
      dependencies: [
        "ClassWeighting", "Collectives", "Configuration", "Datasets", "Failures", "Files", "Kernels", "Metrics",
        "Models",
        "Tensors", "Training",
      ]),
    .target(
      name: "Checkpoints",
      dependencies: [
        "Collectives", "Configuration", "Datasets", "Failures", "Files", "Kernels", "Models", "Tensors", "Threads",
        "Training",
      ]),
    .target(
      name: "Runs",
      dependencies: [
        "CCommit", "Checkpoints", "ClassWeighting", "Collectives", "Configuration", "Datasets", "Failures", "Files",
        "Kernels",
        "Metrics", "Models", "Reports", "TensorBoard", "Tensors", "Threads", "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(
      name: "Reporting",
      dependencies: [
        "ClassWeighting", "Configuration", "Datasets", "Export", "Files", "Metrics", "Models", "ONNX", "Reports",
        "Runs", "Scoring", "Training",
      ]),
    .executableTarget(
      name: "cw-dist-train",
      dependencies: [
        "CCommit", "ClassWeighting", "Collectives", "Configuration", "Datasets", "Export", "Failures", "Files",
        "Kernels",
        "Models",
        "Reporting", "Runs", "Scoring", "Tensors", "Training",
        .target(name: "MPICollectives", condition: whenMPI),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // What launch/bench measures besides whole runs.
    .executableTarget(
      name: "microbenchmarks",
      dependencies: [
        "Collectives", "Datasets", "Kernels", "RandomStreams", "Tensors",
        .target(name: "MPICollectives", condition: whenMPI),
        .target(name: "CMPI", condition: whenMPI),
      ], path: "Benchmarks/Microbenchmarks"),

    .target(
      name: "TestSupport",
      dependencies: [
        "Collectives", "Tensors",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], path: "Tests/TestSupport"),
    // The collectives' tests, run by mpirun.
    .executableTarget(
      name: "rank-program",
      dependencies: [
        "Collectives", "Failures", "RandomStreams", "RankWatch", "Tensors",
        .target(name: "MPICollectives", condition: whenMPI),
      ], path: "Tests/RankProgram"),
    .testTarget(name: "RandomStreamsTests", dependencies: ["RandomStreams"]),
    .testTarget(name: "CollectivesTests", dependencies: ["Collectives", "Failures", "Tensors", "TestSupport"]),
    .testTarget(name: "RankWatchTests", dependencies: ["Collectives", "RankWatch"]),
    .testTarget(name: "ClassWeightingTests", dependencies: ["ClassWeighting"]),
    .testTarget(
      name: "ConfigurationTests",
      dependencies: ["Configuration", "Files"]),
    .testTarget(
      name: "MetricsTests",
      dependencies: ["Collectives", "Failures", "Metrics", "RandomStreams", "Tensors", "TestSupport"],
      exclude: ["Reference"]),
    .testTarget(
      name: "ReportsTests",
      dependencies: [
        "Metrics", "Reports", "TestSupport", .product(name: "Subprocess", package: "swift-subprocess"),
      ]),
    .testTarget(
      name: "KernelsTests", dependencies: ["Kernels", "RandomStreams", "Tensors"], exclude: ["Reference"]),
    .testTarget(
      name: "ModelsTests",
      dependencies: ["Collectives", "Datasets", "Kernels", "Models", "RandomStreams", "Tensors", "TestSupport"],
      exclude: ["Reference"]),
    .testTarget(
      name: "DatasetsTests",
      dependencies: [
        "Failures", "Collectives", "Configuration", "Datasets", "Kernels", "RandomStreams", "Tensors", "TestSupport",
      ],
      exclude: ["Reference"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "ClassWeighting", "Collectives", "Configuration", "Datasets", "Failures", "Kernels", "Metrics", "Models",
        "RandomStreams", "Tensors", "TestSupport", "Training",
      ], exclude: ["Reference"]),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: [
        "Checkpoints", "ClassWeighting", "Collectives", "Configuration", "Datasets", "Failures", "Files", "Kernels",
        "Models",
        "RandomStreams", "Tensors", "TestSupport", "Training",
      ], exclude: ["Reference"]),
    .testTarget(
      name: "ONNXTests",
      dependencies: ["ONNX", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    .testTarget(
      name: "ExportTests",
      dependencies: [
        "Collectives", "Datasets", "Export", "Kernels", "Models", "ONNX", "RandomStreams", "Tensors", "TestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
    .testTarget(name: "TensorBoardTests", dependencies: ["Files", "TensorBoard"]),
    .testTarget(
      name: "RunsTests",
      dependencies: [
        "Collectives", "Configuration", "Failures", "Files", "Metrics", "Models", "Runs", "Tensors", "TestSupport",
        "Training",
      ]),
    .testTarget(
      name: "ReportingTests",
      dependencies: ["ClassWeighting", "Configuration", "Metrics", "Reporting", "Runs", "Training"]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "ClassWeighting", "Collectives", "Configuration", "Datasets", "Failures", "Kernels", "Metrics", "Models",
        "Runs",
        "TensorBoard",
        "Tensors", "TestSupport", "cw-dist-train",
        "rank-program",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], exclude: ["Reference"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// Fed by libFuzzer with bytes of its own making: launch/fuzz.
if Context.environment["CW_DIST_TRAIN_FUZZING"] == "1" {
  package.targets.append(
    .executableTarget(
      name: "fuzz-readers", dependencies: ["Collectives", "Configuration", "Datasets", "Failures", "Models"],
      path: "Tests/Fuzzing",
      swiftSettings: [.unsafeFlags(["-parse-as-library"])], linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]))
}

// One list of settings for every Swift target under Sources, each with its reason.
let isSource = { (target: Target) in target.type != .system && target.type != .test && target.path == nil }
for target in package.targets where isSource(target) && !["CCommit", "CFastFloat"].contains(target.name) {
  target.swiftSettings = [
    // `any` marks each dynamic dispatch, so that none slips into a kernel unseen.
    .enableUpcomingFeature("ExistentialAny"),
    // A file names what it uses; imports do not leak upwards through the layers.
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // Every use of a raw pointer says `unsafe`: the door is visible in review.
    .strictMemorySafety(),
  ]
  // MPI's handles are pointers in Open MPI and integers in MPICH: what is `unsafe` in the one is
  // needlessly so in the other, which is a warning.
  if target.name != "MPICollectives" { target.swiftSettings?.append(.treatAllWarnings(as: .error)) }
}
