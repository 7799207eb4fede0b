internal import CIntrinsics

/// The vector instructions that the kernels were built with: "AVX-512", "AVX2", "SSE2", "NEON".
public var builtInstructionSet: String { unsafe String(cString: cintrinsics_instruction_set()) }
