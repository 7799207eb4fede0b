import Runs
import Testing

@Suite struct AvailableCoresTests {
  @Test(
    arguments: [
      ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000", 2), ("5000 100000\n", 1), ("100000 100000", 1),
      ("", nil), ("100000", nil), ("0 100000", nil), ("a b c", nil),
    ] as [(String, Int?)])
  func `a container's limit is a number of cores`(line: String, cores: Int?) {
    #expect(AvailableCores.cores(ofLimit: line) == cores)
  }

  @Test func `there is a core`() {
    #expect(AvailableCores.count >= 1 && AvailableCores.count <= AvailableCores.numbers.count)
  }
}
