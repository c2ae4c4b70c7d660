/* The writer: one connection, its statements and its memory of names. Owned by one thread.
 *
 *     ohm_writer_begin, any number of ohm_writer_frame/_event/_journal/_put/_remove,
 *     then ohm_writer_commit or, after any failure, ohm_writer_rollback
 *
 * After a rollback nothing of the batch is left, neither in the file nor here: the same calls
 * may be made again. */
#ifndef OHM_STORE_WRITER_H
#define OHM_STORE_WRITER_H

#include "store/db.h"
#include "store/pack.h"
#include "store/postgres.h"
#include "store/store.h"
#include "store/tidy.h"

typedef struct ohm_writer ohm_writer;

/* Events older than the one or beyond the other go, a few with each commit. */
typedef struct ohm_events_limits {
    int64_t keep_ms, max_bytes;
} ohm_events_limits;

/* `place` NULL: the history is where it was. *ret_pg NULL: in the file; else it is the
 * connection's, and ends with the writer. */
OHM_MUST_CHECK ohm_err ohm_writer_open(const char *path, ohm_events_limits limits,
                                       const ohm_postgres_config *place, ohm_postgres **ret_pg,
                                       ohm_writer **ret);
void ohm_writer_close(ohm_writer *writer); /* NULL is allowed */

/* now_ms: readings from well before it count as a change of what was over (store/revision.h). */
OHM_MUST_CHECK ohm_err ohm_writer_begin(ohm_writer *writer, ohm_ms now_ms);
/* `device_key` names frame->device, "site/zone/device". */
OHM_MUST_CHECK ohm_err ohm_writer_frame(ohm_writer *writer, const char *device_key,
                                        const ohm_frame *frame);
OHM_MUST_CHECK ohm_err ohm_writer_event(ohm_writer *writer, uint64_t seq, ohm_ms utc_ms,
                                        ohm_span encoded);
OHM_MUST_CHECK ohm_err ohm_writer_journal(ohm_writer *writer, uint64_t seq, ohm_ms utc_ms,
                                          char kind, ohm_span encoded, ohm_span json);
OHM_MUST_CHECK ohm_err ohm_writer_put(ohm_writer *writer, const char *key, ohm_span value);
OHM_MUST_CHECK ohm_err ohm_writer_remove(ohm_writer *writer, const char *key);
/* Its connection, for what else goes into the batch. */
sqlite3 *ohm_writer_db(ohm_writer *writer);
/* Writes something that changes nothing. */
OHM_MUST_CHECK ohm_err ohm_writer_touch(ohm_writer *writer);
OHM_MUST_CHECK ohm_err ohm_writer_commit(ohm_writer *writer);
void ohm_writer_rollback(ohm_writer *writer);

/* A bite of housekeeping, between two batches. ohm_err_is_away: nothing could be folded. */
OHM_MUST_CHECK ohm_err ohm_writer_tidy(ohm_writer *writer, ohm_tidy *tidy, ohm_ms now_ms,
                                       bool *ret_more);

/* What the batches committed so far held; dropped and queued are not the writer's to count. */
const ohm_store_counters *ohm_writer_counters_of(const ohm_writer *writer);

#endif
