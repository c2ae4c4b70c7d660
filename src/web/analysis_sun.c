#include "web/analysis_sun.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/query.h"

enum { SUNS_MAX = 16, LIFE_DAYS = 400 };
#define LIFE_MS (LIFE_DAYS * INT64_C(24) * OHM_HOUR_MS)
static const double night_share = 0.1; /* what an inverter draws of what it gives, at most */

static uint64_t hash_of(const char *device, size_t len)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)device[i]) * 1099511628211u;
    return h;
}

void ohm_analysis_beside_of(const ohm_view *view, ohm_analysis_beside *out)
{
    char device[OHM_SERIES_KEY_MAX];
    out->count = 0;
    for (int m = 0; m < view->meters_count; m++) {
        const ohm_view_meter *meter = &view->meters[m];
        if (m == view->main_meter || meter->part_of || meter->source_of)
            continue;
        (void)snprintf(device, sizeof device, "%s/%s/%s", view->site_id, meter->zone,
                       meter->device);
        out->device[out->count++] = hash_of(device, strlen(device));
    }
}

/* --- which ------------------------------------------------------------------------------------ */

typedef struct suns {
    const ohm_analysis_beside *beside;
    int count;
    ohm_analysis_meter meter[SUNS_MAX];
} suns;

static bool is_beside(const suns *s, const char *key, size_t device_len)
{
    uint64_t hash = hash_of(key, device_len);
    for (int i = 0; i < s->beside->count; i++)
        if (s->beside->device[i] == hash)
            return true;
    return false;
}

/* Series come by key, those of a device together. */
static bool take_series(void *ctx, const ohm_series_info *info)
{
    suns *s = ctx;
    const char *end = strrchr(info->key, '/');
    if (!end || (info->quantity != OHM_Q_ENERGY_EXPORT && info->quantity != OHM_Q_POWER_EXPORT))
        return true;
    size_t len = (size_t)(end - info->key);
    const char *last = s->count > 0 ? s->meter[s->count - 1].device : "";
    if ((strlen(last) == len && !strncmp(last, info->key, len)) || !is_beside(s, info->key, len))
        return true;
    ohm_analysis_meter *meter = &s->meter[s->count++];
    (void)snprintf(meter->device, sizeof meter->device, "%.*s", (int)len, info->key);
    const char *id = strrchr(meter->device, '/');
    (void)snprintf(meter->name, sizeof meter->name, "%.*s", (int)sizeof meter->name - 1,
                   id ? id + 1 : meter->device);
    return s->count < SUNS_MAX;
}

/* When a device was first read in a quantity; OHM_NO_MS: never. */
static ohm_code first_of(ohm_reader *reader, const char *device, ohm_quantity_id quantity,
                         ohm_ms *ret)
{
    char key[OHM_SERIES_KEY_MAX];
    int len = snprintf(key, sizeof key, "%s/%s", device, ohm_quantity_get(quantity)->name);
    *ret = OHM_NO_MS;
    return (size_t)len < sizeof key ? ohm_query_first(reader, key, ret).code : OHM_OK;
}

static bool take_life(void *ctx, const ohm_slice *s)
{
    double *sum = ctx;
    if (s->flags & OHM_SLICE_ENERGY)
        *sum += (double)s->energy;
    else if (s->flags & OHM_SLICE_MEAN)
        *sum += fabs((double)s->mean) * (double)s->held_ms / OHM_HOUR_MS;
    return true;
}

static bool stopped(void *ctx)
{
    const ohm_history_table *t = ctx;
    return t->stop && atomic_load_explicit(t->stop, memory_order_relaxed);
}

/* What a device counted one way, by its register or else its power: Wh, of its last days. */
static ohm_code life_of(ohm_history_table *t, const char *device, ohm_quantity_id register_of,
                        ohm_quantity_id power, double *ret)
{
    ohm_ms first_ms, to_ms = t->range.to_ms;
    ohm_quantity_id id = register_of;
    char key[OHM_SERIES_KEY_MAX];
    *ret = 0;
    ohm_code code = first_of(t->reader, device, id, &first_ms);
    if (code == OHM_OK && first_ms == OHM_NO_MS)
        code = first_of(t->reader, device, id = power, &first_ms);
    if (code != OHM_OK || first_ms == OHM_NO_MS || first_ms >= to_ms)
        return code;
    ohm_ms from_ms = first_ms > to_ms - LIFE_MS ? first_ms : to_ms - LIFE_MS;
    int len = snprintf(key, sizeof key, "%s/%s", device, ohm_quantity_get(id)->name);
    assert((size_t)len < sizeof key); /* it was found by it */
    const ohm_steps_query asked = { .series_key = key,
                                    .range = { from_ms, to_ms },
                                    .step = { OHM_STEP_MS, to_ms - from_ms },
                                    .rows_max = UINT32_MAX,
                                    .cancelled = stopped,
                                    .cancelled_ctx = t };
    code = ohm_query_steps(t->reader, &asked, take_life, ret).code;
    *ret *= pow(10, -(int)ohm_quantity_get(id)->decimals);
    return code == OHM_BUSY ? OHM_MORE : code == OHM_UNKNOWN ? OHM_OK : code;
}

static ohm_code makes_power(ohm_history_table *t, const char *device, bool *ret)
{
    double fed = 0, drawn = 0;
    *ret = false;
    ohm_code code = life_of(t, device, OHM_Q_ENERGY_EXPORT, OHM_Q_POWER_EXPORT, &fed);
    if (code == OHM_OK)
        code = life_of(t, device, OHM_Q_ENERGY_IMPORT, OHM_Q_POWER_IMPORT, &drawn);
    *ret = code == OHM_OK && fed > 0 && drawn <= night_share * fed;
    return code;
}

/* --- how much --------------------------------------------------------------------------------- */

static double given(double net_w)
{
    return net_w > 0 ? 0 : -net_w; /* to the meter, it goes back; NAN stays */
}

/* In a column of its own, the last one. */
static ohm_code add_one(ohm_history_table *t, const ohm_analysis_meter *meter, ohm_column **ret)
{
    ohm_ms counted_ms, power_ms;
    ohm_code code = first_of(t->reader, meter->device, OHM_Q_ENERGY_EXPORT, &counted_ms);
    if (code == OHM_OK)
        code = first_of(t->reader, meter->device, OHM_Q_POWER_EXPORT, &power_ms);
    if (code == OHM_OK)
        code = ohm_analysis_power(t, meter, true, ret);
    if (code != OHM_OK || !*ret)
        return code;
    if (counted_ms == OHM_NO_MS || (power_ms != OHM_NO_MS && power_ms < counted_ms))
        counted_ms = power_ms;
    for (size_t row = 0; row < t->room; row++) {
        bool before = t->columns.time_ms[row] + t->step_ms <= counted_ms;
        (*ret)->values[row] = before ? 0 : given((*ret)->values[row]);
    }
    return OHM_OK;
}

ohm_code ohm_analysis_sun(ohm_history_table *t, const ohm_analysis_beside *beside, ohm_column **ret)
{
    suns s = { .beside = beside };
    *ret = NULL;
    ohm_code code = beside->count > 0 ? ohm_reader_series(t->reader, take_series, &s).code : OHM_OK;
    for (int i = 0; i < s.count && code == OHM_OK; i++) {
        ohm_column *one = NULL;
        bool is_sun;
        code = makes_power(t, s.meter[i].device, &is_sun);
        if (code == OHM_OK && is_sun)
            code = add_one(t, &s.meter[i], &one);
        if (code == OHM_OK && one && *ret) {
            ohm_history_table_add(t, *ret, one);
            ohm_history_table_drop(t);
        } else if (code == OHM_OK && one) {
            *ret = one;
        }
    }
    return code;
}
