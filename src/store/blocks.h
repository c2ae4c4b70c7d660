/* The chunks of a file, written: readings merged into them, and taken out. Inside a transaction
 * of the caller's; after a failure the caller rolls back.
 *
 * The chunks of a series don't overlap. A chunk grows at its end until it fills a page of the
 * file; what comes late is decoded, edited and encoded again. */
#ifndef OHM_STORE_BLOCKS_H
#define OHM_STORE_BLOCKS_H

#include "store/chunk_row.h"
#include "store/energy_own.h"

typedef struct ohm_blocks ohm_blocks;

OHM_MUST_CHECK ohm_err ohm_blocks_new(sqlite3 *db, ohm_blocks **ret_blocks);
void ohm_blocks_free(ohm_blocks *blocks); /* NULL is allowed */

/* What is told of the edits below, save of those that thin out; for callers that know more. */
ohm_energy_note *ohm_blocks_note(ohm_blocks *blocks);

/* Merges `n` readings, in order of time and each instant once, all in the times that a store
 * keeps. `keep`: of two for one instant the one that is there stays. Adds to *counts. A chunk
 * that can't be read any more is put aside (table damaged) and what is new takes its place. */
OHM_MUST_CHECK ohm_err ohm_blocks_merge(ohm_blocks *blocks, uint32_t series,
                                        const ohm_point *points, size_t n, bool keep,
                                        ohm_history_counts *counts);

/* Removes what lies in [from, to), from at most `chunks_max` chunks. *ret_more: there is more. */
OHM_MUST_CHECK ohm_err ohm_blocks_erase(ohm_blocks *blocks, uint32_t series, ohm_interval range,
                                        uint32_t chunks_max, uint64_t *erased, bool *ret_more);

/* Reads the first chunk of a series that holds something at or after from_ms. OHM_END: none;
 * a damaged one is put aside and passed over. ret_row->data is not set. */
OHM_MUST_CHECK ohm_err ohm_blocks_load(ohm_blocks *blocks, uint32_t series, ohm_ms from_ms,
                                       ohm_points *out, ohm_chunk_row *ret_row);

/* Leaves one reading in every_ms of the chunk that holds first_ms: of a gauge the mean of those
 * that are not suspect, at the time of the first of them; else the first one, as it is, and of a
 * register also those on both sides of a fall, and the last. */
OHM_MUST_CHECK ohm_err ohm_blocks_thin(ohm_blocks *blocks, uint32_t series, ohm_ms first_ms,
                                       int64_t every_ms, ohm_kind kind);

/* Keeps the bytes of a row that can't be read, and removes nothing. */
OHM_MUST_CHECK ohm_err ohm_blocks_put_aside(ohm_blocks *blocks, const char *place, int64_t key,
                                            ohm_span data);
uint64_t ohm_blocks_damaged_of(const ohm_blocks *blocks); /* put aside since it was made */

#endif
