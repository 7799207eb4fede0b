import Kernels
import Models
import Tensors
import Testing

@Suite struct ParameterLayoutTests {
  @Test func `tensors of any shape lie behind each other`() {
    var layout = ParameterLayout()
    let table = layout.append("embedding.table", shape: [5, 3], initial: .uniform(bound: 2))
    let scale = layout.append("scale", shape: [], initial: .uniform(bound: 1))
    let kernel = layout.append("kernel", shape: [2, 3, 4], initial: .linear(fanIn: 12))
    #expect(layout.tensors.map(\.name) == ["embedding.table", "scale", "kernel"])
    #expect(layout.tensors.map(\.range) == [0..<15, 15..<16, 16..<40])
    #expect(layout.count == 40 && layout.paddedCount == 48)
    #expect(layout["kernel"]?.shape == [2, 3, 4] && layout["kernel"] == layout[kernel])
    #expect(layout["bias"] == nil)

    // Views of two vectors: what is written through them stands in the vectors.
    let vectors = (0..<2).map { _ in Vector(zeros: layout.paddedCount) }
    let views = TensorViews(vectors, layout: layout)
    for (vector, matrix) in views.matrices(kernel).enumerated() {
      #expect(matrix.rows == 2 && matrix.columns == 12)
      matrix[1, 3] = Float(vector + 1)
    }
    #expect(vectors.map { $0[16 + 12 + 3] } == [1, 2])
    views.vectors(scale)[1][0] = 7
    #expect(vectors.map { $0[15] } == [0, 7])
    #expect(views.matrix(table).rows == 5 && views.matrix(table).columns == 3 && views.vector(table).count == 15)
  }

  @Test func `every tensor is drawn from its own distribution and stream`() throws {
    var layout = ParameterLayout()
    let wide = layout.append("wide", shape: [40], initial: .uniform(bound: 8))
    let narrow = layout.append("narrow", shape: [40], initial: .uniform(bound: 0.5))
    let parameters = Vector(zeros: layout.paddedCount)
    layout.initialize(parameters, seed: 3)
    let (first, second) = (parameters[layout[wide].range].array, parameters[layout[narrow].range].array)
    #expect(first.contains { abs($0) > 4 } && first.allSatisfy { abs($0) <= 8 })
    #expect(second.contains { abs($0) > 0.25 } && second.allSatisfy { abs($0) <= 0.5 })
    #expect(zip(first, second).contains { $0 / 16 != $1 }, "of one stream")

    // What comes behind a tensor leaves it as it is.
    var shorter = ParameterLayout()
    _ = shorter.append("wide", shape: [40], initial: .uniform(bound: 8))
    let alone = Vector(zeros: shorter.paddedCount)
    shorter.initialize(alone, seed: 3)
    #expect(alone.prefix(40).array == first)
  }

  @Test func `the tensors of a network`() {
    let layout = ParameterLayout(ModelShape(featureCount: 7, hidden: [5, 4], classCount: 3, activation: .gelu))
    #expect(
      layout.tensors.map { "\($0.name) \($0.shape)" } == [
        "layers.0.weight [5, 7]", "layers.0.bias [5]", "layers.1.weight [4, 5]", "layers.1.bias [4]",
        "layers.2.weight [3, 4]", "layers.2.bias [3]",
      ])
    let network = FeedForwardNetwork(
      ModelShape(featureCount: 7, hidden: [5, 4], classCount: 3, activation: .gelu), dropout: Dropout(rate: 0.5),
      largestBatch: 10)
    #expect(network.layout == layout && network.parameters.count == layout.paddedCount)
  }
}
