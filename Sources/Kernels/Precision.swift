internal import CIntrinsics

/// What the operands of a product are rounded to. Sums are Float32 either way.
public enum Precision: String, CaseIterable, Codable, Sendable {
  case float32
  /// To the nearest number of 8 significant bits, of two the even one.
  ///
  /// An element of a product is the same chain of fused multiply-adds as in Float32, of rounded factors: instructions
  /// for bf16 take two steps of the chain at once, and give the bits of one step after the other.
  case bf16

  /// Whether this program has an instruction for bf16, having been built for a processor that has it, and may use it:
  /// it must give the bits of its definition.
  public static let hasInstructionForBF16 = cintrinsics_multiplies_bf16() != 0 && instructionFollowsItsDefinition()
}

extension Float {
  /// The nearest number of bf16, of two the even one. NaN stays NaN, and what is too small for a normalized number is a zero
  /// of its sign.
  package var roundedToBF16: Float {
    let bits = bitPattern & 0x7f80_0000 == 0 ? bitPattern & 0x8000_0000 : bitPattern
    // Quiet, whatever the bits are that are cut off: without one it would be infinite.
    guard !isNaN else { return Float(bitPattern: (bits | 0x40_0000) & 0xffff_0000) }
    return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
  }
}

extension Precision {
  /// The numbers as factors of products.
  func rounded(_ values: [Float]) -> [Float] {
    switch self {
    case .float32: values
    case .bf16: values.map(\.roundedToBF16)
    }
  }
}

/// Two factors of bf16 as they stand in a panel.
@inline(__always)
func bf16Pair(_ first: Float, _ second: Float) -> UInt32 {
  first.roundedToBF16.bitPattern & 0xffff_0000 | second.roundedToBF16.bitPattern >> 16
}

/// Whether the instruction for bf16 gives the bits of its definition on this processor, for numbers of every size.
private func instructionFollowsItsDefinition() -> Bool {
  FloatingPointMode.flushingDenormals(followsDefinitionWithoutDenormals)
}

private func followsDefinitionWithoutDenormals() -> Bool {
  var state: UInt64 = 1
  func next() -> Float {
    // Knuth's constants; any bits will do.
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(bitPattern: UInt32(truncatingIfNeeded: state >> 32))
  }
  for _ in 0..<1_024 {
    var (sum, b) = (Lanes.zero, Lanes.zero)
    for lane in 0..<laneCount { (sum[lane], b[lane]) = (next(), next()) }
    let a = next()
    let (found, expected) = (BF16Pair.add(a, b, to: sum), PlainBF16Pair.add(a, b, to: sum))
    for lane in 0..<laneCount {
      guard found[lane].bitPattern == expected[lane].bitPattern || found[lane].isNaN && expected[lane].isNaN else {
        return false
      }
    }
  }
  return true
}
