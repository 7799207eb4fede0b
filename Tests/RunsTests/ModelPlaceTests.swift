import Collectives
import Configuration
import Foundation
import Models
import Runs
import TestSupport
import Testing

/// Models where users name them.
@Suite struct ModelPlaceTests {
  /// A run of two epochs of one step, with a checkpoint after each.
  private func trained(in folder: TemporaryFolder) throws -> String {
    var configuration = TrainingConfiguration.defaults
    configuration.data = "synthetic:samples=30"
    configuration.steps.epochs = 2
    let path = folder.path("run")
    let alone = SingleProcessCommunicator()
    var run = try Run(configuration, over: alone)
    _ = try run.train(savingTo: RunPlace(path))
    return path
  }

  private func newest(_ run: String) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: run + "/checkpoints")
    return run + "/checkpoints/" + (try #require(names.filter { $0.hasPrefix("step-") }.max()))
  }

  @Test func `a model, a checkpoint and a run lead to one model`() throws {
    let folder = try TemporaryFolder()
    let run = try trained(in: folder)
    let places = try [run + "/model.safetensors", newest(run), run].map { try ModelPlace($0) }
    #expect(places.map(\.kind) == [.model, .checkpoint, .run])
    #expect(places.map(\.file) == [places[0].path, places[1].path, places[0].path])
    #expect(places.map { $0.checkpoint == nil } == [true, false, true])
    let parameters = try places.map { try $0.model().members[0].array }
    #expect(Set(parameters).count == 1 && parameters[0].contains { $0 != 0 })
  }

  @Test func `a run that is not complete has the model of its newest whole checkpoint`() throws {
    let folder = try TemporaryFolder()
    let run = try trained(in: folder)
    // What is complete does not look at its checkpoints.
    try Data("damaged".utf8).write(to: URL(fileURLWithPath: newest(run)))
    #expect(try ModelPlace(run).file == run + "/model.safetensors")

    try FileManager.default.removeItem(atPath: run + "/model.safetensors")
    let place = try ModelPlace(run)
    #expect(place.checkpoint?.progress.epoch == 1)
    #expect(try place.file != newest(run) && place.file?.hasPrefix(run + "/checkpoints/step-") == true)

    for name in try FileManager.default.contentsOfDirectory(atPath: run + "/checkpoints") {
      try FileManager.default.removeItem(atPath: run + "/checkpoints/" + name)
    }
    let empty = try ModelPlace(run)
    #expect(empty.file == nil && empty.foundModel == nil)
    #expect(throws: ModelPlaceError.noModel(path: run)) { _ = try empty.model() }
  }

  @Test func `what is no model is refused by its name`() throws {
    let folder = try TemporaryFolder()
    #expect(throws: ModelPlaceError.notThere(path: folder.path("x"))) { _ = try ModelPlace(folder.path("x")) }
    #expect(throws: ModelPlaceError.noRun(path: folder.path, advice: "")) { _ = try ModelPlace(folder.path) }
    let text = try folder.write("no tensors", to: "text")
    #expect(throws: SafetensorsError.self) { _ = try ModelPlace(text) }
  }
}
