/* Inside of the store: what makes the ledger of energy (store/energy.h), and what those who edit
 * readings tell it. All inside a transaction of the caller's. */
#ifndef OHM_STORE_ENERGY_OWN_H
#define OHM_STORE_ENERGY_OWN_H

#include "store/db.h"
#include "store/energy.h"

/* Where the housekeeping stands; zero at first. */
typedef struct ohm_energy_place {
    int64_t series; /* looked at up to here in this round */
    ohm_ms round_ms;
    bool through, marked;
} ohm_energy_place;

/* Whether there may be something to do. */
OHM_MUST_CHECK ohm_err ohm_energy_is_due(sqlite3 *db, const ohm_energy_plan *plan,
                                         const ohm_energy_place *place, ohm_ms now_ms,
                                         bool *ret_due);
/* Makes some rows: at most a month of one series. */
OHM_MUST_CHECK ohm_err ohm_energy_bite(sqlite3 *db, const ohm_energy_plan *plan,
                                       ohm_energy_place *place, ohm_ms now_ms, bool *ret_more);

/* --- energy_make.c -------------------------------------------------------------------------- */

typedef struct ohm_energy_job {
    sqlite3 *db;
    ohm_reader *reader;
    const ohm_energy_plan *plan;
    uint32_t series;
    char key[OHM_SERIES_KEY_MAX];
    bool hours;           /* else only days */
    ohm_interval range;   /* civil days, the last one up to a full hour */
    ohm_interval changed; /* hours in here are made anew though they were kept; empty: none */
} ohm_energy_job;

/* Makes the hours and days of the range. */
OHM_MUST_CHECK ohm_err ohm_energy_make(const ohm_energy_job *job);

/* --- energy_note.c: for those who edit readings --------------------------------------------- */

typedef struct ohm_energy_note ohm_energy_note;

/* Of a file without the tables nothing is noted. */
OHM_MUST_CHECK ohm_err ohm_energy_note_new(sqlite3 *db, ohm_energy_note **ret_note);
void ohm_energy_note_free(ohm_energy_note *note); /* NULL is allowed */

/* Readings in [from, to) are others now: rows that were made of them are to be made anew. */
OHM_MUST_CHECK ohm_err ohm_energy_touch(ohm_energy_note *note, uint32_t series, ohm_interval range);
/* The readings of a chunk are to be thinned out. *ret_wait: not yet, its rows are not made.
 * `hours`: the series has rows of hours. */
OHM_MUST_CHECK ohm_err ohm_energy_keep(ohm_energy_note *note, uint32_t series, ohm_interval range,
                                       bool hours, bool *ret_wait);
/* Removes the rows of a time, for good: for erasures. */
OHM_MUST_CHECK ohm_err ohm_energy_forget(ohm_energy_note *note, uint32_t series,
                                         ohm_interval range);
/* The series is gone, or is about to be another one's: all of its rows. */
OHM_MUST_CHECK ohm_err ohm_energy_drop(ohm_energy_note *note, uint32_t series);

#endif
