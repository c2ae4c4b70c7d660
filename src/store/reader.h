/* Reading the store: one thread's own read-only connection, beside the writer and in step with
 * nothing. Every call sees one consistent state of what was committed when it began.
 *
 * Rows are handed to a callback in order; what they point to lives until it returns; it stops
 * the reading by returning false, which is a success; it must not use the same reader. A row that
 * can't be decoded is left out and counted (ohm_reader_damaged_of): one bad row does not hide the
 * others. */
#ifndef OHM_STORE_READER_H
#define OHM_STORE_READER_H

#include "base/err.h"
#include "base/reading.h"
#include "base/span.h"
#include "base/time.h"

enum {
    OHM_SERIES_KEY_MAX = 160,
    OHM_BUCKETS_MAX = 10000,
};

typedef struct ohm_reader ohm_reader;

/* OHM_UNKNOWN: there is no such file. Others as ohm_store_open. */
OHM_MUST_CHECK ohm_err ohm_reader_open(const char *path, ohm_reader **ret_reader);
void ohm_reader_close(ohm_reader *reader);
uint64_t ohm_reader_damaged_of(const ohm_reader *reader);

/* A number that changes with every commit of anybody, this process or another:
 * what was read under the same number is still what is stored. Costs no read of a page. */
OHM_MUST_CHECK ohm_err ohm_reader_version(ohm_reader *reader, int64_t *ret_version);

/* What is read between these two is of one state, whatever is committed meanwhile; they may be
 * nested, and each call below is such a pair by itself. Holding one long keeps the log growing. */
OHM_MUST_CHECK ohm_err ohm_reader_begin(ohm_reader *reader);
void ohm_reader_end(ohm_reader *reader);

/* The number of the past (store/revision.h): what was over more than an hour ago is what it was
 * under the same number, up to what is known beyond its end. */
OHM_MUST_CHECK ohm_err ohm_reader_revision(ohm_reader *reader, int64_t *ret_revision);

/* A state value, copied into a malloc'ed buffer that the caller frees, with a NUL after its end
 * that is not counted. OHM_UNKNOWN if absent. */
OHM_MUST_CHECK ohm_err ohm_reader_get(ohm_reader *reader, const char *key, uint8_t **ret_bytes,
                                      size_t *ret_len);
/* Each state name that starts with `prefix`, in order. */
OHM_MUST_CHECK ohm_err ohm_reader_keys(ohm_reader *reader, const char *prefix,
                                       bool (*row)(void *ctx, const char *key), void *ctx);

typedef struct ohm_series_info {
    char key[OHM_SERIES_KEY_MAX]; /* "home/ground/main/power_import" */
    ohm_quantity_id quantity;
} ohm_series_info;
/* Each series that has a reading, by key. */
OHM_MUST_CHECK ohm_err ohm_reader_series(ohm_reader *reader,
                                         bool (*row)(void *ctx, const ohm_series_info *info),
                                         void *ctx);

/* One step of an aggregated range. count == 0 is a gap: the other fields are then 0. Gauges:
 * `mean` is the mean of the samples, rounded half away from zero; counters and states: the last
 * of the step. Suspect values are left out of steps; raw rows show them. */
typedef struct ohm_bucket {
    ohm_ms from_ms; /* of the step, or the time of a raw reading */
    uint32_t count;
    uint8_t quality; /* ohm_quality: the worst that is in it */
    int64_t mean, min, max;
    int64_t last;
} ohm_bucket;

/* Steps [from + k·step, from + (k+1)·step) of a series over [from, to), gaps included. step_ms
 * == 0: the raw readings. OHM_TOO_BIG: more than OHM_BUCKETS_MAX rows (raw: after that many were
 * handed out). OHM_UNKNOWN: no such series. OHM_RANGE: to <= from, or a negative step. */
OHM_MUST_CHECK ohm_err ohm_reader_range(ohm_reader *reader, const char *series_key,
                                        ohm_interval range, int64_t step_ms,
                                        bool (*row)(void *ctx, const ohm_bucket *bucket),
                                        void *ctx);

/* The newest reading of a series at or after since_ms, as a raw row. OHM_END: none. */
OHM_MUST_CHECK ohm_err ohm_reader_last(ohm_reader *reader, const char *series_key, ohm_ms since_ms,
                                       ohm_bucket *out);

typedef struct ohm_record {
    uint64_t seq;
    ohm_ms utc_ms;
    char kind; /* journal: 'd' or 'n'; events: 'e' */
    ohm_span encoded;
    ohm_span json; /* journal only */
} ohm_record;
typedef bool ohm_record_row(void *ctx, const ohm_record *record);

/* Journal records, newest first, those with seq < before (0 = from the newest). */
OHM_MUST_CHECK ohm_err ohm_reader_journal(ohm_reader *reader, uint64_t before, uint32_t limit,
                                          ohm_record_row *row, void *ctx);
/* The same, oldest first from seq >= from: for replay. */
OHM_MUST_CHECK ohm_err ohm_reader_journal_from(ohm_reader *reader, uint64_t from,
                                               ohm_record_row *row, void *ctx);
/* Engine events in order, those with seq >= from. */
OHM_MUST_CHECK ohm_err ohm_reader_events(ohm_reader *reader, uint64_t from, ohm_record_row *row,
                                         void *ctx);

/* The highest sequence numbers kept; 0 = none yet. A new run goes on after them. */
typedef struct ohm_store_seqs {
    uint64_t event, journal;
} ohm_store_seqs;
OHM_MUST_CHECK ohm_err ohm_reader_seqs(ohm_reader *reader, ohm_store_seqs *out);

/* --- for doctor --------------------------------------------------------------------------- */

typedef struct ohm_store_size {
    uint64_t db_bytes, wal_bytes;
    uint64_t free_bytes; /* inside the file, for reuse */
    uint64_t frames_count, journal_count;
    uint64_t damaged_count; /* rows that were put aside, since they can't be read */
} ohm_store_size;
OHM_MUST_CHECK ohm_err ohm_reader_size(ohm_reader *reader, ohm_store_size *out);

/* Where the history is, if it is in PostgreSQL: "PostgreSQL 15.18, 12.3 MB, 4711 chunks" of its own
 * words. OHM_END: it is in the file. An error's words are in `out`, too. */
OHM_MUST_CHECK ohm_err ohm_reader_far(ohm_reader *reader, char *out, size_t cap);

/* And how many bytes it takes there. */
OHM_MUST_CHECK ohm_err ohm_reader_far_bytes(ohm_reader *reader, int64_t *ret_bytes);

/* Reads every page and checks the structure (not instant: about 100 MB/s). OHM_BAD_FORMAT: the
 * file is damaged, `detail` says where. */
OHM_MUST_CHECK ohm_err ohm_reader_check(ohm_reader *reader, char *detail, size_t cap);

#endif
