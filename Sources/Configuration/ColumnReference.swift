internal import ArgumentParser

/// A column of a table, as a user names it.
public enum ColumnReference: OptionText {
  /// By its place, from 0; negative numbers count from the end.
  case index(Int)
  /// By its name in the header.
  case name(String)

  public init(argument: String) {
    // "01" and "+1" are names.
    self = Int(argument).flatMap { String($0) == argument ? .index($0) : nil } ?? .name(argument)
  }

  public var description: String {
    switch self {
    case .index(let index): String(index)
    case .name(let name): name
    }
  }

  /// The place that an index stands for among `count` columns; nil where there is none.
  public static func place(_ index: Int, of count: Int) -> Int? {
    let place = index < 0 ? count + index : index
    return (0..<count).contains(place) ? place : nil
  }
}
