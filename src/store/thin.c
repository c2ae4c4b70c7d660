#include "store/thin.h"

#include "base/quantity.h"

enum {
    LOOKED_AT = 256, /* chunks of a bite */
    THINNED = 16,
};
#define ROUND_MS (INT64_C(24) * OHM_HOUR_MS)
#define THROUGH  INT64_MAX /* looked_at of a round that is through */

bool ohm_thin_is_due(const ohm_tidy *tidy, ohm_ms now_ms)
{
    if (tidy->keep_count == 0)
        return false;
    return tidy->looked_at != THROUGH || now_ms - tidy->round_ms >= ROUND_MS ||
           now_ms < tidy->round_ms;
}

/* The rule for readings that end then: the one of the greatest age that they have reached. */
static const ohm_store_keep *rule_for(const ohm_tidy *tidy, ohm_ms last_ms, ohm_ms now_ms)
{
    const ohm_store_keep *found = NULL;
    for (int i = 0; i < tidy->keep_count; i++) {
        const ohm_store_keep *rule = &tidy->keep[i];
        bool old = last_ms < now_ms && now_ms - last_ms > rule->age_ms;
        if (old && (!found || rule->age_ms > found->age_ms))
            found = rule;
    }
    return found;
}

typedef struct nature {
    ohm_kind kind;
    bool ledger, hours; /* rows of energy are made of it; of hours too */
} nature;

/* A series whose name is gone, or of a later version's table, is thinned out like a register:
 * readings are left out, and none is made up. */
static ohm_err nature_of(sqlite3 *db, uint32_t series, nature *out)
{
    sqlite3_stmt *stmt;
    OHM_TRY(ohm_db_prepare(db,
                           "SELECT kind, kind='counter' AND unit='Wh',"
                           " quantity IN ('energy_import','energy_export') FROM series WHERE id=?1",
                           &stmt));
    (void)sqlite3_bind_int64(stmt, 1, series);
    int result = sqlite3_step(stmt);
    *out = (nature){ .kind = OHM_COUNTER };
    if (result == SQLITE_ROW && ohm_span_is(ohm_db_blob(stmt, 0), "gauge"))
        out->kind = OHM_GAUGE;
    if (result == SQLITE_ROW && ohm_span_is(ohm_db_blob(stmt, 0), "state"))
        out->kind = OHM_STATE;
    if (result == SQLITE_ROW) {
        out->ledger = sqlite3_column_int(stmt, 1);
        out->hours = sqlite3_column_int(stmt, 2);
    }
    (void)sqlite3_finalize(stmt);
    return result == SQLITE_ROW || result == SQLITE_DONE ? ohm_ok() : ohm_db_error(db, result);
}

/* *ret_wait: not before the ledger is made of it. A rule NULL: it is thin already, and its rows of
 * the ledger may not say so. */
static ohm_err apply(sqlite3 *db, ohm_blocks *blocks, int64_t key, ohm_ms last_ms,
                     const ohm_store_keep *rule, bool with_ledger, bool *ret_wait)
{
    uint32_t series = (uint32_t)(key >> OHM_CHUNK_TIME_BITS);
    ohm_ms first_ms = ohm_chunk_first_ms(key);
    nature of;
    *ret_wait = false;
    OHM_TRY(nature_of(db, series, &of));
    if (with_ledger && of.ledger)
        OHM_TRY(ohm_energy_keep(ohm_blocks_note(blocks), series,
                                (ohm_interval){ first_ms, last_ms + 1 }, of.hours, ret_wait));
    if (*ret_wait || !rule)
        return ohm_ok();
    if (rule->every_ms == 0) {
        uint64_t erased = 0;
        bool more;
        return ohm_blocks_erase(blocks, series, (ohm_interval){ first_ms, last_ms + 1 }, 1, &erased,
                                &more);
    }
    return ohm_blocks_thin(blocks, series, first_ms, rule->every_ms, of.kind);
}

/* The next chunk after the last one looked at. OHM_END: there is none. */
static ohm_err next(sqlite3_stmt *stmt, sqlite3 *db, int64_t *key, ohm_ms *last_ms,
                    int64_t *thin_ms)
{
    (void)sqlite3_bind_int64(stmt, 1, *key);
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW) {
        *key = sqlite3_column_int64(stmt, 0);
        *last_ms =
            (int64_t)((uint64_t)ohm_chunk_first_ms(*key) + (uint64_t)sqlite3_column_int64(stmt, 1));
        *thin_ms = sqlite3_column_int64(stmt, 2);
    }
    (void)sqlite3_reset(stmt);
    if (result == SQLITE_DONE)
        return ohm_fail(OHM_END, 0, "no more chunks");
    return result == SQLITE_ROW ? ohm_ok() : ohm_db_error(db, result);
}

static ohm_err look(sqlite3 *db, sqlite3_stmt *stmt, ohm_blocks *blocks, const ohm_tidy *tidy,
                    ohm_ms now_ms, int64_t *key)
{
    for (int looked = 0, thinned = 0; looked < LOOKED_AT && thinned < THINNED; looked++) {
        ohm_ms last_ms = 0;
        int64_t thin_ms = 0;
        OHM_TRY(next(stmt, db, key, &last_ms, &thin_ms));
        const ohm_store_keep *rule = rule_for(tidy, last_ms, now_ms);
        if (rule && rule->every_ms != 0 && thin_ms >= rule->every_ms)
            rule = NULL;
        if (!rule && (thin_ms == 0 || !tidy->cut))
            continue;
        bool wait;
        OHM_TRY(apply(db, blocks, *key, last_ms, rule, tidy->energy.tz != NULL, &wait));
        thinned += !wait;
    }
    return ohm_ok();
}

ohm_err ohm_thin_bite(sqlite3 *db, ohm_blocks *blocks, ohm_tidy *tidy, ohm_ms now_ms,
                      bool *ret_more)
{
    sqlite3_stmt *stmt;
    if (tidy->looked_at == THROUGH || tidy->looked_at == 0) {
        tidy->looked_at = 0;
        tidy->round_ms = now_ms;
    }
    int64_t key = tidy->looked_at;
    OHM_TRY(ohm_db_prepare(db, "SELECT k,t1,thin FROM chunk WHERE k>?1 ORDER BY k LIMIT 1", &stmt));
    ohm_err err = look(db, stmt, blocks, tidy, now_ms, &key);
    (void)sqlite3_finalize(stmt);
    *ret_more = !ohm_failed(err);
    if (err.code == OHM_END) {
        tidy->looked_at = THROUGH;
        return ohm_ok();
    }
    OHM_TRY(err);
    tidy->looked_at = key;
    return ohm_ok();
}
