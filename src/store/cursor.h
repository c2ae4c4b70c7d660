/* The readings of one series in order of time, wherever they are: in chunks, and in frames that
 * are not folded yet, where the frame wins. A chunk that lies whole before a limit may come as its
 * summary. Between ohm_reader_begin and ohm_reader_end. */
#ifndef OHM_STORE_CURSOR_H
#define OHM_STORE_CURSOR_H

#include "store/chunk_row.h"
#include "store/layout.h"
#include "store/reader_own.h"

/* Where the values of a series are in the rows of each layout. */
typedef struct ohm_places {
    struct {
        int16_t place; /* or below 0: not in it, or not loaded */
        uint16_t count;
    } layouts[OHM_LAYOUTS_MAX + 1];
} ohm_places;

typedef struct ohm_cursor {
    ohm_reader *reader;
    ohm_kind kind;
    uint32_t series, device;
    bool chunk_any, decoded, frame_any;
    uint32_t at;    /* of the decoded chunk: the next reading */
    ohm_ms next_ms; /* after OHM_MORE: when the next reading is */
    ohm_chunk_row row;
    ohm_chunk_summary whole;
    ohm_point frame, one;
    ohm_places places;
} ohm_cursor;

/* Some readings, one after another: a whole chunk by its summary, or in columns. Until the next
 * call. */
typedef struct ohm_readings {
    const ohm_chunk_summary *whole; /* NULL: the columns below */
    uint32_t count;
    const int64_t *time_ms, *value;
    const uint8_t *quality;
    /* What is known of the columns from the summary of their chunk; else NULL. */
    const ohm_chunk_summary *of;
} ohm_readings;

/* OHM_UNKNOWN: no such series. */
OHM_MUST_CHECK ohm_err ohm_cursor_find(ohm_reader *reader, const char *series_key, ohm_cursor *c);
/* The same, for one that is known. */
void ohm_cursor_of(ohm_reader *reader, uint32_t series, uint32_t device, ohm_kind kind,
                   ohm_cursor *c);

/* To the chunk that holds from_ms, or else the next one, or with `before` the one before; and to
 * the first of the frames in their own range. */
OHM_MUST_CHECK ohm_err ohm_cursor_seek(ohm_cursor *c, ohm_ms from_ms, bool before,
                                       ohm_interval frames);
/* The newest frame of the series in the range, if any is not suspect (or any at all). OHM_END. */
OHM_MUST_CHECK ohm_err ohm_cursor_newest_frame(ohm_cursor *c, ohm_interval range, bool suspect_too,
                                               ohm_point *out);
/* When the n-th frame of the series before to_ms is that is not suspect; OHM_STORE_TIME_MIN where
 * there are fewer. */
OHM_MUST_CHECK ohm_err ohm_cursor_frames_before(ohm_cursor *c, ohm_ms to_ms, unsigned n,
                                                ohm_ms *ret_ms);
/* The newest reading in the range. OHM_END: none. */
OHM_MUST_CHECK ohm_err ohm_cursor_newest(ohm_cursor *c, ohm_interval range, ohm_point *out);
/* The same, of the chunks alone. */
OHM_MUST_CHECK ohm_err ohm_cursor_newest_chunked(ohm_cursor *c, ohm_ms to_ms, ohm_point *out);
void ohm_cursor_end(ohm_cursor *c);

/* The next readings before limit_ms. `may_be_whole` (NULL: never) says if a summary will do.
 * OHM_MORE: the next one is not before the limit; OHM_END: there is none. A damaged part is
 * counted and passed over. */
OHM_MUST_CHECK ohm_err ohm_cursor_next(ohm_cursor *c, ohm_ms limit_ms,
                                       bool (*may_be_whole)(void *ctx, const ohm_chunk_summary *s),
                                       void *ctx, ohm_readings *out);

#endif
