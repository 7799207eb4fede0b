internal import Foundation
public import Tensors

/// The communicator of a job of one process. No operation can fail, and none sends anything.
public struct SingleProcessCommunicator: Communicator, Sendable {
  public let rank = 0
  public let size = 1
  public let name = "single process"
  public let host: String

  public let coreCount: Int

  /// - Parameter coreCount: More than one where the process is the only one that works.
  public init(coreCount: Int = 1) {
    self.coreCount = coreCount
    host = ProcessInfo.processInfo.hostName
  }

  /// Nobody is waited for.
  public func watch(
    timeout: Duration?, isTerminating: @escaping @Sendable () -> Bool, lost: @escaping @Sendable (JobFailure) -> Void
  ) {}

  public func passed(step: Int) {}

  public func barrier() {}

  public func sum(_ values: [Int64]) -> [Int64] { values }

  public func allgather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  public func allgather(_ part: Vector, into all: Vector) {
    all.copy(from: part)
  }

  public func broadcast(_ vector: Vector, from root: Int) {}

  public func exchangeSlices(of whole: Vector, part: Range<Int>, into others: Vector) {}

  public func allgatherSlices(of whole: Vector, count: Int) {}
}
