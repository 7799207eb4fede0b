import Configuration
import Foundation
import Testing

@Suite struct RecipeTests {
  private func expanded(_ arguments: [String]) throws -> TrainingConfiguration {
    let all = try OptionsFile.expand(arguments)
    return try TrainOptions.parse(Array(all.drop { $0 == "train" })).configuration.resolved(shardCount: 8)
  }

  @Test func `a recipe sets the defaults of other options`() throws {
    let table = try expanded(["--recipe", "table", "d.csv"])
    #expect(table.data == "d.csv" && table.model.recipe == .table)
    #expect(table.model.numericEncoding == .piecewise && table.model.hiddenWidths == [256, 256])
    #expect(table.optimizer.optimizer == .adamw && table.optimizer.schedule == .cosine && table.steps.epochs == 60)
    #expect(table.model.dropout > 0 && table.hasNoWarning)
  }

  @Test(arguments: [[], ["--recipe", "plain"], ["--recipe=plain"]])
  func `without one, and with plain, the defaults are the program's own`(arguments: [String]) throws {
    #expect(try expanded(arguments) == TrainingConfiguration.defaults.resolved(shardCount: 8))
  }

  @Test func `what is typed wins over a recipe, wherever it stands`() throws {
    for arguments in [
      ["--epochs", "5", "--recipe", "table", "--optimizer", "sgd"],
      ["train", "--recipe=table", "--epochs=5", "--optimizer=sgd"],
    ] {
      let configuration = try expanded(arguments)
      #expect(configuration.steps.epochs == 5 && configuration.optimizer.optimizer == .sgd)
      #expect(configuration.model.hiddenWidths == [256, 256])
    }
  }

  @Test func `the kind of model that a recipe has anyway leaves its widths alone`() throws {
    for typed in [["--model", "mlp"], ["--model=mlp"]] {
      #expect(try expanded(["--recipe", "table"] + typed).model.hiddenWidths == [256, 256])
    }
    #expect(try expanded(["--recipe", "table", "--hidden", "7", "--model", "mlp"]).model.hiddenWidths == [7])
    #expect(try expanded(["--recipe", "table", "--model=linear"]).model.hiddenWidths == [])
  }

  @Test func `a file of options may name a recipe, wins over it, and gives way to what is typed`() throws {
    let path = NSTemporaryDirectory() + "recipe-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "recipe: table\nepochs: 7\nseed: 3\n".write(toFile: path, atomically: true, encoding: .utf8)
    let configuration = try expanded(["--config", path, "--seed", "4"])
    #expect(configuration.steps.epochs == 7 && configuration.computation.seed == 4)
    #expect(configuration.model.numericEncoding == .piecewise)
    // What it came to is another run's configuration, and the same.
    try configuration.yaml.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try expanded(["--config", path]) == configuration)
  }

  @Test(arguments: [["--model", "linear"], ["--optimizer", "lbfgs"], ["--model", "linear", "--optimizer", "lbfgs"]])
  func `what a recipe has no place for is left out`(typed: [String]) throws {
    let configuration = try expanded(["--recipe", "table"] + typed)
    try configuration.check()
    #expect(configuration.model.dropout == 0 && configuration.model.numericEncoding == .piecewise)
    #expect(configuration.hasNoWarning, "\(configuration.optionsWithoutEffect)")
  }

  @Test func `what cannot be parsed is left for the parser to refuse`() throws {
    #expect(try OptionsFile.expand(["--recipe", "tabel"]) == ["--recipe", "tabel"])
  }
}

extension TrainingConfiguration {
  fileprivate var hasNoWarning: Bool { optionsWithoutEffect.isEmpty }
}
