// Instructions that Swift has no word for.
#ifndef CINTRINSICS_SHIM_H
#define CINTRINSICS_SHIM_H

/// Brings the cache line at `address` near, without waiting for it.
static inline void cintrinsics_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#endif
