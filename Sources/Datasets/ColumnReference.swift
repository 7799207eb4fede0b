/// A column of a table, as a user names it.
public enum ColumnReference: Equatable, Sendable {
  /// By its place, from 0; negative numbers count from the end.
  case index(Int)
  /// By its name in the header.
  case name(String)

  /// The place that an index stands for among `count` columns; nil where there is none.
  static func place(_ index: Int, of count: Int) -> Int? {
    let place = index < 0 ? count + index : index
    return (0..<count).contains(place) ? place : nil
  }
}
