#include "CCommit.h"

// A file of its own: another commit compiles nothing but this. Package.swift defines it.
const char *ccommit_name(void) { return CW_DIST_TRAIN_COMMIT; }
