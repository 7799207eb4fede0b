import Datasets
import RandomStreams
import Testing

/// Numbers as texts.
@Suite struct NumberFormTests {
  /// With a sign, or in brackets, a text is taken to pieces; without, most need not be.
  @Test func `a plain number is read as the same number with a sign, or in brackets`() throws {
    var random = RandomStream(seed: 3, purpose: .syntheticFeatures)
    var read = 0
    for _ in 0..<20_000 {
      let alphabet = Array("0123456789012345678901234567890123456789..,e-")
      let length = 1 + Int(random.uniform() * 12)
      let text = String((0..<length).map { _ in alphabet[Int(random.uniform() * Double(alphabet.count))] })
      guard text.first != "-" else { continue }
      let value = NumberForm.plain.value(text)
      #expect(value?.bitPattern == NumberForm.plain.value("+" + text)?.bitPattern, "\(text)")
      let negative = NumberForm.plain.value("-" + text)
      #expect(negative?.bitPattern == NumberForm.plain.value("(\(text))")?.bitPattern, "-\(text)")
      #expect(negative == value.map { -$0 }, "-\(text)")
      if let value {
        read += 1
        #expect(value == Double(text.filter { $0 != "," }), "\(text)")
      }
    }
    #expect(read > 4_000)
  }
}
