/// Sorts words in ascending order, by 11 bits at a time from the lowest: in time proportional to their number, with
/// as much memory again.
func radixSort(_ words: inout [UInt32]) {
  // Of a few, to count digits takes longer than to compare.
  guard words.count > 512 else {
    words.sort()
    return
  }
  let digits = 1 << 11
  var sorted = [UInt32](repeating: 0, count: words.count)
  for shift in stride(from: UInt32(0), to: 32, by: 11) {
    func digit(_ word: UInt32) -> Int { Int(word >> shift) & (digits - 1) }
    /// Where the next word of each digit belongs.
    var places = [Int](repeating: 0, count: digits + 1)
    for word in words { places[digit(word) + 1] += 1 }
    for value in 1..<digits { places[value] += places[value - 1] }
    for word in words {
      let value = digit(word)
      sorted[places[value]] = word
      places[value] += 1
    }
    swap(&words, &sorted)
  }
}
