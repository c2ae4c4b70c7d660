/* Writing history: many readings of many series at once, from years ago or from a minute ago,
 * for importers; and erasing, renaming and merging series. Beside the daemon, in its process or
 * in another one, on any thread but the loop's: each call takes the store's write lock for the
 * moment of its own transaction and waits for the disk.
 *
 *     ohm_history_open, any number of calls, ohm_history_close
 *
 * A call happens whole or not at all, and what returned OHM_OK is on the disk. The same call made
 * again changes nothing (it counts its readings as `same`), so that an import that was
 * interrupted starts again from its last mark, or from the beginning.
 *
 * A series is named "site/zone/device/quantity"; the last part is in the table of quantities
 * (base/quantity.h), and values are its quantised integers. Nothing here depends on the engine
 * that keeps the file. */
#ifndef OHM_STORE_HISTORY_H
#define OHM_STORE_HISTORY_H

#include "base/err.h"
#include "base/quantity.h"
#include "base/reading.h"
#include "base/time.h"
#include "store/energy.h"

enum {
    OHM_HISTORY_POINTS_MAX = 100000, /* of one call */
    OHM_HISTORY_RUNS_MAX = 1000,
};

typedef struct ohm_history ohm_history;

typedef struct ohm_point {
    ohm_ms time_ms;
    int64_t value;
    uint8_t quality; /* ohm_quality */
} ohm_point;

/* Readings of one series, in any order. Of two for one instant the later one in the array is
 * taken; if they differ it counts as a conflict. */
typedef struct ohm_history_run {
    const char *series_key;
    const ohm_point *points;
    size_t count;
} ohm_history_run;

/* What happens to a reading whose instant has another value already. */
typedef enum ohm_conflict {
    OHM_CONFLICT_KEEP,    /* the one that is there stays */
    OHM_CONFLICT_REPLACE, /* the new one takes its place: a correction */
} ohm_conflict;

typedef struct ohm_history_counts {
    uint64_t added;
    uint64_t same;      /* there already, value and quality */
    uint64_t conflicts; /* another value for that instant, kept or replaced as asked */
    uint64_t overlaps;  /* of the added: inside the time that the series covered already */
    uint64_t refused;   /* outside of [2000, 2100), or a quality that does not exist */
} ohm_history_counts;

typedef struct ohm_history_options {
    const char *path; /* of the store; it is made if it is not there */
    ohm_conflict conflict;
    bool dry_run; /* counts, and writes nothing. Repetitions between two calls are not seen. */
} ohm_history_options;

/* As ohm_store_open. */
OHM_MUST_CHECK ohm_err ohm_history_open(const ohm_history_options *options,
                                        ohm_history **ret_history);
void ohm_history_close(ohm_history *history); /* NULL is allowed */

/* Adds to *counts. `at` of an error is the number of the run. OHM_UNKNOWN: no such quantity;
 * OHM_BAD_FORMAT: not the name of a series, or the file is damaged; OHM_TOO_BIG: more than the
 * limits above; OHM_BUSY: another writer holds the store for seconds. mark_key (NULL: none) is a
 * state value (store/store.h) that is set to `mark` in the same transaction: where the import
 * stands. */
OHM_MUST_CHECK ohm_err ohm_history_add(ohm_history *history, const ohm_history_run *runs,
                                       size_t count, const char *mark_key, const char *mark,
                                       ohm_history_counts *counts);

/* Removes the readings of a series in [from, to), a part in each transaction: after an error
 * some may be gone, and the same call goes on. OHM_UNKNOWN: no such series. */
OHM_MUST_CHECK ohm_err ohm_history_erase(ohm_history *history, const char *series_key,
                                         ohm_interval range, uint64_t *ret_erased);
/* Removes a series and all that it had; its name may be used again. */
OHM_MUST_CHECK ohm_err ohm_history_delete(ohm_history *history, const char *series_key,
                                          uint64_t *ret_erased);
/* Both keys end with the same quantity. OHM_CONFLICT: `to` has readings (merge them instead). */
OHM_MUST_CHECK ohm_err ohm_history_rename(ohm_history *history, const char *from, const char *to);
/* Moves the readings of `from` into `to`, then removes `from`. Same quantity. */
OHM_MUST_CHECK ohm_err ohm_history_merge(ohm_history *history, const char *from, const char *to,
                                         ohm_history_counts *counts);

/* Folds what came before before_ms into its final form, as the daemon does by and by. */
OHM_MUST_CHECK ohm_err ohm_history_fold(ohm_history *history, ohm_ms before_ms);

/* Makes the ledger of energy (store/energy.h) of all that is folded, as the daemon does by and by;
 * with `anew` also the rows that are there. */
OHM_MUST_CHECK ohm_err ohm_history_energy(ohm_history *history, const ohm_energy_plan *plan,
                                          bool anew);

/* Removes what was recorded for replay up to to_ms, which holds readings too; what follows can be
 * replayed from its next checkpoint on. *ret_rows: how many rows of events those were. */
OHM_MUST_CHECK ohm_err ohm_history_forget_events(ohm_history *history, ohm_ms to_ms,
                                                 uint64_t *ret_rows);

/* Makes the file itself forget what was erased: nothing of it stays in free pages or in the log.
 * Takes as long as writing the file anew; for a person's right to be forgotten. */
OHM_MUST_CHECK ohm_err ohm_history_scrub(ohm_history *history);

#endif
