internal import Files

/// Its rows, wherever they are asked for.
extension NumPyArray: NumberArray {
  var form: String { "\(type) \(shape)" }

  func rows(_ range: Range<Int>) -> [Double] {
    let width = rowSize
    var elements: [Double] = []
    elements.reserveCapacity(range.count * width)
    bytes.withBytes { bytes in
      for row in range {
        for column in 0..<width { elements.append(double(bytes, row: row, column: column)) }
      }
    }
    return elements
  }

  func firstRows(_ count: Int) -> [Double] { rows(0..<count) }
}
