internal import CZlib
public import Failures

/// zlib's stream of packed bytes, as PNG has it; packed fast rather than small. Source: RFC 1950.
public enum Zlib {
  /// - Throws: `ZlibError`
  public static func deflated(_ bytes: [UInt8]) throws(ZlibError) -> [UInt8] {
    var packed = [UInt8](repeating: 0, count: Int(compressBound(UInt(bytes.count))))
    var count = UInt(packed.count)
    let code = unsafe bytes.withUnsafeBufferPointer { source in
      unsafe packed.withUnsafeMutableBufferPointer { target in
        unsafe compress2(target.baseAddress, &count, source.baseAddress, UInt(source.count), Z_BEST_SPEED)
      }
    }
    guard code == Z_OK else { throw ZlibError.cannotPack(bytes: bytes.count, code: Int(code)) }
    packed.removeSubrange(Int(count)...)
    return packed
  }
}

/// Bytes that cannot be packed.
public enum ZlibError: Failure, Equatable {
  case cannotPack(bytes: Int, code: Int)

  public var exitStatus: ExitStatus { .internalError }

  public var description: String {
    switch self {
    case .cannotPack(let bytes, let code):
      "zlib cannot pack \(bytes) bytes (\(code)); there may be too little memory: free some"
    }
  }
}
