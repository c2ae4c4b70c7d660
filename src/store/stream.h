/* A column of a chunk: 64-bit integers that change little from one to the next, in few bits
 * (docs/store.md, "Chunks"). Arithmetic is modulo 2^64, so every column comes back as it was.
 * No allocation; decoding takes hostile bytes. */
#ifndef OHM_STORE_STREAM_H
#define OHM_STORE_STREAM_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_STREAM_VALUES_MAX = 8192,
    OHM_STREAM_BLOCK = 64, /* values that share a width */
};

/* Bytes that n values take at most. */
static inline size_t ohm_stream_bytes_max(size_t n)
{
    return 32 + (n / OHM_STREAM_BLOCK + 1) * (16 + 8 * OHM_STREAM_BLOCK);
}

/* Writes 1..OHM_STREAM_VALUES_MAX values; `scratch` holds as many. */
size_t ohm_stream_encode(const int64_t *values, size_t n, int64_t *scratch, uint8_t *out);

/* Takes n values from the front of *in, and adds `base` to each. After a failure `out` holds
 * anything. */
OHM_MUST_CHECK ohm_code ohm_stream_decode(ohm_span *in, size_t n, int64_t base, int64_t *out);

/* Is what follows told by its first value and one distance? Then so are all of its values. */
bool ohm_stream_is_line(ohm_span in);

#endif
