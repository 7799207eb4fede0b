internal import Datasets
internal import Foundation
internal import Tensors

/// How predictions are written.
public enum PredictionForm: Sendable {
  /// A line for each row: the class, and the probability of each.
  case csv
  /// Probabilities, [N, C] float32; NaN for a row that could not be read.
  case npy

  /// By the name of the file; CSV for standard output.
  ///
  /// - Throws: `ScoringError.notAnOutput`
  public init(output path: String?) throws(ScoringError) {
    guard let path else {
      self = .csv
      return
    }
    switch URL(fileURLWithPath: path).pathExtension.lowercased() {
    case "npy": self = .npy
    // Names without one may be those of pipes.
    case "csv", "txt", "": self = .csv
    default: throw .notAnOutput(path: path)
    }
  }
}

/// Writes the predictions of pieces into bytes.
struct PredictionWriter {
  private let form: PredictionForm
  private let classNames: [String]
  /// Of CSV: what stands at the beginning of a line of each class.
  private let classFields: [[UInt8]]

  init(_ form: PredictionForm, classNames: [String]) {
    self.form = form
    self.classNames = classNames
    classFields = classNames.map { Array(CSVField.text($0).utf8) }
  }

  /// What stands before the first row.
  ///
  /// - Parameter rowCount: N where it is known; the bytes are as many whatever it is.
  func head(rowCount: Int) -> [UInt8] {
    switch form {
    case .csv:
      let names = ["prediction"] + classNames.map { "probability:\($0)" }
      return Array((names.map(CSVField.text).joined(separator: ",") + "\n").utf8)
    case .npy:
      return NumPyHead.bytes(shape: [rowCount, classNames.count])
    }
  }

  /// Whether the head says how many rows there are.
  var headCountsRows: Bool { form == .npy }

  /// Appends a batch.
  ///
  /// - Parameters:
  ///   - predictions: n classes.
  ///   - probabilities: [C, n]
  ///   - overflowing: Samples that have no prediction.
  ///   - lost: Rows that could not be read: called before each row, and returns how many stood there.
  func append(
    _ predictions: [Int32], _ probabilities: Matrix, without overflowing: Set<Int>, to bytes: inout [UInt8],
    lostBefore lost: (Int) -> Int
  ) {
    for sample in predictions.indices {
      appendLost(lost(sample), to: &bytes)
      guard !overflowing.contains(sample) else {
        appendLost(1, to: &bytes)
        continue
      }
      switch form {
      case .csv:
        bytes += classFields[Int(predictions[sample])]
        for classIndex in 0..<probabilities.rows {
          bytes.append(UInt8(ascii: ","))
          DecimalWriter.append(probabilities[classIndex, sample], to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
      case .npy:
        for classIndex in 0..<probabilities.rows { Self.append(probabilities[classIndex, sample], to: &bytes) }
      }
    }
  }

  /// Appends rows that could not be read: nothing but the commas, so that lines still match.
  func appendLost(_ count: Int, to bytes: inout [UInt8]) {
    for _ in 0..<count {
      switch form {
      case .csv: bytes += Array(repeating: UInt8(ascii: ","), count: classNames.count) + [UInt8(ascii: "\n")]
      case .npy: for _ in classNames { Self.append(.nan, to: &bytes) }
      }
    }
  }

  private static func append(_ value: Float, to bytes: inout [UInt8]) {
    let bits = value.bitPattern
    for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
  }
}

/// The head of a .npy file of float32, of version 1.0.
private enum NumPyHead {
  /// Room for any number of rows.
  private static let length = 128

  static func bytes(shape: [Int]) -> [UInt8] {
    let text =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape.map(String.init).joined(separator: ", "))), }"
    let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length - 10), 0]
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: length - 11 - text.utf8.count)
    return magic + Array(text.utf8) + padding + [UInt8(ascii: "\n")]
  }
}
