#include "web/uses.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/energy.h"
#include "store/query.h"

enum { YEARS_MAX = 40, FIRST_ROOM = 1024, HOUR_STEPS_MAX = 64 };

typedef struct gather {
    const ohm_uses_query *q;
    ohm_uses *uses;
    size_t cap, at;
    bool no_memory;
    ohm_tz utc;
    const ohm_tz *tz;
    ohm_day_plan plan; /* of the contract, of the day at hand */
    bool has_plan;
    int64_t rest; /* of a load curve: W·ms that are no whole mWh yet */
    /* While hours of the ledger are laid over them. */
    ohm_uses laid;
    bool export;
} gather;

static bool cancelled(void *ctx)
{
    const gather *g = ctx;
    return g->q->stop && atomic_load(g->q->stop);
}

/* Room for one more; NULL: out of memory. */
static ohm_use *add(gather *g, ohm_uses *uses)
{
    if (uses->count == g->cap || !uses->items) {
        size_t cap = uses->items ? 2 * g->cap : FIRST_ROOM;
        ohm_use *more = realloc(uses->items, cap * sizeof *more);
        g->no_memory = !more;
        if (!more)
            return NULL;
        uses->items = more;
        g->cap = cap;
    }
    ohm_use *use = &uses->items[uses->count++];
    *use = (ohm_use){ .export_mwh = OHM_NO_USE, .reactive_mvarh = OHM_NO_USE, .va = OHM_NO_USE };
    return use;
}

/* --- steps ------------------------------------------------------------------------------------ */

/* The next ten minutes, or the next period of the contract. */
static ohm_ms ends(void *ctx, ohm_ms from_ms)
{
    gather *g = ctx;
    ohm_ms begin_ms = g->q->range.from_ms;
    ohm_ms end_ms = from_ms + OHM_USE_STEP_MS - (from_ms - begin_ms) % OHM_USE_STEP_MS;
    if (!g->q->contract)
        return end_ms;
    if (!g->has_plan || from_ms >= g->plan.day.to_ms || from_ms < g->plan.day.from_ms) {
        ohm_contract_day(g->q->contract, g->tz, g->q->codes,
                         ohm_civil_from_utc(g->tz, from_ms).date, &g->plan);
        g->has_plan = true;
    }
    for (uint16_t i = 0; i < g->plan.count; i++)
        if (g->plan.pieces[i].from_ms > from_ms && g->plan.pieces[i].from_ms < end_ms)
            return g->plan.pieces[i].from_ms;
    return g->plan.day.to_ms < end_ms ? g->plan.day.to_ms : end_ms;
}

static uint8_t flags_of(const ohm_slice *slice)
{
    uint8_t flags = slice->flags & OHM_SLICE_ESTIMATED ? OHM_USE_ESTIMATED : 0;
    return slice->flags & OHM_SLICE_RESET ? flags | OHM_USE_CHANGED : flags;
}

static bool add_import(void *ctx, const ohm_slice *slice)
{
    gather *g = ctx;
    /* At the ends of what is stored a step holds a reading, and its energy is what is known. */
    bool whole = !(slice->flags & OHM_SLICE_PARTIAL) || slice->count;
    bool known = slice->flags & OHM_SLICE_ENERGY && whole;
    if (!known || slice->energy < 0)
        return true;
    ohm_use *use = add(g, g->uses);
    if (!use)
        return false;
    use->from_ms = slice->from_ms;
    use->to_ms = slice->to_ms;
    use->import_mwh = slice->energy * 1000;
    use->flags = flags_of(slice);
    return true;
}

/* A step of a load curve: what it lacks a part of is a gap. */
static bool add_mean(void *ctx, const ohm_slice *slice)
{
    gather *g = ctx;
    int64_t mwh;
    if (slice->held_ms < slice->to_ms - slice->from_ms || slice->mean < 0 ||
        __builtin_mul_overflow(slice->mean, slice->held_ms, &mwh) ||
        __builtin_add_overflow(mwh, g->rest, &mwh))
        return true;
    ohm_use *use = add(g, g->uses);
    if (!use)
        return false;
    use->from_ms = slice->from_ms;
    use->to_ms = slice->to_ms;
    use->import_mwh = mwh / 3600;
    g->rest = mwh % 3600; /* into the next: they add up */
    use->flags = slice->quality == OHM_QUALITY_ESTIMATED ? OHM_USE_ESTIMATED : 0;
    return true;
}

/* The use of a step, for the series that come after: both are in order of time. */
static ohm_use *use_of(gather *g, const ohm_slice *slice)
{
    while (g->at < g->uses->count && g->uses->items[g->at].from_ms < slice->from_ms)
        g->at++;
    bool same = g->at < g->uses->count && g->uses->items[g->at].from_ms == slice->from_ms;
    return same ? &g->uses->items[g->at] : NULL;
}

static bool add_export(void *ctx, const ohm_slice *slice)
{
    ohm_use *use = use_of(ctx, slice);
    if (use && slice->flags & OHM_SLICE_ENERGY && slice->energy >= 0)
        use->export_mwh = slice->energy * 1000;
    return true;
}

static bool add_va(void *ctx, const ohm_slice *slice)
{
    ohm_use *use = use_of(ctx, slice);
    const ohm_quantity *quantity = ohm_quantity_get(OHM_Q_APPARENT_POWER);
    if (!use || !(slice->flags & OHM_SLICE_MEAN))
        return true;
    int64_t va = slice->mean;
    for (int i = 0; i < quantity->decimals; i++)
        va /= 10;
    use->va = va;
    return true;
}

static void key_of(const gather *g, ohm_quantity_id quantity, char out[static OHM_SERIES_KEY_MAX])
{
    (void)snprintf(out, OHM_SERIES_KEY_MAX, "%s/%s", g->q->device,
                   ohm_quantity_get(quantity)->name);
}

static ohm_code read_series(ohm_reader *reader, ohm_quantity_id quantity,
                            bool (*row)(void *ctx, const ohm_slice *slice), gather *g)
{
    char key[OHM_SERIES_KEY_MAX];
    key_of(g, quantity, key);
    ohm_steps_query query = {
        .series_key = key,
        .range = g->q->range,
        .step = { .unit = OHM_STEP_ENDS },
        .ends = ends,
        .ends_ctx = g,
        .rows_max = UINT32_MAX,
        .cancelled = cancelled,
        .cancelled_ctx = g,
    };
    g->at = 0;
    ohm_err err = ohm_query_steps(reader, &query, row, g);
    if (g->no_memory)
        return OHM_NO_MEMORY;
    return err.code == OHM_BUSY ? OHM_MORE : err.code;
}

static ohm_code read_optional(ohm_reader *reader, ohm_quantity_id quantity,
                              bool (*row)(void *ctx, const ohm_slice *slice), gather *g)
{
    ohm_code code = read_series(reader, quantity, row, g);
    return code == OHM_UNKNOWN ? OHM_OK : code;
}

/* --- the ledger, where readings were thinned out ------------------------------------------------
 */

/* Shares the hour's total among its steps; `first` is the first of `n`. */
static void share(ohm_use *first, size_t n, bool export, int64_t mwh)
{
    int64_t parts[HOUR_STEPS_MAX] = { 0 }, lengths[HOUR_STEPS_MAX] = { 0 };
    for (size_t i = 0; i < n; i++) {
        int64_t part = export ? first[i].export_mwh : first[i].import_mwh;
        parts[i] = part == OHM_NO_USE ? 0 : part;
        lengths[i] = first[i].to_ms - first[i].from_ms;
    }
    ohm_energy_share(parts, lengths, n, mwh);
    for (size_t i = 0; i < n; i++)
        *(export ? &first[i].export_mwh : &first[i].import_mwh) = parts[i];
}

static uint8_t flags_of_row(const ohm_energy_row *row)
{
    uint8_t flags = row->flags & OHM_ENERGY_ESTIMATED ? OHM_USE_ESTIMATED : 0;
    return row->flags & OHM_ENERGY_CHANGED ? flags | OHM_USE_CHANGED : flags;
}

/* Takes over the steps before an hour of the ledger, and those of the hour with its total; the
 * hour itself where nothing is left of its readings. */
static bool lay_hour(void *ctx, const ohm_energy_row *row)
{
    gather *g = ctx;
    ohm_uses *from = g->uses;
    ohm_ms end_ms = row->from_ms + OHM_HOUR_MS;
    ohm_use *use = NULL;
    for (; g->at < from->count && from->items[g->at].from_ms < row->from_ms; g->at++) {
        if (!(use = add(g, &g->laid)))
            return false;
        *use = from->items[g->at];
    }
    bool straddled = use && use->to_ms > row->from_ms;
    size_t first = g->laid.count;
    for (; g->at < from->count && from->items[g->at].from_ms < end_ms; g->at++) {
        if (!(use = add(g, &g->laid)))
            return false;
        *use = from->items[g->at];
    }
    size_t n = g->laid.count - first;
    if (n == 0 && !straddled && !g->export) {
        if (!(use = add(g, &g->laid)))
            return false;
        *use = (ohm_use){ row->from_ms, end_ms, row->wh * 1000,   OHM_NO_USE, OHM_NO_USE,
                          OHM_NO_USE,   0,      flags_of_row(row) };
        return true;
    }
    bool tiles = n > 0 && n <= HOUR_STEPS_MAX && g->laid.items[first].from_ms == row->from_ms &&
                 g->laid.items[g->laid.count - 1].to_ms == end_ms;
    if (tiles)
        share(&g->laid.items[first], n, g->export, row->wh * 1000);
    for (size_t i = first; tiles && i < g->laid.count && !g->export; i++)
        g->laid.items[i].flags = flags_of_row(row);
    return true;
}

static ohm_code lay_ledger(ohm_reader *reader, ohm_quantity_id quantity, gather *g)
{
    char key[OHM_SERIES_KEY_MAX];
    key_of(g, quantity, key);
    /* Whole hours of the range only. */
    ohm_interval hours = { g->q->range.from_ms, g->q->range.to_ms - OHM_HOUR_MS + 1 };
    size_t cap = g->cap;
    g->laid = (ohm_uses){ .count = 0 };
    g->at = 0;
    g->export = quantity == OHM_Q_ENERGY_EXPORT;
    ohm_err err = ohm_energy_hours(reader, key, hours, true, lay_hour, g);
    if (!g->laid.items || ohm_failed(err) || g->no_memory) { /* nothing is kept: the usual case */
        free(g->laid.items);
        g->cap = cap;
        return g->no_memory ? OHM_NO_MEMORY : err.code == OHM_UNKNOWN ? OHM_OK : err.code;
    }
    ohm_use *use = g->laid.items;
    for (; g->at < g->uses->count && use; g->at++)
        if ((use = add(g, &g->laid)))
            *use = g->uses->items[g->at];
    if (!use) {
        free(g->laid.items);
        return OHM_NO_MEMORY;
    }
    free(g->uses->items);
    g->uses->items = g->laid.items;
    g->uses->count = g->laid.count;
    return OHM_OK;
}

/* --- days ------------------------------------------------------------------------------------- */

static bool add_day(void *ctx, const ohm_point *point)
{
    gather *g = ctx;
    ohm_interval day = ohm_civil_day(g->tz, point->time_ms);
    if (point->quality == OHM_QUALITY_SUSPECT || point->value < 0 || day.from_ms != point->time_ms)
        return true;
    ohm_use *use = add(g, g->uses);
    if (!use)
        return false;
    use->from_ms = day.from_ms;
    use->to_ms = day.to_ms;
    use->import_mwh = point->value * 1000;
    use->flags = point->quality == OHM_QUALITY_ESTIMATED ? OHM_USE_ESTIMATED : 0;
    return true;
}

static ohm_code read_days(ohm_reader *reader, gather *g)
{
    char key[OHM_SERIES_KEY_MAX];
    key_of(g, OHM_Q_ENERGY_IMPORT_DAY, key);
    ohm_err err = ohm_query_points(reader, key, g->q->range, add_day, g);
    return g->no_memory ? OHM_NO_MEMORY : err.code;
}

/* --- all of it -------------------------------------------------------------------------------- */

static ohm_code read_register(ohm_reader *reader, gather *g)
{
    ohm_code code = read_series(reader, OHM_Q_ENERGY_IMPORT, add_import, g);
    if (code == OHM_OK) /* not every meter measures the rest */
        code = read_optional(reader, OHM_Q_ENERGY_EXPORT, add_export, g);
    if (code == OHM_OK)
        code = read_optional(reader, OHM_Q_APPARENT_POWER, add_va, g);
    if (code == OHM_OK)
        code = lay_ledger(reader, OHM_Q_ENERGY_IMPORT, g);
    if (code == OHM_OK)
        code = lay_ledger(reader, OHM_Q_ENERGY_EXPORT, g);
    return code;
}

static ohm_code read_any(ohm_reader *reader, gather *g)
{
    g->uses->basis = OHM_BASIS_REGISTER;
    ohm_code code = read_register(reader, g);
    if (code == OHM_UNKNOWN) {
        g->uses->basis = OHM_BASIS_LOAD_CURVE;
        code = read_series(reader, OHM_Q_POWER_IMPORT_MEAN, add_mean, g);
    }
    if (code == OHM_UNKNOWN ||
        (code == OHM_OK && g->uses->count == 0 && g->uses->basis == OHM_BASIS_LOAD_CURVE)) {
        ohm_code curve = code;
        g->uses->basis = OHM_BASIS_DAYS;
        code = read_days(reader, g);
        if (code == OHM_UNKNOWN && curve == OHM_OK) { /* there is a curve, of another time */
            g->uses->basis = OHM_BASIS_LOAD_CURVE;
            code = OHM_OK;
        }
    }
    return code;
}

ohm_code ohm_uses_read(ohm_reader *reader, const ohm_uses_query *query, ohm_uses *out)
{
    ohm_uses uses = { .count = 0 };
    ohm_interval range = query->range;
    if (range.from_ms >= range.to_ms ||
        range.to_ms - range.from_ms > YEARS_MAX * INT64_C(366) * 24 * OHM_HOUR_MS)
        return OHM_RANGE;
    gather *g = calloc(1, sizeof *g);
    if (!g)
        return OHM_NO_MEMORY;
    g->q = query;
    g->uses = &uses;
    ohm_tz_utc(&g->utc);
    g->tz = query->tz ? query->tz : &g->utc;
    ohm_code code = read_any(reader, g);
    free(g);
    if (code == OHM_OK)
        *out = uses;
    else
        free(uses.items);
    return code;
}

void ohm_uses_free(ohm_uses *uses)
{
    free(uses->items);
    *uses = (ohm_uses){ .count = 0 };
}
