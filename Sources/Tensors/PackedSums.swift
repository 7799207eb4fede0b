/// What one shard, or a sum over shards, contributes to a reduction: a vector of Float32 (a
/// gradient) and a few Doubles (a loss, a weight, counts) in one run of memory, so that both
/// travel in one message. A view: copies share the elements.
///
/// The floats come first, padded by zeros to a multiple of 16 words; each Double takes two words.
public struct PackedSums {
  public let words: Vector
  public let shape: Shape

  /// How many numbers there are of each kind.
  public struct Shape: Equatable, Sendable {
    public let floatCount: Int
    public let doubleCount: Int

    public init(floatCount: Int, doubleCount: Int) {
      precondition(floatCount >= 0 && doubleCount >= 0)
      self.floatCount = floatCount
      self.doubleCount = doubleCount
    }

    /// Where the Doubles begin, in words.
    public var doubleOffset: Int { (floatCount + 15) / 16 * 16 }
    public var wordCount: Int { doubleOffset + doubleCount * 2 }
  }

  public init(_ words: Vector, shape: Shape) {
    precondition(words.count == shape.wordCount, "\(words.count) words for \(shape)")
    precondition(words.offset % 2 == 0, "Doubles would not be aligned")
    self.words = words
    self.shape = shape
  }

  public init(zeros shape: Shape) {
    self.init(Vector(zeros: shape.wordCount), shape: shape)
  }

  public var floats: Vector { words[0..<shape.floatCount] }

  /// One of the Doubles.
  public subscript(double index: Int) -> Double {
    get {
      precondition(index >= 0 && index < shape.doubleCount, "double \(index) of \(shape.doubleCount)")
      return unsafe doubles[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < shape.doubleCount, "double \(index) of \(shape.doubleCount)")
      unsafe doubles[index] = newValue
    }
  }

  /// Adds `addend`'s elements to the same elements of `self`, floats as Float32, Doubles as Double.
  public func add(_ addend: PackedSums) {
    precondition(addend.shape == shape)
    PackedSums.add(addend.words, to: words, at: 0, of: shape)
  }

  /// Adds a slice of a packed vector to the same slice of another.
  ///
  /// - Parameters:
  ///   - addend, sum: Both hold the words `start ..< start + sum.count` of a vector of `shape`, or of
  ///     the padding behind it, which adds as Doubles.
  ///   - start: A multiple of 16, as is the count where the slice ends among the floats.
  public static func add(_ addend: Vector, to sum: Vector, at start: Int, of shape: Shape) {
    precondition(addend.count == sum.count, "adding \(addend.count) words to \(sum.count)")
    let floatWords = min(max(shape.doubleOffset - start, 0), sum.count)
    precondition(
      start % 16 == 0 && floatWords % 16 == 0 && sum.count % 2 == 0, "a slice of \(sum.count) at \(start)")
    unsafe addFloats(addend.pointer, to: sum.pointer, count: floatWords)
    unsafe addDoubles(
      addend.pointer + floatWords, to: sum.pointer + floatWords, words: sum.count - floatWords)
  }

  @unsafe var doubles: UnsafeMutablePointer<Double> {
    unsafe UnsafeMutableRawPointer(words.pointer + shape.doubleOffset)
      .assumingMemoryBound(to: Double.self)
  }

  /// `count` is a multiple of 16.
  @unsafe private static func addFloats(
    _ addend: UnsafeMutablePointer<Float>, to sum: UnsafeMutablePointer<Float>, count: Int
  ) {
    let source = UnsafeRawPointer(addend)
    let target = UnsafeMutableRawPointer(sum)
    for offset in stride(from: 0, to: count * 4, by: 64) {
      let total =
        unsafe target.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
        + source.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
      unsafe target.storeBytes(of: total, toByteOffset: offset, as: SIMD16<Float>.self)
    }
  }

  @unsafe private static func addDoubles(
    _ addend: UnsafeMutablePointer<Float>, to sum: UnsafeMutablePointer<Float>, words: Int
  ) {
    let source = UnsafeRawPointer(addend)
    let target = UnsafeMutableRawPointer(sum)
    for offset in stride(from: 0, to: words * 4, by: 8) {
      let total =
        unsafe target.load(fromByteOffset: offset, as: Double.self)
        + source.load(fromByteOffset: offset, as: Double.self)
      unsafe target.storeBytes(of: total, toByteOffset: offset, as: Double.self)
    }
  }
}
