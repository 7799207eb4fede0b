public import Collectives
internal import Foundation
internal import Tensors

/// What a table gives reason to doubt, in words: nothing that is wrong, but that a user should know.
extension Table {
  /// So many levels are none of a category where nearly every row has its own…
  private static let manyLevels = 64
  /// …and so many where they are full of digits.
  private static let fewLevels = 10

  /// Columns of categories that seem to name the rows, or to be numbers and times written in other ways.
  public var doubts: [String] {
    let rowCount = sampleCount
    let name = name
    return columns.compactMap { column in
      let levels = column.levels
      let isOfRows = 2 * levels.count > rowCount
      guard levels.count >= Self.fewLevels, isOfRows || levels.count > Self.manyLevels, let first = levels.first else {
        return nil
      }
      let digits = levels.count { level in
        2 * level.unicodeScalars.count { ("0"..."9").contains($0) } >= level.unicodeScalars.count
      }
      let areDigits = 2 * digits > levels.count
      // What is no time among times tells why they are none.
      let example = levels.first { areDigits && TimeText.seconds($0) == nil } ?? first
      guard areDigits || (isOfRows && levels.count > Self.manyLevels) else { return nil }
      let words =
        """
        \(name): column "\(column.name)" is taken for categories, of which it has \(levels.count) in \(rowCount) rows ("\(example)", …)
        """
      return areDigits
        ? """
        \(words). Numbers and times that are written so are not read as such: write them otherwise, or leave the column \
        out by --drop "\(column.name)".
        """ : "\(words). If it names the rows, leave it out by --drop \"\(column.name)\"."
    }
  }

  /// Columns of numbers that count the rows, by which a model learns the order of the file. Collective.
  public func countingColumns(over communicator: some Communicator) throws(CollectiveError) -> [String] {
    let numbers = columns.indices.filter { columns[$0].kind == .numeric && !columns[$0].isTime }
    guard !numbers.isEmpty, !isSparse, sampleCount >= Self.fewestCounted else { return [] }
    // Neighbours that are not one apart.
    var steps = [Int64](repeating: 0, count: numbers.count)
    for shard in shards {
      let features = shard.features.dense
      for (index, column) in numbers.enumerated() {
        for row in 0..<max(features.rows - 1, 0) where features[row + 1, column] - features[row, column] != 1 {
          steps[index] += 1
          break
        }
      }
    }
    let totals = try communicator.sum(steps)
    return zip(numbers, totals).filter { $0.1 == 0 }.map { column, _ in
      """
      \(name): column "\(columns[column].name)" counts the rows. What a model learns of it is the order of the file: leave \
      it out by --drop "\(columns[column].name)".
      """
    }
  }

  /// Fewer may be in order by chance.
  private static let fewestCounted = 20

  /// Columns of categories of which the training data lacks a fifth of the values or more. Collective.
  public func unseenLevels(over communicator: some Communicator) throws(CollectiveError) -> [String] {
    let categorical = columns.indices.filter { columns[$0].kind != .numeric }
    guard !categorical.isEmpty, !isSparse else { return [] }
    var counts = [Int64](repeating: 0, count: 2 * categorical.count)
    for shard in shards {
      let features = shard.features.dense
      for row in 0..<features.rows {
        for (index, column) in categorical.enumerated() where !features[row, column].isNaN {
          counts[2 * index] += 1
          if features[row, column] < 0 { counts[2 * index + 1] += 1 }
        }
      }
    }
    let totals = try communicator.sum(counts)
    return categorical.enumerated().compactMap { index, column in
      let (known, unseen) = (totals[2 * index], totals[2 * index + 1])
      guard unseen > 0, 5 * unseen >= known else { return nil }
      return """
        \(name): in column "\(columns[column].name)", \(unseen) of \(known) values do not occur in the training data \
        (there: \(columns[column].levels.prefix(4).joined(separator: ", "))\(columns[column].levels.count > 4 ? ", …" : "")); \
        the model knows none of these
        """
    }
  }
}

extension Table {
  /// Why its labels may not be what the user wants, where none was named: a last column of many different numbers.
  public var doubtAboutLabel: String? {
    guard classCount > 100 || (classCount >= 8 && 4 * classCount > sampleCount),
      classNames.allSatisfy({ ClassNames.integer($0) != nil })
    else { return nil }
    return """
      the label is the last column, and has \(classCount) different numbers in \(sampleCount) rows, each of which is a \
      class; if the classes stand in another column, name it by --label
      """
  }
}
