/* A chunk: some readings of one series, one after another, in a few bits each, with a checksum;
 * and its summary, which answers for the whole without decoding (docs/store.md, "Chunks").
 * No SQL; decoding takes hostile bytes. */
#ifndef OHM_STORE_CHUNK_H
#define OHM_STORE_CHUNK_H

#include "base/err.h"
#include "base/span.h"
#include "store/history.h"
#include "store/store.h"
#include "store/stream.h"

enum {
    OHM_CHUNK_POINTS_MAX = OHM_STREAM_VALUES_MAX,
    OHM_CHUNK_BYTES = 3900, /* with its row it fits one page of the file */
    OHM_CHUNK_TIME_BITS = 42,
    OHM_CHUNK_SERIES_MAX = (1 << 21) - 1,
};

/* The key of a chunk's row: its series, then its first instant, counted from the year 2000. */
static inline int64_t ohm_chunk_key(uint32_t series, ohm_ms time_ms)
{
    return (int64_t)series << OHM_CHUNK_TIME_BITS | (time_ms - OHM_STORE_TIME_MIN);
}

static inline ohm_ms ohm_chunk_first_ms(int64_t key)
{
    return (key & ((INT64_C(1) << OHM_CHUNK_TIME_BITS) - 1)) + OHM_STORE_TIME_MIN;
}

/* Readings in columns, in order of time, each instant once. */
typedef struct ohm_points {
    uint32_t count;
    int64_t time_ms[OHM_CHUNK_POINTS_MAX];
    int64_t value[OHM_CHUNK_POINTS_MAX];
    uint8_t quality[OHM_CHUNK_POINTS_MAX];
} ohm_points;

enum {
    OHM_CHUNK_RISES = 1,    /* no value is below the one before it */
    OHM_CHUNK_SUM = 2,      /* `sum` did not pass 64 bits */
    OHM_CHUNK_QUALITY = 16, /* and above: one bit for each quality that is in it */
};

/* Of all readings but the suspect ones; count, first_ms and last_ms are of all. With no reading
 * that counts, the values are 0. */
typedef struct ohm_chunk_summary {
    uint32_t count, suspect;
    ohm_ms first_ms, last_ms;
    int64_t step_ms; /* between any two readings; 0: they come at no fixed step */
    uint32_t flags;
    int64_t min, max, sum, first, last;
} ohm_chunk_summary;

/* Working memory of an encoder. */
typedef struct ohm_chunk_work {
    int64_t column[OHM_CHUNK_POINTS_MAX], scratch[OHM_CHUNK_POINTS_MAX];
    uint8_t bytes[2 * (32 + (OHM_CHUNK_POINTS_MAX / 64 + 1) * (16 + 8 * 64)) +
                  12 * OHM_CHUNK_POINTS_MAX + 64];
} ohm_chunk_work;

/* The readings [from, from + count) of `points` as a chunk in work->bytes; its length. */
size_t ohm_chunk_encode(uint32_t series, const ohm_points *points, uint32_t from, uint32_t count,
                        ohm_chunk_work *work);

/* count 0: as many as there are. OHM_BAD_CHECKSUM: not the bytes that were written under this
 * key; OHM_BAD_FORMAT: they were, and are no chunk, or not one of `count` readings. */
OHM_MUST_CHECK ohm_code ohm_chunk_decode(int64_t key, uint32_t count, ohm_span in, ohm_points *out);

ohm_chunk_summary ohm_chunk_summarise(const ohm_points *points, uint32_t from, uint32_t count);

/* CRC-32C (Castagnoli), as in RFC 3720 appendix B.4; `crc` is 0 at first. */
uint32_t ohm_crc32c(uint32_t crc, ohm_span bytes);

#endif
