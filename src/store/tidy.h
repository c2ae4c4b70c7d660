/* Housekeeping, a bite at a time on the writer's connection, each in a transaction of its own:
 * old frames are folded into chunks, the ledger of energy is made of them, old readings are thinned
 * out or removed where the site wants that, pages that nothing needs any more are given back, and
 * what can't be read any more is looked for. */
#ifndef OHM_STORE_TIDY_H
#define OHM_STORE_TIDY_H

#include "store/db.h"
#include "store/energy_own.h"
#include "store/look.h"
#include "store/store.h"

/* Frames of a few hours stay as they came, so that a chunk is written seldom; zero at first. */
typedef struct ohm_tidy {
    ohm_store_keep keep[OHM_STORE_KEEP_MAX];
    int keep_count;
    int64_t looked_at; /* chunks up to this key are thin enough in this round */
    ohm_ms round_ms;   /* when the last round of thinning began */
    bool far;          /* chunks are committed elsewhere, before the file is */
    bool marked;       /* the file says that a round is under way there */
    bool cut;          /* and said so before this one began */
    ohm_energy_plan energy;
    ohm_energy_place energy_place;
    ohm_look look;
    uint64_t damaged; /* parts of the history that are known to be unreadable */
} ohm_tidy;

/* One bite. *ret_more: there is another one to take now. */
OHM_MUST_CHECK ohm_err ohm_tidy_bite(sqlite3 *db, ohm_tidy *tidy, ohm_ms now_ms, bool *ret_more);

#endif
