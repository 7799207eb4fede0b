#if MPI
  internal import CMPI

  // Open MPI imports every handle as the same pointer type (MPICH: the same integer type), so that
  // a datatype passed for a communicator would compile. Each kind gets a type of its own.

  /// Handles are valid on every thread.
  @safe struct CommunicatorHandle: @unchecked Sendable {
    let raw: MPI_Comm

    static var world: CommunicatorHandle { unsafe CommunicatorHandle(raw: cmpi_comm_world()) }
  }

  @safe struct Datatype {
    let raw: MPI_Datatype

    static var byte: Datatype { unsafe Datatype(raw: cmpi_byte()) }
    static var float: Datatype { unsafe Datatype(raw: cmpi_float()) }
    static var int64: Datatype { unsafe Datatype(raw: cmpi_int64()) }
  }
#endif
