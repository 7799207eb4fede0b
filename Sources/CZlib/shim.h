// zlib's reader of gzip files, and its inflation of a buffer.
#include <limits.h>
#include <stddef.h>
#include <zlib.h>

// Unpacks a deflated buffer that is known to hold `count` bytes. Returns whether it does, with the given
// CRC-32. (zlib counts what it takes at a time in an unsigned int, and opens a stream by a macro.)
static inline int czlib_inflate(
    const unsigned char *source, size_t sourceCount, unsigned char *target, size_t count, unsigned long crc) {
  z_stream stream = {0};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return 0;
  size_t taken = 0, given = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    const size_t in = sourceCount - taken, out = count - given;
    stream.next_in = (unsigned char *)source + taken;
    stream.avail_in = in > UINT_MAX ? UINT_MAX : (unsigned)in;
    stream.next_out = target + given;
    stream.avail_out = out > UINT_MAX ? UINT_MAX : (unsigned)out;
    const unsigned before_in = stream.avail_in, before_out = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    taken += before_in - stream.avail_in;
    given += before_out - stream.avail_out;
    // Neither end of the stream nor progress: it is longer than it says, or cut short.
    if (status == Z_OK && stream.avail_in == before_in && stream.avail_out == before_out) status = Z_BUF_ERROR;
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END && given == count && crc32_z(0, target, count) == crc;
}
