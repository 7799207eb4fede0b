/// The numbers of a stripe of outputs: as many as half of the registers of AVX-512 hold, so that a sum and a gradient stay in
/// them.
struct StripeLanes {
  /// How many numbers there are.
  static let count = 8 * laneCount

  private var lanes: InlineArray<8, Lanes>

  /// Zeros.
  @inline(__always)
  init() { lanes = InlineArray(repeating: .zero) }

  @unsafe @inline(__always)
  init(_ numbers: UnsafeMutablePointer<Float>) {
    lanes = InlineArray { index in unsafe numbers.lanes(at: index * laneCount) }
  }

  @unsafe @inline(__always)
  func store(at numbers: UnsafeMutablePointer<Float>) {
    for index in 0..<8 { unsafe numbers.store(lanes[index], at: index * laneCount) }
  }

  @inline(__always)
  mutating func add(_ numbers: StripeLanes) {
    for index in 0..<8 { lanes[index] += numbers.lanes[index] }
  }

  @inline(__always)
  mutating func addProduct(_ factor: Float, _ numbers: StripeLanes) {
    let factor = Lanes(repeating: factor)
    for index in 0..<8 { lanes[index] = lanes[index].addingProduct(factor, numbers.lanes[index]) }
  }
}
