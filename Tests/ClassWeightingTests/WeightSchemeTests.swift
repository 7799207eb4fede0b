import ClassWeighting
import Foundation
import Testing

@Suite struct WeightSchemeTests {
  private func weights(_ scheme: WeightScheme, _ counts: [Int], maxWeight: Double? = nil) throws -> [Double] {
    try scheme.weights(forCounts: counts, classNames: counts.indices.map { "c\($0)" }, maxWeight: maxWeight).values
  }

  private func expect(_ weights: [Double], _ expected: [Double]) {
    for (weight, value) in zip(weights, expected) { #expect(abs(weight - value) <= 1e-12 * abs(value)) }
  }

  @Test func `the formulas of the design`() throws {
    let counts = [800, 100, 100]
    expect(try weights(.none, counts), [1, 1, 1])
    expect(try weights(.inverse, counts), [1.0 / 800, 0.01, 0.01])
    expect(try weights(.balanced, counts), [1000.0 / 2400, 1000.0 / 300, 1000.0 / 300])
    // (1 + 0.1) / (800 + 0.1) is 0.00137, whatever the article printed.
    expect(try weights(.smoothed(0.1), counts), [1.1 / 800.1, 1.1 / 100.1, 1.1 / 100.1])
    expect(try weights(.medianFrequency, counts), [0.125, 1, 1])
    expect(try weights(.medianFrequency, [1, 2, 4, 8]), [3, 1.5, 0.75, 0.375])
    let roots = [1 / 800.0.squareRoot(), 0.1, 0.1]
    let mean = roots.reduce(0, +) / 3
    expect(try weights(.sqrtInverse, counts), roots.map { $0 / mean })
  }

  @Test func `effective numbers keep their digits where the naive formula loses them`() throws {
    let naive = [800.0, 100].map { (1 - 0.999) / (1 - pow(0.999, $0)) }
    let mean = naive.reduce(0, +) / 2
    let result = try weights(.effectiveNumber(beta: 0.999), [800, 100])
    for (weight, value) in zip(result, naive) { #expect(abs(weight - value / mean) < 1e-10) }
    // β so near 1 that βⁿ rounds to 1: the weights tend to 1/n.
    expect(try weights(.effectiveNumber(beta: 1 - 0x1p-53), [1000, 10]), [2 * 10 / 1010.0, 2 * 1000 / 1010.0])
    #expect(try weights(.effectiveNumber(beta: 0), [5, 50]) == [1, 1])
    #expect(try weights(.effectiveNumber(beta: 0.999), [.max / 4, 1]).allSatisfy(\.isFinite))
  }

  @Test(arguments: WeightScheme.ruleNames)
  func `a class without samples has weight 0 and changes no other`(name: String) throws {
    let scheme = try #require(WeightScheme.named(name, smoothing: 0.1, beta: 0.9))
    let with = try scheme.weights(forCounts: [30, 0, 5], classNames: ["a", "b", "c"])
    #expect(with.absentClasses == [1])
    #expect(with.values[1] == 0)
    let without = try weights(scheme, [30, 5])
    #expect([with.values[0], with.values[2]] == without)
    #expect(scheme.name == name)
  }

  @Test(arguments: [1e39, 1e38, 1.01e25, 1e-43, 9e-26])
  func `weights beyond Float32 are refused`(weight: Double) {
    #expect(throws: WeightSchemeError.outOfRange(weight: weight, name: "c1")) {
      try weights(.explicit(.inOrder([1, weight])), [5, 5])
    }
  }

  @Test func `large weights are clamped`() throws {
    #expect(try weights(.balanced, [990, 10], maxWeight: 5)[1] == 5)
  }
}

@Suite struct ExplicitWeightsTests {
  private let names = ["cat", "dog"]

  private func resolved(_ weights: ExplicitWeights) throws -> [Double] {
    try WeightScheme.explicit(weights).weights(forCounts: [1, 1], classNames: names).values
  }

  @Test(arguments: [
    "[1.5, 20]", #"{"dog": 20, "cat": 1.5}"#, "class,weight\ndog,20\ncat,1.5\n", "dog,20\r\ncat,1.5",
    "weight\n1.5\n20\n", "class;weight\ndog;20\ncat;1,5\n", "dog;020,000000\ncat;1,5000",
    "class\tweight\n\"dog\"\t20\ncat\t1.5\n",
    " \"dog\" , 20\n\"cat\",\"1.5\"\n",
    "\"dog\",20\n\"cat\",1.5", "\u{FEFF}[1.5, 20]",
    #"{"scheme": "x", "classes": [{"name": "dog", "count": 3, "weight": 20}, {"name": "cat", "weight": 1.5}]}"#,
  ])
  func `files of every form`(text: String) throws {
    #expect(try resolved(ExplicitWeights(fileText: text, path: "w")) == [1.5, 20])
  }

  @Test func `a list`() throws {
    #expect(try resolved(ExplicitWeights(list: "1.5, 20")) == [1.5, 20])
  }

  @Test(arguments: ["1,-2", "1,nan", "1,inf", "1,,2", "1,x", "ballanced", ""])
  func `bad lists are refused`(list: String) {
    #expect(throws: WeightSchemeError.self) { try ExplicitWeights(list: list) }
  }

  @Test(arguments: [
    ("\"Paris, Texas\"", "Paris, Texas"), ("\"a \"\"b\"\"\"", "a \"b\""), ("a\"b", "a\"b"), ("x;y", "x;y"),
  ])
  func `names in quotes are those of tables`(field: String, name: String) throws {
    guard case .byName(let weights) = try ExplicitWeights(fileText: "class,weight\n\(field),5\n", path: "w") else {
      Issue.record("not by name")
      return
    }
    #expect(weights == [name: 5])
  }

  @Test(arguments: [
    "{", "\"a,1", "\"\"x,6", "a;1,500\nb;2,000", "a\t1,5\nb\t2", "a;1;\nb;2;", "\"a\"b,1", "weight,class\n1,a",
    "[1, \"a\"]", "a,1,2", "a,1\na,2", "[1e999]", "", "a,1\n5",
  ])
  func `bad files are refused`(text: String) {
    #expect(throws: WeightSchemeError.self) { try ExplicitWeights(fileText: text, path: "w") }
  }

  @Test(arguments: [
    #"{"cat": 1, "dog": 2, "cat": 3}"#, #"{"cat": 1, "\u0063at": 2, "dog": 1}"#, #"{"dog":1,"dog":1,"cat":1}"#,
    #"{"classes": [{"name": "dog", "weight": 20}, {"name": "dog", "weight": 1.5}]}"#,
    #"{"classes": [], "classes": [{"name": "dog", "weight": 20}]}"#, "cat,1\ndog,2\ncat,1",
  ])
  func `a class that stands twice is refused`(text: String) {
    let error = #expect(throws: WeightSchemeError.self) { try ExplicitWeights(fileText: text, path: "w") }
    #expect(error?.description.contains("stands twice in w") == true, "\(String(describing: error))")
  }

  @Test(arguments: [#"{"cat": 1.5, "dog": 20}"#, #"{ "ca\"t\":": 1, "dog" : 20, "cat":1.5}"#])
  func `names that only look alike are two`(text: String) throws {
    guard case .byName(let weights) = try ExplicitWeights(fileText: text, path: "w") else {
      Issue.record("not by name")
      return
    }
    #expect(weights["cat"] == 1.5 && weights["dog"] == 20)
  }

  @Test func `weights that do not fit the classes are refused by name`() throws {
    #expect(throws: WeightSchemeError.wrongCount(weights: 3, classNames: names)) { try resolved(.inOrder([1, 2, 3])) }
    #expect(throws: WeightSchemeError.missingClass(name: "dog")) { try resolved(.byName(["cat": 1])) }
    #expect(throws: WeightSchemeError.unknownClass(name: "cow", classNames: names)) {
      try resolved(.byName(["cat": 1, "dog": 1, "cow": 1]))
    }
  }
}
