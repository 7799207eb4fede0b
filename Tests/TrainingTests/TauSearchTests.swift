import Testing
import Training

@Suite struct TauSearchTests {
  @Test func `the τ with the largest value, of equal ones the smallest`() {
    #expect(TauSearch.candidates.count == 11 && TauSearch.candidates[7] == 0.7 && TauSearch.candidates.last == 1)
    #expect(TauSearch.run { $0 < 0.35 ? 0.5 : $0 < 0.75 ? 0.6 : 0.55 } == .found(0.4))
    #expect(TauSearch.run { _ in 0.5 } == .found(0))
    #expect(TauSearch.run { $0 } == .found(1))
  }

  @Test func `without samples there is none, and who is asked to stop stops`() {
    #expect(TauSearch.run { _ in .nan } == .none)
    var asked: [Double] = []
    let outcome = TauSearch.run { tau -> Double? in
      asked.append(tau)
      return tau > 0.15 ? nil : 0.5
    }
    #expect(outcome == .stopped && asked == [0, 0.1, 0.2])
  }
}
