#if MPI
  internal import Foundation

  /// The connection over which a rank asks mpirun (by PMIx, as Open MPI does).
  ///
  /// At its end a rank writes it some short messages, and waits for an answer to the last. The system holds that back
  /// until the first of them is acknowledged (Nagle's algorithm, RFC 896), and its receiver puts that off for 40 ms
  /// (RFC 1122, 4.2.3.2).
  enum LauncherConnection {
    /// Has each message sent at once. Once MPI is started; where no such connection is found, all stays as it is.
    static func sendAtOnce() {
      let ports = ports(in: ProcessInfo.processInfo.environment)
      guard !ports.isEmpty else { return }
      // It is made by the start of MPI, which opens few files before.
      for descriptor in Int32(3)..<256 where port(ofPeerOf: descriptor).map(ports.contains) ?? false {
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      }
    }

    /// As mpirun tells its ranks: "PMIX_SERVER_URI3=1680408576.0;tcp4://127.0.0.1:35835".
    private static func ports(in environment: [String: String]) -> Set<UInt16> {
      let addresses = environment.filter { $0.key.hasPrefix("PMIX_SERVER_URI") && $0.value.contains("tcp4://127.") }
      return Set(addresses.values.compactMap { $0.split(separator: ":").last.flatMap { UInt16($0) } })
    }

    /// Of this host alone; nil for what is no such connection.
    private static func port(ofPeerOf descriptor: Int32) -> UInt16? {
      var address = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let status = unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getpeername(descriptor, $0, &size) }
      }
      guard status == 0, address.sin_family == sa_family_t(AF_INET),
        UInt32(bigEndian: address.sin_addr.s_addr) >> 24 == 127
      else { return nil }
      return UInt16(bigEndian: address.sin_port)
    }
  }
#endif
