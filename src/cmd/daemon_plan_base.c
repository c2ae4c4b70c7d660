#include "cmd/daemon_plan_base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEARN_MS = 10 * OHM_MINUTE_MS, /* a quarter of the day is known after so much of it */
    HOUR_MS = 30 * OHM_MINUTE_MS,  /* an hour, to be learnt */
    DAY_MS = 24 * OHM_HOUR_MS,
    HEAD_VERSION = 1,
    WORD = 8,
    HEAD_WORDS = 3 + 2 * OHM_DAY_SLOTS + 2 * OHM_BASE_HOURS,
};

static const ohm_forecast_options options = { .slots = OHM_BASE_HOURS };

const char *ohm_base_origin_name(ohm_base_origin origin)
{
    static const char *const names[OHM_BASE_ORIGINS] = { "configured", "profile", "learnt" };
    return names[origin];
}

bool ohm_base_init(ohm_base *base)
{
    memset(base, 0, sizeof *base);
    void *memory = malloc(ohm_forecast_size(&options));
    if (!memory)
        return false;
    base->model = ohm_forecast_create(&options, memory);
    return true;
}

void ohm_base_release(ohm_base *base)
{
    free(base->model);
    base->model = NULL;
}

int ohm_base_days(const ohm_base *base)
{
    return ohm_forecast_days(base->model);
}

static bool is_holiday(const ohm_closed_days *holidays, int64_t day)
{
    return holidays && ohm_holidays_has(holidays, day);
}

static void look_ahead(ohm_base *base, const ohm_closed_days *holidays, int64_t day)
{
    ohm_forecast_day ahead[OHM_BASE_AHEAD];
    for (int i = 0; i < OHM_BASE_AHEAD; i++)
        ahead[i] = (ohm_forecast_day){ .day = day + i, .holiday = is_holiday(holidays, day + i) };
    ohm_forecast_make(base->model, ahead, OHM_BASE_AHEAD, base->said);
    base->said_day = day;
    base->said_there = true;
}

/* The day that was counted is over, and `day` begins. */
static void learn(ohm_base *base, const ohm_closed_days *holidays, int64_t day)
{
    double values[OHM_BASE_HOURS];
    for (int h = 0; h < OHM_BASE_HOURS; h++)
        values[h] = base->hour_ms[h] >= HOUR_MS
                        ? base->hour_kwms[h] / (double)base->hour_ms[h] * 1000
                        : (double)NAN;
    const ohm_forecast_day was = { .day = base->day,
                                   .holiday = is_holiday(holidays, base->day),
                                   .values = values };
    if (ohm_forecast_learn(base->model, &was))
        look_ahead(base, holidays, day);
    memset(base->hour_kwms, 0, sizeof base->hour_kwms);
    memset(base->hour_ms, 0, sizeof base->hour_ms);
}

bool ohm_base_count(ohm_base *base, const ohm_tz *tz, const ohm_closed_days *holidays,
                    ohm_ms now_ms, double kw, int64_t ms)
{
    ohm_civil local = ohm_civil_from_utc(tz, now_ms);
    int64_t day = ohm_days_from_date(local.date);
    bool over = base->begun && day > base->day;
    if (over)
        learn(base, holidays, day);
    if (!base->begun || day != base->day) { /* a clock that was ahead begins the day anew */
        memset(base->hour_kwms, 0, sizeof base->hour_kwms);
        memset(base->hour_ms, 0, sizeof base->hour_ms);
    }
    base->begun = true;
    base->day = day;
    int slot = (local.hour * 60 + local.minute) * OHM_DAY_SLOTS / (24 * 60);
    int64_t known = base->slot_ms[slot] < DAY_MS ? base->slot_ms[slot] : DAY_MS;
    base->slot_kw[slot] += (kw - base->slot_kw[slot]) * (double)ms / (double)(known + ms);
    base->slot_ms[slot] = known + ms;
    base->hour_kwms[local.hour] += kw * (double)ms;
    base->hour_ms[local.hour] += ms;
    return over;
}

ohm_base_value ohm_base_at(const ohm_base *base, const ohm_tz *tz, ohm_ms at_ms, double else_kw)
{
    ohm_civil local = ohm_civil_from_utc(tz, at_ms);
    int64_t at = ohm_days_from_date(local.date) - base->said_day;
    int slot = (local.hour * 60 + local.minute) * OHM_DAY_SLOTS / (24 * 60);
    ohm_base_value out = { .origin = OHM_BASE_CONFIGURED, .kw = else_kw };
    if (base->slot_ms[slot] >= LEARN_MS)
        out = (ohm_base_value){ .origin = OHM_BASE_PROFILE, .kw = base->slot_kw[slot] };
    if (!base->said_there || at < 0 || at >= OHM_BASE_AHEAD ||
        ohm_base_days(base) < OHM_BASE_ENOUGH)
        return out;
    const ohm_forecast_value *said = &base->said[at * OHM_BASE_HOURS + local.hour];
    if (!isfinite(said->mean))
        return out;
    out.origin = OHM_BASE_LEARNT;
    out.kw = said->mean > 0 ? said->mean / 1000 : 0;
    for (int i = 0; i < OHM_FORECAST_DECILES; i++)
        out.decile_kw[i] = said->decile[i] > 0 ? said->decile[i] / 1000 : 0;
    return out;
}

/* --- kept ------------------------------------------------------------------------------------- */

static uint8_t *put(uint8_t *out, uint64_t value)
{
    for (int i = 0; i < WORD; i++)
        out[i] = (uint8_t)(value >> (8 * i));
    return out + WORD;
}

static const uint8_t *get(const uint8_t *in, int64_t *out)
{
    uint64_t value = 0;
    for (int i = 0; i < WORD; i++)
        value |= (uint64_t)in[i] << (8 * i);
    *out = (int64_t)value;
    return in + WORD;
}

/* Powers are kept in mW, energies in W by ms: whole numbers, as fine as anybody measures. */
uint8_t *ohm_base_save(const ohm_base *base, size_t *ret_len)
{
    size_t len = 0;
    if (ohm_forecast_save(base->model, NULL, 0, &len) != OHM_TOO_BIG)
        return NULL;
    uint8_t *bytes = malloc(HEAD_WORDS * WORD + len), *at = bytes;
    if (!bytes)
        return NULL;
    at = put(at, HEAD_VERSION);
    at = put(at, base->begun);
    at = put(at, (uint64_t)base->day);
    for (int i = 0; i < OHM_DAY_SLOTS; i++) {
        at = put(at, (uint64_t)llround(base->slot_kw[i] * 1e6));
        at = put(at, (uint64_t)base->slot_ms[i]);
    }
    for (int h = 0; h < OHM_BASE_HOURS; h++) {
        at = put(at, (uint64_t)llround(base->hour_kwms[h] * 1e3));
        at = put(at, (uint64_t)base->hour_ms[h]);
    }
    if (ohm_forecast_save(base->model, at, len, &len) != OHM_OK) {
        free(bytes);
        return NULL;
    }
    *ret_len = HEAD_WORDS * WORD + len;
    return bytes;
}

static bool ok(int64_t value, int64_t most)
{
    return value >= 0 && value <= most;
}

static bool load_head(ohm_base *base, const uint8_t *at)
{
    enum { KW_MAX = 1000000 };
    int64_t version, begun, value;
    at = get(get(get(at, &version), &begun), &base->day);
    base->begun = begun == 1;
    if (version != HEAD_VERSION || !ok(begun, 1) || !ok(base->day, INT32_MAX))
        return false;
    for (int i = 0; i < OHM_DAY_SLOTS; i++) {
        at = get(get(at, &value), &base->slot_ms[i]);
        if (!ok(value, INT64_C(1000000) * KW_MAX) || !ok(base->slot_ms[i], 2 * DAY_MS))
            return false;
        base->slot_kw[i] = (double)value / 1e6;
    }
    for (int h = 0; h < OHM_BASE_HOURS; h++) {
        at = get(get(at, &value), &base->hour_ms[h]);
        if (!ok(value, INT64_C(1000) * KW_MAX * DAY_MS) || !ok(base->hour_ms[h], DAY_MS))
            return false;
        base->hour_kwms[h] = (double)value / 1e3;
    }
    return true;
}

bool ohm_base_load(ohm_base *base, ohm_span bytes)
{
    ohm_base read = { .model = base->model };
    size_t head = HEAD_WORDS * WORD;
    if (bytes.len < head || !load_head(&read, bytes.ptr))
        return false;
    ohm_err err =
        ohm_forecast_load(&options, base->model, ohm_span_of(bytes.ptr + head, bytes.len - head));
    if (ohm_failed(err))
        return false; /* the model is as new then, and so is all else */
    *base = read;
    if (base->begun && ohm_forecast_days(base->model) > 0)
        look_ahead(base, NULL, ohm_forecast_last_day(base->model) + 1);
    return true;
}
