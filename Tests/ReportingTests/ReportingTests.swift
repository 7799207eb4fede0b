import ClassWeighting
import Foundation
import Reporting
import Testing

@Suite struct TextTableTests {
  @Test func `columns are aligned`() {
    var table = TextTable([("class", .left), ("n", .right)])
    table.append(["a", "1,000"])
    table.append(["größer", "7"])
    #expect(table.text == "class       n\na       1,000\ngrößer      7")
  }

  @Test func `numbers`() {
    #expect(NumberFormat.grouped(1_234_567) == "1,234,567")
    #expect(NumberFormat.grouped(-999) == "-999")
    #expect(NumberFormat.grouped(0) == "0")
    #expect(NumberFormat.count(1, "step") == "1 step" && NumberFormat.count(1_200, "step") == "1,200 steps")
    #expect(NumberFormat.significant(1.1 / 800.1) == "0.00137483")
    #expect(NumberFormat.fixed(nil) == "–")
    #expect(NumberFormat.fixed(.nan) == "–")
    #expect(NumberFormat.fixed(-.infinity) == "-inf")
    #expect(NumberFormat.fixed(1.4125937698583252e36) == "1.41259e+36")
    #expect(NumberFormat.fixed(123_456_789) == "123456789.0000")
    #expect(NumberFormat.percent(1, of: 0) == "–")
  }
}

@Suite struct ClassWeightReportTests {
  @Test func `counts, shares and every scheme but per-batch`() throws {
    let report = try ClassWeightReport(
      shardCounts: [[500, 100, 93], [300, 0, 7]], classNames: ["a", "b", "c"], smoothing: 0.1, beta: 0.999)
    let table = report.table()
    #expect(table.contains("80.00 %") && table.contains("0.00137483") && table.contains("imbalance ratio 8.0"))
    #expect(!table.contains("per-batch"))
    let json = try JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any]
    #expect(json?["samples"] as? Int == 1000)
    let classes = try #require(json?["classes"] as? [[String: Any]])
    #expect((classes[1]["weights"] as? [String: Double])?["balanced"] == 1000.0 / 300)
    #expect(classes.map { $0["shards_without"] as? Int } == [0, 1, 0])
    #expect(report.remarks == ["classes that are absent from some of the 2 shards (from how many): b (1)"])
    let small = try ClassWeightReport(shardCounts: [[90, 3]], classNames: ["a", "b"], smoothing: 0.1, beta: 0.999)
    #expect(small.remarks == ["classes of fewer than 10 samples, hard to learn and to measure: b (3)"])
  }
}
