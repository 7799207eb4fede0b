internal import Glibc

/// A TCP socket that never blocks. A class, because it closes with its last user.
package final class Socket {
  let descriptor: Int32

  private init(_ descriptor: Int32) {
    self.descriptor = descriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(descriptor) }

  private static func make() -> Socket? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    return descriptor < 0 ? nil : Socket(descriptor)
  }

  private static func address(_ host: UInt32, port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = host
    return address
  }

  /// Calls `body` with an address as the functions of sockets take it.
  private static func withPointer<Result>(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Result
  ) -> Result {
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &length) }
    }
  }

  /// A socket that takes connections, at a port that is free.
  ///
  /// - Parameter isLocal: Whether only from this host.
  static func listening(isLocal: Bool) -> (socket: Socket, port: UInt16)? {
    guard let socket = make() else { return nil }
    var address = address(isLocal ? loopback : 0, port: 0)
    guard unsafe withPointer(&address, { unsafe bind(socket.descriptor, $0, $1) }) == 0,
      listen(socket.descriptor, 1024) == 0,
      unsafe withPointer(&address, { unsafe getsockname(socket.descriptor, $0, &$1) }) == 0
    else { return nil }
    return (socket, UInt16(bigEndian: address.sin_port))
  }

  /// A socket that begins to connect.
  package static func connecting(to host: UInt32, port: UInt16) -> Socket? {
    guard let socket = make() else { return nil }
    var address = address(host, port: port)
    let status = unsafe withPointer(&address) { unsafe connect(socket.descriptor, $0, $1) }
    guard status == 0 || errno == EINPROGRESS else { return nil }
    var on: Int32 = 1
    unsafe setsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    return socket
  }

  /// The next connection that somebody asks for.
  func accepted() -> Socket? {
    let descriptor = accept(descriptor, nil, nil)
    return descriptor < 0 ? nil : Socket(descriptor)
  }

  /// Whether a connection has come about; nil where that is not known yet.
  var isConnected: Bool? {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard unsafe poll(&entry, 1, 0) > 0 else { return nil }
    var status: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &status, &length) == 0 else { return false }
    return status == 0
  }

  /// Sends what the other side takes of `bytes`.
  ///
  /// - Returns: How many that are.
  package func send(_ bytes: ArraySlice<UInt8>) -> Int {
    guard !bytes.isEmpty else { return 0 }
    let count = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
    return max(count, 0)
  }

  /// What has come, empty where nothing has; nil where the other side is gone.
  ///
  /// - Parameter most: Bytes, at least one.
  package func receive(atMost most: Int) -> [UInt8]? {
    var status = 0
    var error: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
      status = unsafe recv(descriptor, buffer.baseAddress, most, Int32(MSG_DONTWAIT))
      error = errno
      count = max(status, 0)
    }
    if status > 0 { return bytes }
    return status < 0 && [EAGAIN, EWOULDBLOCK, EINTR].contains(error) ? [] : nil
  }

  package static var loopback: UInt32 { UInt32(0x7F00_0001).bigEndian }

  /// This host's addresses that other hosts may reach it by, in the order of its interfaces, with their masks.
  package static var addresses: [(address: UInt32, mask: UInt32)] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard unsafe getifaddrs(&list) == 0 else { return [] }
    defer { unsafe freeifaddrs(list) }
    var addresses: [(address: UInt32, mask: UInt32)] = []
    var next = unsafe list
    while let entry = unsafe next {
      unsafe next = entry.pointee.ifa_next
      let isUsable =
        unsafe entry.pointee.ifa_flags & UInt32(IFF_UP) != 0
        && entry.pointee.ifa_flags & UInt32(IFF_LOOPBACK) == 0
      guard isUsable, let address = unsafe entry.pointee.ifa_addr, let mask = unsafe entry.pointee.ifa_netmask,
        unsafe address.pointee.sa_family == sa_family_t(AF_INET)
      else { continue }
      unsafe addresses.append((ipv4(address), ipv4(mask)))
    }
    return addresses
  }

  @unsafe private static func ipv4(_ address: UnsafeMutablePointer<sockaddr>) -> UInt32 {
    unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { unsafe $0.pointee.sin_addr.s_addr }
  }
}
