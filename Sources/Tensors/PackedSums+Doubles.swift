/// Runs of the Doubles as vectors: for sums of so many terms that Float32 would lose the later ones.
extension PackedSums {
  private typealias Doubles = SIMD8<Double>
  private typealias Floats = SIMD8<Float>

  /// Sets every number to 0.
  public func clear() { words.fill(with: 0) }

  /// Adds the elements of `addend` to the Doubles from `start` on.
  public func add(_ addend: Vector, toDoublesFrom start: Int) {
    precondition(
      start >= 0 && start + addend.count <= shape.doubleCount,
      "\(addend.count) numbers at \(start) of \(shape.doubleCount)")
    let (source, target) = unsafe (UnsafeRawPointer(addend.pointer), UnsafeMutableRawPointer(doubles + start))
    let whole = addend.count / 8 * 8
    for index in stride(from: 0, to: whole, by: 8) {
      let sum =
        unsafe target.loadUnaligned(fromByteOffset: 8 * index, as: Doubles.self)
        + Doubles(source.loadUnaligned(fromByteOffset: 4 * index, as: Floats.self))
      unsafe target.storeBytes(of: sum, toByteOffset: 8 * index, as: Doubles.self)
    }
    for index in whole..<addend.count { unsafe doubles[start + index] += Double(addend[index]) }
  }

  /// target = `factor` · these Doubles + `otherFactor` · `other`, computed in Double and rounded once.
  ///
  /// - Parameters:
  ///   - range: Of the Doubles.
  ///   - other, target: As many elements; may be the same.
  public func combineDoubles(
    _ range: Range<Int>, times factor: Double, _ other: Vector, times otherFactor: Double, into target: Vector
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= shape.doubleCount)
    precondition(other.count == range.count && target.count == range.count)
    let sums = unsafe doubles + range.lowerBound
    let (source, result) = unsafe (other.pointer, target.pointer)
    for index in 0..<range.count {
      unsafe result[index] = Float(sums[index] * factor + Double(source[index]) * otherFactor)
    }
  }
}
