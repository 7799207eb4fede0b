#ifndef CCOMMIT_H
#define CCOMMIT_H

/// The commit that this program was built from, as git describes it; "" where the build was not told.
const char *_Nonnull ccommit_name(void);

#endif
