#if MPI
  internal import CMPI
  internal import Collectives

  /// Turns the code that an MPI function returned into an error with the library's own words.
  func check(_ code: Int32, _ operation: String, rank: Int) throws(CollectiveError) {
    guard code != cmpi_success() else { return }
    var text = [CChar](repeating: 0, count: Int(cmpi_max_error_string()) + 1)
    var length: Int32 = 0
    let known = unsafe MPI_Error_string(code, &text, &length) == cmpi_success()
    let words = text.prefix(Int(length)).map { UInt8(bitPattern: $0) }
    throw CollectiveError(
      operation: operation, rank: rank,
      reason: known ? String(decoding: words, as: UTF8.self) : "MPI error \(code)")
  }
#endif
