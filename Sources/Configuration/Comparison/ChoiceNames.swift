internal import Foundation

/// What the choices of a comparison are called in its lines and tables: by what differs between them alone.
package struct ChoiceNames {
  /// "sampler shuffle; class-weights tables/…": what all have; "" for nothing.
  package let shared: String
  /// The options whose values differ.
  package let titles: [String]
  /// Of each choice, in the order of the plan, a value of each of those options.
  package let values: [[String]]

  package init(_ plan: ComparisonPlan) {
    let places = plan.tried.indices.filter { plan.tried[$0].values.count > 1 }
    guard !places.isEmpty else {
      // One choice, which is called by all of it.
      shared = ""
      titles = plan.tried.map(\.name)
      values = plan.choices.map { $0.options.map(\.value) }
      return
    }
    let folders = plan.tried.map { Self.sharedFolder($0.values) }
    shared = zip(plan.tried, folders).compactMap { option, folder in
      option.values.count == 1
        ? "\(option.name) \(option.values[0])" : folder.isEmpty ? nil : "\(option.name) \(folder)…"
    }.joined(separator: "; ")
    titles = places.map { plan.tried[$0].name }
    values = plan.choices.map { choice in
      places.map { String(choice.options[$0].value.dropFirst(folders[$0].count)) }
    }
  }

  /// "inverse, 0.1"
  package func joined(_ choice: Int) -> String { values[choice].joined(separator: ", ") }

  /// "tables/": where all values lie that are paths; "" for others.
  private static func sharedFolder(_ values: [String]) -> String {
    guard values.count > 1, let first = values.first else { return "" }
    let common = values.dropFirst().reduce(first) { String($0.commonPrefix(with: $1)) }
    return common.lastIndex(of: "/").map { String(common[...$0]) } ?? ""
  }
}
