/* The energy ledger: what each register of energy gained in each hour and on each day of the local
 * calendar, in tables that any SQLite tool reads (docs/store.md, "The energy ledger"). Bills and
 * statistics of years are read from it: it stays when readings are thinned out.
 *
 * A row is the difference of the register between its ends, interpolated where no reading lies on
 * an end, as in store/query.h; rows that touch share their ends, so that they add up to the
 * difference of the register exactly. A day is made of the same differences, cut where the
 * tariff's period changes.
 *
 * The store's own thread makes the rows by and by from what is folded into chunks, and makes anew
 * what a late reading, a correction, an import or an erasure touched, in whatever process that
 * was. Before readings are thinned out their hours are made, and stay as they are (KEPT): only a
 * later change of just those readings makes them anew. */
#ifndef OHM_STORE_ENERGY_H
#define OHM_STORE_ENERGY_H

#include "base/civil.h"
#include "store/reader.h"

enum {
    OHM_ENERGY_PERIOD_MAX = 20,
    OHM_ENERGY_PIECES_MAX = 208, /* of a day: as many as a contract can cut */
    OHM_ENERGY_MARK_MAX = 96,
};

/* From here to the next piece, or the end of the day, one period of the tariff holds. */
typedef struct ohm_energy_piece {
    ohm_ms from_ms;
    char period[OHM_ENERGY_PERIOD_MAX]; /* "hc"; "?" where it is not known */
} ohm_energy_piece;

/* How days are cut. */
typedef struct ohm_energy_plan {
    const ohm_tz *tz; /* NULL: no ledger is made */
    /* Names the plan: another one than at the last time makes all days anew. */
    char mark[OHM_ENERGY_MARK_MAX];
    /* The pieces of a civil day, from its beginning on; at least one. On the store's own thread.
     * NULL: a day is one piece of period "". */
    uint16_t (*day)(void *ctx, ohm_date date, ohm_energy_piece out[static OHM_ENERGY_PIECES_MAX]);
    void *ctx;
} ohm_energy_plan;

enum {
    OHM_ENERGY_ESTIMATED = 1, /* an end lies in a gap of more than an hour, or a reading is one */
    OHM_ENERGY_GAP = 2,       /* no reading inside */
    OHM_ENERGY_CHANGED = 4,   /* the register fell: another meter; the moment itself counts 0 */
    OHM_ENERGY_PARTIAL = 8,   /* known from the first reading on, or up to now */
    OHM_ENERGY_KEPT = 16,     /* its readings were thinned out since */
    OHM_ENERGY_PENDING = 32,  /* of a day, when it is asked for: readings about it came since */
};

/* An hour (from a local midnight on, so that days have 23 to 25 of them) or a day's period. */
typedef struct ohm_energy_row {
    ohm_ms from_ms;                     /* hours */
    char local[OHM_RFC3339_MAX];        /* "2026-11-22T06:00:00+01:00", or the date */
    char period[OHM_ENERGY_PERIOD_MAX]; /* days */
    int64_t wh;
    uint8_t flags;
} ohm_energy_row;

/* The hours of a series ("…/energy_import", "…/energy_export") that begin in [from, to), those
 * that are to be made anew left out. `kept_only`: those whose readings were thinned out.
 * OHM_UNKNOWN: no such series. No rows in a file of an older version. */
OHM_MUST_CHECK ohm_err ohm_energy_hours(ohm_reader *reader, const char *series_key,
                                        ohm_interval range, bool kept_only,
                                        bool (*row)(void *ctx, const ohm_energy_row *row),
                                        void *ctx);
/* The days from a date to another one, that one too; a row a period. Those that are to be made anew
 * are PENDING. */
OHM_MUST_CHECK ohm_err ohm_energy_days(ohm_reader *reader, const char *series_key, ohm_date from,
                                       ohm_date to,
                                       bool (*row)(void *ctx, const ohm_energy_row *row),
                                       void *ctx);

/* Shares `total` among n parts as they are, or by their lengths where all are 0: they add up to
 * it. `lengths` of at least 1 ms, parts of at least 0. */
void ohm_energy_share(int64_t *parts, const int64_t *lengths, size_t n, int64_t total);

#endif
