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
    #expect(small.remarks.first == "classes of fewer than 10 samples, hard to learn and to measure: b (3)")
  }

  @Test func `what samplers and losses would do, in 80 columns`() throws {
    let names = ["a", "b", "a class that has a very long name, longer than any table has room for"]
    let report = try ClassWeightReport(
      shardCounts: [[1_000_000, 2500, 50]], classNames: names, smoothing: 0.1, beta: 0.999)
    let lines = report.table().split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(report.table())")
    func row(_ name: String, under title: String) throws -> [String] {
      let start = try #require(lines.firstIndex { $0.hasPrefix("class ") && $0.contains(title) })
      let titles = lines[start].split(separator: " ")
      let row = try #require(lines[start...].first { $0.hasPrefix(name + " ") })
      #expect(row.split(separator: " ").count == titles.count)
      return row.split(separator: " ").map(String.init)
    }
    // 1,002,550 / 3; 1,002,550 · √n / Σ √n.
    #expect(try row("b", under: "undersample") == ["b", "334,183", "47,421", "1,000,000", "50"])
    #expect(try row("altogether", under: "undersample").last == "150")
    #expect(try row("b", under: "ldam") == ["b", "-5.99", "-5.64"])
    let json = try JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any]
    let classes = try #require(json?["classes"] as? [[String: Any]])
    #expect((classes[1]["draws"] as? [String: Double])?["oversample"] == 1_000_000)
    let shifts = try #require(classes[2]["logit_shifts"] as? [String: Double])
    #expect(shifts["ldam"] == -15 && abs((shifts["balanced-softmax"] ?? 0) - log(50 / 1_000_000.0)) < 1e-12)
  }

  @Test func `it warns of what will not work`() throws {
    func remarks(_ counts: [Int]) throws -> String {
      try ClassWeightReport(
        shardCounts: [counts], classNames: counts.indices.map { "c\($0)" }, smoothing: 0.1, beta: 0.999
      ).remarks.joined(separator: "\n")
    }
    let fine = try remarks([100, 120, 90])
    #expect(fine.isEmpty, "\(fine)")
    let few = try remarks([500, 200, 4, 1])
    #expect(few.contains("classes of one sample") && few.contains("--validation-fraction leaves it in training"))
    #expect(few.contains("--validation-fraction 0.1 takes no sample of, so that no figure is of them: c2 (4)"))
    #expect(few.contains("to be learned by heart (power draws it less often): c3 (176 times)"))
    #expect(few.contains("--sampler undersample has 4 of 705 samples"))
    #expect(try !remarks([500, 200, 5]).contains("takes no sample"))
  }
}
