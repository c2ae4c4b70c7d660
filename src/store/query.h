/* Questions over time, to a reader (store/reader.h): readings raw, or in steps of any length on
 * civil boundaries, over any range, streamed in order of time.
 *
 * A step is a half-open interval. Its readings are those inside it that are not suspect; its mean
 * and its energy also know what lies across its ends:
 *
 *   mean    gauges: weighted by time. A reading holds until the next one, if that comes within
 *           gap_ms; the time before a later one is a gap and counts for nothing. Counters and
 *           states: the last reading.
 *   energy  counters: what the register gained between the ends of the step. Where no reading is
 *           on an end, the register is interpolated between its neighbours: INTERPOLATED, or
 *           ESTIMATED where those are more than gap_ms apart. Steps that touch share their ends,
 *           so that energies sum up to the difference of the registers. A register that falls
 *           back (a meter was changed) gains nothing in that moment: RESET. One or two readings
 *           that the register does not go on from (store/stray.h) count in nothing: STRAY.
 *           Gauges: the integral over time, in unit·hours with the decimals of the quantity:
 *           W become Wh.
 *
 * All callbacks run on the calling thread and see one consistent state of what was committed
 * when the call began. Rows live until the callback returns; false stops, which is a success. */
#ifndef OHM_STORE_QUERY_H
#define OHM_STORE_QUERY_H

#include "base/civil.h"
#include "store/history.h"
#include "store/reader.h"

enum {
    OHM_QUERY_GAP_MS = OHM_HOUR_MS, /* when gap_ms is 0 */
};

typedef enum ohm_step_unit {
    OHM_STEP_MS, /* from the beginning of the range */
    OHM_STEP_DAY,
    OHM_STEP_WEEK, /* from Monday */
    OHM_STEP_MONTH,
    OHM_STEP_YEAR,
    OHM_STEP_ENDS, /* where `ends` of the query says */
} ohm_step_unit;

typedef struct ohm_step {
    ohm_step_unit unit;
    int64_t ms; /* of OHM_STEP_MS, > 0 */
} ohm_step;

typedef struct ohm_steps_query {
    const char *series_key;
    ohm_interval range; /* civil steps: the first and the last are cut by it */
    ohm_step step;
    const ohm_tz *tz; /* of civil steps; NULL = UTC */
    /* OHM_STEP_ENDS: where the step that begins at from_ms ends, after it. */
    ohm_ms (*ends)(void *ctx, ohm_ms from_ms);
    void *ends_ctx;
    int64_t gap_ms;    /* 0 = OHM_QUERY_GAP_MS */
    uint32_t rows_max; /* 0 = OHM_BUCKETS_MAX */
    /* Asked now and then; true ends the query with OHM_BUSY. May be NULL. */
    bool (*cancelled)(void *ctx);
    void *cancelled_ctx;
} ohm_steps_query;

enum {
    OHM_SLICE_MEAN = 1,         /* `mean` is there */
    OHM_SLICE_ENERGY = 2,       /* `energy` is there */
    OHM_SLICE_INTERPOLATED = 4, /* energy: an end lies between two readings */
    OHM_SLICE_ESTIMATED = 8,    /* energy: an end lies in a gap, or a reading was an estimate */
    OHM_SLICE_RESET = 16,       /* energy: the register fell back */
    OHM_SLICE_STRAY = 64,       /* energy: a reading inside counts in nothing */
    OHM_SLICE_PARTIAL = 32,     /* a part of the step is not known: before the first reading,
                                   after the last one, or a gauge's gap */
};

/* Its energy is not as it was measured. */
enum { OHM_SLICE_UNSURE = OHM_SLICE_ESTIMATED | OHM_SLICE_STRAY };

typedef struct ohm_slice {
    ohm_ms from_ms, to_ms;
    uint32_t count;  /* readings inside; 0: first, last, min, max and sum are 0 */
    uint8_t quality; /* the worst of them: ohm_quality */
    uint8_t flags;
    int64_t first, last, min, max;
    int64_t sum; /* stays at the end of its range if it would pass it */
    int64_t mean;
    int64_t held_ms; /* of the step: the time that a gauge's mean stands for */
    int64_t energy;
} ohm_slice;

/* Each step of the range in order, the empty ones included. OHM_UNKNOWN: no such series;
 * OHM_RANGE: the range or the step is none; OHM_TOO_BIG: more than rows_max steps; OHM_BUSY:
 * cancelled. A part that is damaged is left out and counted (ohm_reader_damaged_of). */
OHM_MUST_CHECK ohm_err ohm_query_steps(ohm_reader *reader, const ohm_steps_query *query,
                                       bool (*row)(void *ctx, const ohm_slice *slice), void *ctx);

/* Every reading of [from, to) in order of time, suspect ones included, without a limit. */
OHM_MUST_CHECK ohm_err ohm_query_points(ohm_reader *reader, const char *series_key,
                                        ohm_interval range,
                                        bool (*row)(void *ctx, const ohm_point *point), void *ctx);

/* What is stored around an instant, suspect readings and strays left out. */
typedef struct ohm_neighbours {
    ohm_point before, after; /* time_ms OHM_NO_MS: none */
    bool there;              /* one is stored for that very instant */
} ohm_neighbours;
/* Of each of the instants, which rise. With `instead` what is stored at one of them counts as
 * gone. Where the last instant is behind all that is stored, `earlier` are the two before the last
 * one that is (OHM_NO_MS: none, or of a chunk that was not read), the nearest first. OHM_UNKNOWN:
 * no such series. */
OHM_MUST_CHECK ohm_err ohm_query_neighbours(ohm_reader *reader, const char *series_key,
                                            const ohm_ms *at_ms, size_t n, bool instead,
                                            ohm_neighbours *out, ohm_point earlier[2]);

/* What there is of a series. */
typedef struct ohm_extent {
    ohm_series_info info;
    uint64_t count; /* 0: the other two are OHM_NO_MS */
    ohm_ms first_ms, last_ms;
} ohm_extent;
/* Each series whose key begins with `prefix` ("": all), by key. Reads the summaries of all its
 * readings: milliseconds for a house, not for ten thousand series. */
OHM_MUST_CHECK ohm_err ohm_query_extents(ohm_reader *reader, const char *prefix,
                                         bool (*row)(void *ctx, const ohm_extent *extent),
                                         void *ctx);
/* When one series began; OHM_NO_MS: it has no readings, or there is none of that key. */
OHM_MUST_CHECK ohm_err ohm_query_first(ohm_reader *reader, const char *series_key, ohm_ms *ret_ms);

/* The newest reading of each series, by key. */
typedef struct ohm_latest {
    ohm_series_info info;
    ohm_point point;
} ohm_latest;
OHM_MUST_CHECK ohm_err ohm_query_latest(ohm_reader *reader,
                                        bool (*row)(void *ctx, const ohm_latest *latest),
                                        void *ctx);

#endif
