import Collectives
import Failures
import Testing

@Suite struct AgreementTests {
  struct Sour: Failure {
    let exitStatus = ExitStatus.badData
    let description = "the milk is sour"
  }

  struct Unforeseen: Error {}

  @Test func `what succeeds is passed on`() throws {
    #expect(try SingleProcessCommunicator().agree { 5 } == 5)
  }

  @Test func `a failure keeps its message and its code`() {
    let failure = #expect(throws: AgreedFailure.self) {
      try SingleProcessCommunicator().agree { throw Sour() }
    }
    #expect(failure?.description == "the milk is sour")
    #expect(failure?.exitStatus == .badData)
  }

  @Test func `an unforeseen error is called one`() {
    let failure = #expect(throws: AgreedFailure.self) {
      try SingleProcessCommunicator().agree { throw Unforeseen() }
    }
    #expect(failure?.exitStatus == .internalError)
    #expect(failure?.description.contains("report") == true)
  }

  @Test func `agreement within agreement is one agreement`() {
    let failure = #expect(throws: AgreedFailure.self) {
      try SingleProcessCommunicator().agree { try SingleProcessCommunicator().agree { throw Sour() } }
    }
    #expect(failure?.description == "the milk is sour")
  }

  @Test func `a broken connection is not agreed upon`() {
    #expect(throws: CollectiveError.self) {
      try SingleProcessCommunicator().agree {
        throw CollectiveError(operation: "MPI_Bcast", rank: 0, reason: "gone")
      }
    }
  }
}
