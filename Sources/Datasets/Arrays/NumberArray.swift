/// An array of numbers in a file, of which a rank takes the rows of its own shards.
protocol NumberArray {
  /// Where it lies, for messages.
  var name: String { get }
  /// [N, …]
  var shape: [Int] { get }
  /// What all ranks must find alike.
  var form: String { get }

  /// The elements of rows, one after another. Rows may have to be asked for in order.
  mutating func rows(_ range: Range<Int>) throws -> [Double]

  /// The same of the first rows, wherever the array stands.
  func firstRows(_ count: Int) throws -> [Double]

  /// Checks what can be checked when all rows have been read that are asked for.
  mutating func finish() throws
}

extension NumberArray {
  /// N
  var rowCount: Int { shape[0] }
  /// Elements of one row: the product of all dimensions but the first.
  var rowSize: Int { shape.dropFirst().reduce(1, *) }

  mutating func finish() throws {}
}
