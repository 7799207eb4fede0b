import Foundation
import Models
import RandomStreams
import Tensors
import Testing

@Suite struct ClassifierRowsTests {
  private let layout = ParameterLayout(
    ModelShape(featureCount: 3, hidden: [6], classCount: 4, activation: .relu))

  private func parameters() -> Vector {
    let parameters = Vector(zeros: layout.paddedCount)
    var random = RandomStream(seed: 4, purpose: .initialization)
    for index in 0..<layout.count { parameters[index] = Float(random.normal()) }
    return parameters
  }

  @Test(arguments: [0.3, 0.5, 1])
  func `rows and biases are divided by the norm of the row to the power of τ, and all else stays`(tau: Double) throws {
    let (trained, parameters) = (parameters(), parameters())
    let (weight, bias) = (try #require(layout["layers.1.weight"]), try #require(layout["layers.1.bias"]))
    let rows = ClassifierRows(trained, layout: layout)
    // From any lengths before.
    rows.normalize(by: 0.8, into: parameters)
    rows.normalize(by: tau, into: parameters)
    #expect(parameters.prefix(layout.classifierStart).array == trained.prefix(layout.classifierStart).array)
    for label in 0..<4 {
      let row = (0..<6).map { Double(trained[weight.range.lowerBound + label * 6 + $0]) }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for (column, value) in row.enumerated() {
        let found = Double(parameters[weight.range.lowerBound + label * 6 + column])
        #expect(abs(found - value / pow(norm, tau)) < 1e-6)
      }
      let place = bias.range.lowerBound + label
      #expect(abs(Double(parameters[place]) - Double(trained[place]) / pow(norm, tau)) < 1e-6)
    }
  }

  @Test func `τ = 0 leaves every bit, and a row of zeros stays`() throws {
    let (trained, parameters) = (parameters(), parameters())
    let weight = try #require(layout["layers.1.weight"])
    trained[weight.range].prefix(6).fill(with: 0)
    let rows = ClassifierRows(trained, layout: layout)
    rows.normalize(by: 1, into: parameters)
    #expect(parameters[weight.range].prefix(6).array.allSatisfy { $0 == 0 })
    #expect((0..<layout.count).allSatisfy { parameters[$0].isFinite })
    rows.normalize(by: 0, into: parameters)
    #expect(parameters.array == trained.array)
  }
}
