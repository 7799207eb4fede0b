internal import CIntrinsics

/// Where the samples of a shard lie.
@unsafe struct SampleAddresses {
  let rows: RowSource
  let labels: UnsafeBufferPointer<Int32>
  /// Row numbers.
  let order: UnsafeBufferPointer<UInt32>
}

/// Asks memory for samples that are met next, a few or a part of one at a time between computations: it answers some dozen
/// requests at once, and whoever asks for more has to wait.
@unsafe struct SampleRequests {
  private let samples: SampleAddresses
  /// In its order, all of whose samples have labels.
  private var places: Range<Int>
  private var quarter = 0

  @inline(__always)
  init(_ samples: SampleAddresses, places: Range<Int>) {
    unsafe self.samples = samples
    unsafe self.places = places.clamped(to: 0..<samples.order.count)
  }

  /// The next quarter of a sample.
  @inline(__always)
  mutating func askForQuarter() {
    guard let place = unsafe places.first else { return }
    let row = unsafe Int(samples.order[place])
    unsafe samples.rows.prefetch(row, quarter: quarter)
    unsafe quarter += 1
    guard unsafe quarter == 4 else { return }
    unsafe cintrinsics_prefetch(samples.labels.baseAddress.unsafelyUnwrapped + row)
    unsafe (quarter, places) = unsafe (0, place + 1..<places.upperBound)
  }

  /// All that is left.
  @inline(__always)
  mutating func askForRest() {
    while unsafe !places.isEmpty { unsafe askForQuarter() }
  }

  /// The next ones, whole.
  @inline(__always)
  mutating func ask(samples count: Int) {
    for _ in 0..<count {
      guard let place = unsafe places.first else { return }
      let row = unsafe Int(samples.order[place])
      unsafe samples.rows.prefetch(row)
      unsafe cintrinsics_prefetch(samples.labels.baseAddress.unsafelyUnwrapped + row)
      unsafe places = unsafe place + 1..<places.upperBound
    }
  }
}
