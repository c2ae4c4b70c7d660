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
    flags |= slice->flags & OHM_SLICE_STRAY ? OHM_USE_STRAY : 0;
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

static ohm_code read_curve(ohm_reader *reader, gather *g)
{
    return read_series(reader, OHM_Q_POWER_IMPORT_MEAN, add_mean, g);
}

/* What uses are made of, the best first: of a stretch that one does not know the next is asked. */
static const struct {
    ohm_code (*read)(ohm_reader *reader, gather *g);
    ohm_bill_basis basis;
} kinds[] = { { read_register, OHM_BASIS_REGISTER },
              { read_curve, OHM_BASIS_LOAD_CURVE },
              { read_days, OHM_BASIS_DAYS } };
enum { KINDS = sizeof kinds / sizeof *kinds };

static ohm_code read_kind(ohm_reader *reader, const ohm_uses_query *query, int kind, ohm_uses *out)
{
    *out = (ohm_uses){ .count = 0 };
    gather *g = calloc(1, sizeof *g);
    if (!g)
        return OHM_NO_MEMORY;
    g->q = query;
    g->uses = out;
    ohm_tz_utc(&g->utc);
    g->tz = query->tz ? query->tz : &g->utc;
    ohm_code code = kinds[kind].read(reader, g);
    free(g);
    return code;
}

static int by_start(const void *a, const void *b)
{
    ohm_ms x = ((const ohm_use *)a)->from_ms, y = ((const ohm_use *)b)->from_ms;
    return (x > y) - (x < y);
}

/* Whether none of the first `count` uses, which are in order, is of that time. */
static bool is_free(const ohm_use *uses, size_t count, const ohm_use *use)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (uses[middle].to_ms <= use->from_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low == count || uses[low].from_ms >= use->to_ms;
}

/* Adds those that are of no time that is known already. */
static ohm_code lay_beside(ohm_uses *io, const ohm_uses *more, ohm_bill_basis basis)
{
    size_t count = io->count;
    if (more->count == 0)
        return OHM_OK;
    ohm_use *items = realloc(io->items, (count + more->count) * sizeof *items);
    if (!items)
        return OHM_NO_MEMORY;
    io->items = items;
    for (size_t i = 0; i < more->count; i++)
        if (is_free(items, count, &more->items[i]))
            items[io->count++] = more->items[i];
    if (io->count > count)
        io->basis = count && io->basis != basis ? OHM_BASIS_MIXED : basis;
    qsort(items, io->count, sizeof *items, by_start);
    return OHM_OK;
}

/* The range has no use in a stretch of its beginning or its end, or none at all. */
static bool has_hole(const ohm_uses *uses, ohm_interval range)
{
    if (uses->basis == OHM_BASIS_LOAD_CURVE || uses->basis == OHM_BASIS_MIXED || !uses->count)
        return true; /* a curve has holes inside, too */
    return uses->items[0].from_ms - range.from_ms >= OHM_USE_STEP_MS ||
           range.to_ms - uses->items[uses->count - 1].to_ms >= OHM_USE_STEP_MS;
}

static ohm_code read_all(ohm_reader *reader, const ohm_uses_query *query, ohm_uses *io)
{
    ohm_code result = OHM_UNKNOWN;
    for (int kind = 0; kind < KINDS && has_hole(io, query->range); kind++) {
        ohm_uses more;
        ohm_code code = read_kind(reader, query, kind, &more);
        if (code == OHM_OK && result == OHM_UNKNOWN)
            io->basis = kinds[kind].basis;
        if (code == OHM_OK)
            result = lay_beside(io, &more, kinds[kind].basis);
        free(more.items);
        if ((code != OHM_OK && code != OHM_UNKNOWN) || result == OHM_NO_MEMORY)
            return code == OHM_OK ? result : code;
    }
    return result;
}

ohm_code ohm_uses_read(ohm_reader *reader, const ohm_uses_query *query, ohm_uses *out)
{
    ohm_uses uses = { .count = 0 };
    ohm_interval range = query->range;
    if (range.from_ms >= range.to_ms ||
        range.to_ms - range.from_ms > YEARS_MAX * INT64_C(366) * 24 * OHM_HOUR_MS)
        return OHM_RANGE;
    ohm_code code = read_all(reader, query, &uses);
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
