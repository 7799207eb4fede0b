internal import Configuration
internal import Metrics
internal import Reports

extension ComparisonContent {
  init(_ table: ComparisonTable) {
    let plan = table.plan
    let names = ChoiceNames(plan)
    self.init(
      program: ProgramName.own.description, data: plan.runs.first?.configuration.dataName ?? "", judgedBy: table.split,
      shared: names.shared, tried: names.titles.joined(separator: ", "),
      figures: table.columns.map {
        Figure(title: $0.title, smallerIsBetter: $0.smallerIsBetter, isMain: $0.isMain)
      },
      choices: zip(table.rows.indices, table.rows).map { index, row in
        Choice(
          name: names.joined(index), note: Self.note(row),
          cells: row.cells.map {
            Cell(
              mean: $0.mean, standardDeviation: $0.standardDeviation, isBest: $0.isBest,
              isWithinNoise: $0.isWithinNoise)
          })
      },
      runs: table.runs.map { index in
        Run(
          folder: plan.runs[index].name, outcome: table.progress[index].word, figures: table.figures(ofRun: index))
      },
      level: ResampledTest.level)
  }

  private static func note(_ row: ComparisonTable.Row) -> String? {
    let parts = [
      row.isDropped ? row.epochs.map { "left after \($0) epoch\($0 == 1 ? "" : "s")" } : nil,
      row.failedCount > 0 ? "\(row.failedCount) failed" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}
