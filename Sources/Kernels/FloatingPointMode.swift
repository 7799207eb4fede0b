internal import CIntrinsics

/// How the processor computes with Floats.
public enum FloatingPointMode {
  /// Makes this thread treat numbers under 1.2e-38 as zero. Processors compute with them many times
  /// slower, and training makes them: the moments of a parameter whose gradient stays 0 shrink by
  /// a factor at each step.
  public static func flushDenormals() {
    cintrinsics_flush_denormals()
  }

  /// The same for `body` alone: threads of a pool do other work, too, which reads and writes such numbers.
  package static func flushingDenormals<Result>(_ body: () -> Result) -> Result {
    let mode = cintrinsics_floating_point_mode()
    defer { cintrinsics_restore_floating_point_mode(mode) }
    flushDenormals()
    return body()
  }
}
