#include "web/uses.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/query.h"

enum { YEARS_MAX = 40 };

typedef struct gather {
    ohm_uses *uses;
    size_t cap, at;
    const atomic_bool *stop;
} gather;

static bool cancelled(void *ctx)
{
    const gather *g = ctx;
    return g->stop && atomic_load(g->stop);
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
    if (g->uses->count == g->cap)
        return false;
    g->uses->items[g->uses->count++] = (ohm_use){
        .from_ms = slice->from_ms,
        .to_ms = slice->to_ms,
        .import_mwh = slice->energy * 1000,
        .export_mwh = OHM_NO_USE,
        .reactive_mvarh = OHM_NO_USE,
        .va = OHM_NO_USE,
        .flags = flags_of(slice),
    };
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

static ohm_code read_series(ohm_reader *reader, const char *device, ohm_quantity_id quantity,
                            ohm_interval range, bool (*row)(void *ctx, const ohm_slice *slice),
                            gather *g)
{
    char key[OHM_SERIES_KEY_MAX];
    (void)snprintf(key, sizeof key, "%s/%s", device, ohm_quantity_get(quantity)->name);
    ohm_steps_query query = {
        .series_key = key,
        .range = range,
        .step = { OHM_STEP_MS, OHM_USE_STEP_MS },
        .rows_max = (uint32_t)g->cap,
        .cancelled = cancelled,
        .cancelled_ctx = g,
    };
    g->at = 0;
    ohm_err err = ohm_query_steps(reader, &query, row, g);
    return err.code == OHM_BUSY ? OHM_MORE : err.code;
}

static ohm_code read_optional(ohm_reader *reader, const char *device, ohm_quantity_id quantity,
                              ohm_interval range, bool (*row)(void *ctx, const ohm_slice *slice),
                              gather *g)
{
    ohm_code code = read_series(reader, device, quantity, range, row, g);
    return code == OHM_UNKNOWN ? OHM_OK : code;
}

ohm_code ohm_uses_read(ohm_reader *reader, const char *device, ohm_interval range,
                       const atomic_bool *stop, ohm_uses *out)
{
    ohm_uses uses = { NULL, 0 };
    if (range.from_ms >= range.to_ms ||
        range.to_ms - range.from_ms > YEARS_MAX * INT64_C(366) * 24 * OHM_HOUR_MS)
        return OHM_RANGE;
    gather g = { .uses = &uses, .stop = stop };
    g.cap = (size_t)((range.to_ms - range.from_ms) / OHM_USE_STEP_MS) + 1;
    uses.items = calloc(g.cap, sizeof *uses.items);
    if (!uses.items)
        return OHM_NO_MEMORY;
    ohm_code code = read_series(reader, device, OHM_Q_ENERGY_IMPORT, range, add_import, &g);
    if (code == OHM_OK) /* not every meter measures the rest */
        code = read_optional(reader, device, OHM_Q_ENERGY_EXPORT, range, add_export, &g);
    if (code == OHM_OK)
        code = read_optional(reader, device, OHM_Q_APPARENT_POWER, range, add_va, &g);
    if (code == OHM_OK)
        *out = uses;
    else
        free(uses.items);
    return code;
}

void ohm_uses_free(ohm_uses *uses)
{
    free(uses->items);
    *uses = (ohm_uses){ NULL, 0 };
}
