#include "store/tidy.h"

#include <stdlib.h>

#include "store/blocks.h"
#include "store/fold.h"
#include "store/revision.h"
#include "store/thin.h"

enum {
    FREE_PAGES_MIN = 1024, /* fewer stay for reuse */
};
#define FOLD_EVERY_MS (INT64_C(2) * OHM_HOUR_MS)
#define FOLD_AFTER_MS (INT64_C(1) * OHM_HOUR_MS)

/* The last instant that is folded: whole stretches of time, so that a chunk is not opened for
 * each reading; what comes later than that goes at once. */
static ohm_ms fold_before(ohm_ms now_ms)
{
    ohm_ms old_ms = now_ms - FOLD_AFTER_MS;
    return old_ms - old_ms % FOLD_EVERY_MS;
}

static ohm_err any_frame(sqlite3 *db, ohm_ms before_ms, bool *ret_any)
{
    int64_t first;
    ohm_err err = ohm_db_number(db, "SELECT k FROM frame ORDER BY k LIMIT 1", &first);
    *ret_any = !ohm_failed(err) && first / (OHM_STORE_DEVICES_MAX + 1) < before_ms;
    return err.code == OHM_END ? ohm_ok() : err;
}

static ohm_err fold(sqlite3 *db, ohm_ms before_ms, bool *ret_more)
{
    ohm_blocks *blocks = NULL;
    ohm_fold *f = NULL;
    ohm_err err = ohm_blocks_new(db, &blocks); /* big: not kept between bites */
    if (!ohm_failed(err))
        err = ohm_fold_new(db, blocks, &f);
    if (!ohm_failed(err))
        err = ohm_fold_bite(f, (ohm_interval){ OHM_STORE_TIME_MIN, before_ms }, 0, ret_more);
    ohm_fold_free(f);
    ohm_blocks_free(blocks);
    return err;
}

static ohm_err thin(sqlite3 *db, ohm_tidy *tidy, ohm_ms now_ms, bool *ret_more)
{
    ohm_blocks *blocks;
    OHM_TRY(ohm_blocks_new(db, &blocks));
    int before = sqlite3_total_changes(db);
    ohm_err err = ohm_thin_bite(db, blocks, tidy, now_ms, ret_more);
    ohm_blocks_free(blocks);
    if (!ohm_failed(err) && sqlite3_total_changes(db) != before)
        err = ohm_db_exec(db, OHM_LATE_SQL);
    if (!ohm_failed(err) && tidy->marked && !*ret_more)
        err = ohm_db_exec(db, "DELETE FROM state WHERE key='" OHM_THINNING_KEY "'");
    return err;
}

/* Before a round elsewhere. A mark that is there is of one that was cut, perhaps between the two
 * commits: then readings are gone, and the past has still its old number. */
static ohm_err mark(sqlite3 *db, ohm_tidy *tidy, ohm_ms now_ms, bool *ret_more)
{
    int64_t cut;
    (void)now_ms;
    (void)ret_more;
    OHM_TRY(ohm_db_number(db, "SELECT count(*) FROM state WHERE key='" OHM_THINNING_KEY "'", &cut));
    tidy->cut = cut > 0;
    if (cut)
        tidy->looked_at = 0;
    return ohm_db_exec(db, cut ? OHM_LATE_SQL
                               : "INSERT INTO state(key,value) VALUES('" OHM_THINNING_KEY "',X'')");
}

static ohm_err fold_some(sqlite3 *db, ohm_tidy *tidy, ohm_ms now_ms, bool *ret_more)
{
    (void)tidy;
    return fold(db, fold_before(now_ms), ret_more);
}

static ohm_err energy(sqlite3 *db, ohm_tidy *tidy, ohm_ms now_ms, bool *ret_more)
{
    return ohm_energy_bite(db, &tidy->energy, &tidy->energy_place, now_ms, ret_more);
}

/* In its transaction, or undone. */
static ohm_err bite(sqlite3 *db, ohm_tidy *tidy, ohm_ms now_ms,
                    ohm_err (*what)(sqlite3 *db, ohm_tidy *tidy, ohm_ms now_ms, bool *ret_more),
                    bool *ret_more)
{
    OHM_TRY(ohm_db_exec(db, "BEGIN IMMEDIATE"));
    ohm_err err = what(db, tidy, now_ms, ret_more);
    if (!ohm_failed(err))
        err = ohm_db_exec(db, "COMMIT");
    if (!sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL); /* the next begin says if it fails */
    return err;
}

static ohm_err give_back(sqlite3 *db, bool *ret_more)
{
    int64_t pages, unused;
    OHM_TRY(ohm_db_number(db, "PRAGMA page_count", &pages));
    OHM_TRY(ohm_db_number(db, "PRAGMA freelist_count", &unused));
    *ret_more = unused > FREE_PAGES_MIN && unused > pages / 4;
    return *ret_more ? ohm_db_exec(db, "PRAGMA incremental_vacuum(64)") : ohm_ok();
}

static ohm_err count_damaged(sqlite3 *db, ohm_tidy *tidy)
{
    int64_t parts;
    OHM_TRY(ohm_db_number(db, "SELECT count(*) FROM main.damaged", &parts));
    tidy->damaged = (uint64_t)parts;
    return ohm_ok();
}

ohm_err ohm_tidy_bite(sqlite3 *db, ohm_tidy *tidy, ohm_ms now_ms, bool *ret_more)
{
    bool frames, ledger;
    *ret_more = false;
    OHM_TRY(any_frame(db, fold_before(now_ms), &frames));
    if (frames) {
        OHM_TRY(bite(db, tidy, now_ms, fold_some, ret_more));
        *ret_more = true; /* the others may have work, too */
        return ohm_ok();
    }
    OHM_TRY(ohm_energy_is_due(db, &tidy->energy, &tidy->energy_place, now_ms, &ledger));
    if (ledger) {
        OHM_TRY(bite(db, tidy, now_ms, energy, ret_more));
        if (*ret_more)
            return ohm_ok();
    }
    if (ohm_thin_is_due(tidy, now_ms)) {
        if (tidy->far && !tidy->marked)
            OHM_TRY(bite(db, tidy, now_ms, mark, ret_more));
        tidy->marked = tidy->far;
        ohm_err err = bite(db, tidy, now_ms, thin, ret_more);
        tidy->marked = tidy->marked && !ohm_failed(err) && *ret_more;
        OHM_TRY(err);
        if (*ret_more)
            return ohm_ok();
    }
    OHM_TRY(give_back(db, ret_more));
    if (!*ret_more && ohm_look_is_due(&tidy->look, now_ms))
        OHM_TRY(ohm_look_bite(db, &tidy->look, now_ms, ret_more));
    return count_damaged(db, tidy);
}
