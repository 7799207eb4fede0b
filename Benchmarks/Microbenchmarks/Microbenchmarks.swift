import Foundation
import Kernels
import Tensors

/// What the machine and the parts of the program can do, as one JSON object a line.
///
///     microbenchmarks                            products, optimizer, memory: one process
///     microbenchmarks peak                       the rate of multiply-adds alone
///     microbenchmarks sgemm                      the rate of a large square product
///     microbenchmarks columns                    a first layer on columns in bins
///     mpirun -np P microbenchmarks reductions    sums over ranks
///     mpirun -np P microbenchmarks read FILE     a CSV file into the ranks' shards
@main
enum Microbenchmarks {
  static func main() throws {
    switch CommandLine.arguments.dropFirst().first {
    case "peak":
      Peak.measure()
    case "sgemm":
      Products().measureSquare(1024)
    case "columns":
      Columns.measure()
    case "reductions":
      try Reductions.run()
    case "read":
      try Reading.run(path: CommandLine.arguments.dropFirst(2).first ?? "")
    default:
      let products = Products()
      for (inputs, outputs) in [(784, 512), (512, 256), (1024, 2048), (2048, 2048), (2048, 100)] {
        for rows in [32, 64, 256] { products.measureLayer(rows: rows, inputs: inputs, outputs: outputs) }
      }
      products.measureSquare(1024)
      Memory.measureCopy()
      Memory.measureGather(rows: 100_000, columns: 10, batchSize: 32)
      Memory.measureGather(rows: 581_012, columns: 54, batchSize: 1024)
      Memory.measureAdam(parameterCount: 538_000)
      Memory.measureAdam(parameterCount: 6_500_000)
    }
  }
}

/// Microseconds that `body` takes, the best of several rounds of at least `seconds`.
func microseconds(rounds: Int = 5, seconds: Double = 0.05, _ body: () -> Void) -> Double {
  var best = Double.infinity
  for _ in 0..<rounds {
    let start = ContinuousClock.now
    var repeats = 0
    var elapsed = Duration.zero
    repeat {
      body()
      repeats += 1
      elapsed = ContinuousClock.now - start
    } while elapsed < .seconds(seconds)
    best = min(best, elapsed / .microseconds(1) / Double(repeats))
  }
  return best
}

/// Prints one line: {"name": name, key: value, …}.
func report(_ name: String, _ values: KeyValuePairs<String, Double>) {
  report(name, Array(values))
}

func report(_ name: String, _ values: [(key: String, value: Double)]) {
  let fields = values.map { "\"\($0.key)\": \(String(format: "%.6g", $0.value))" }
  print("{\"name\": \"\(name)\", \(fields.joined(separator: ", "))}")
}

func randomMatrix(_ rows: Int, _ columns: Int) -> Matrix {
  let matrix = Matrix(zeros: rows, columns)
  for row in 0..<rows {
    for column in 0..<columns { matrix[row, column] = Float((row * 31 + column * 17) % 101) / 101 - 0.5 }
  }
  return matrix
}
