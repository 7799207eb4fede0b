import Models
import Tensors
import Testing

@Suite struct DecisionRuleTests {
  @Test func `a decision takes the class whose logit is largest with its offset, the first of equals`() throws {
    let logits = Vector([1, 2, 0, 3, 0, 2, 0, 3, 5]).matrix(rows: 3, columns: 3)
    func decided(_ offsets: [Float]?) -> [Int32] {
      var predictions: [Int32] = [7, 7]
      DecisionRule.predict(offsets.map { DecisionRule(metric: "m", offsets: $0) }, logits, into: &predictions)
      return predictions
    }
    #expect(decided(nil) == [1, 2, 2])
    #expect(decided([0, 0, 0]) == [1, 2, 2])
    #expect(decided([2, 0, -1]) == [0, 0, 2])
    #expect(decided([9, 0, 0]) == [0, 0, 0])
    #expect(decided([1.5, 0, 0.5]) == [1, 0, 2], "3 by class 1, 3.5 by both")
  }
}
