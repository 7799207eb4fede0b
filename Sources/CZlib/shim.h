// zlib's reader of gzip files.
#include <zlib.h>
