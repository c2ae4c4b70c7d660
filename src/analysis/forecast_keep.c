/* A forecast's state as bytes. */
#include <math.h>

#include "analysis/forecast_own.h"
#include "analysis/keep.h"

enum { VERSION = 5, DAYS_MAX = 10000000, KINDS = 16 };

static void ring(ohm_keep *k, ohm_forecast *f)
{
    for (int i = 0; i < RING_DAYS; i++) {
        ohm_keep_flag(k, &f->ring[i].known);
        ohm_keep_flag(k, &f->ring[i].holiday);
        ohm_keep_day(k, &f->ring[i].day);
    }
}

static void what_was_said(ohm_keep *k, ohm_forecast *f)
{
    for (int i = 0; i <= MODELS; i++) {
        ohm_keep_flag(k, &f->said_day[i].made);
        ohm_keep_day(k, &f->said_day[i].day);
    }
    ohm_keep_floats(k, own_array(f, f->said),
                    (MODELS + 1) * (size_t)f->options.slots * SAID_FLOATS);
}

/* The errors of a slot each have their own place in time: no more than there are places. */
static void residuals_of_slot(ohm_keep *k, ohm_forecast *f, size_t at)
{
    size_t days = (size_t)f->residual_days;
    float *values = own_array(f, f->residuals) + at * days;
    uint8_t *count = (uint8_t *)own_array(f, f->residual_born) + at * (days + 1);
    uint64_t seen = 0;
    ohm_keep_bytes(k, count, 1);
    if (*count > days) {
        ohm_keep_fail(k, OHM_RANGE, "a slot has more errors than places");
        *count = 0;
    }
    ohm_keep_bytes(k, count + 1, *count);
    ohm_keep_floats(k, values, *count);
    for (int i = 1; i <= *count; i++) {
        bool fits = count[i] < days && (seen >> count[i] & 1) == 0;
        if (!fits)
            ohm_keep_fail(k, OHM_RANGE, "two errors of a slot are of one day");
        seen |= fits ? UINT64_C(1) << count[i] : 0;
    }
}

/* -1 to 15, kept as a float. */
static void kinds(ohm_keep *k, ohm_forecast *f)
{
    float *kind = own_array(f, f->past_kind);
    for (int i = 0; i < f->past_days; i++) {
        int of = k->reads ? 0 : (int)kind[i];
        ohm_keep_int(k, &of, -1, KINDS - 1);
        kind[i] = (float)of;
    }
}

static void arrays(ohm_keep *k, ohm_forecast *f)
{
    size_t slots = (size_t)f->options.slots, past = (size_t)f->past_days;
    ohm_keep_floats(k, own_array(f, f->values), RING_DAYS * slots);
    ohm_keep_floats(k, own_array(f, f->typical), NEAR_DAYS * slots);
    for (int i = 0; i < f->options.others; i++)
        ohm_keep_floats(k, own_array(f, f->others[i]), NEAR_DAYS * slots);
    ohm_keep_floats(k, own_array(f, f->gram), (size_t)(MODELS * HOURS * f->gram_len));
    ohm_keep_floats(k, own_array(f, f->coef), (size_t)MODELS * (HOURS + 1) * FEATURES_MAX);
    for (size_t at = 0; at < MODELS * slots; at++)
        residuals_of_slot(k, f, at);
    ohm_keep_floats(k, own_array(f, f->profile), (size_t)MODELS * PROFILE_FLOATS);
    ohm_keep_floats(k, own_array(f, f->past), slots * past);
    ohm_keep_floats(k, own_array(f, f->past_blocks), BLOCKS * past);
    kinds(k, f);
}

static void smoothings(ohm_keep *k, ohm_forecast *f)
{
    for (int i = 0; i < SEASONS; i++) {
        seasons *of = &f->seasons[i];
        ohm_keep_floats(k, &of->level, 1);
        ohm_keep_floats(k, &of->off, 1);
        ohm_keep_floats(k, of->day, HOURS);
        ohm_keep_floats(k, &of->week[0][0], (size_t)WEEK_DAYS * HOURS);
    }
}

static void figures(ohm_keep *k, ohm_forecast *f)
{
    ohm_keep_day(k, &f->last_day);
    ohm_keep_day(k, &f->first_day);
    ohm_keep_int(k, &f->days, 0, DAYS_MAX);
    for (int m = 0; m < MODELS; m++) {
        ohm_keep_int(k, &f->judged[m], 0, DAYS_MAX);
        ohm_keep_int(k, &f->residual_next[m], 0, f->residual_days - 1);
        ohm_keep_int(k, &f->residual_count[m], 0, f->residual_days);
        ohm_keep_flag(k, &f->solved[m]);
    }
    ohm_keep_flag(k, &f->scaled);
    ohm_keep_flag(k, &f->signs);
    ohm_keep_doubles(k, &f->middle, 1);
    ohm_keep_doubles(k, &f->scale, 1);
    ohm_keep_doubles(k, f->band, MODELS);
    ohm_keep_doubles(k, &f->usual_error[0][0], (size_t)MODELS * HOURS);
    ohm_keep_doubles(k, &f->error_sum, 1);
    ohm_keep_doubles(k, f->simple_sum, 2);
    ohm_keep_doubles(k, &f->error_count, 1);
    ohm_keep_floats(k, f->spread[0][0][0], (size_t)MIXERS * MODELS * BLOCKS * PAIRS);
    ohm_keep_floats(k, f->weight[0][0][0], (size_t)MIXERS * MODELS * BLOCKS * EXPERTS);
    if (f->days > 0 && (!f->scaled || f->first_day > f->last_day || !(f->scale > 0)))
        ohm_keep_fail(k, OHM_RANGE, "the days don't fit together");
}

void ohm_forecast_keep(ohm_keep *k, ohm_forecast *f)
{
    ohm_keep_same(k, VERSION);
    ohm_keep_same(k, f->options.slots);
    ohm_keep_same(k, f->options.solar);
    ohm_keep_same(k, f->options.others);
    ohm_keep_same(k, (int)f->options.warmth);
    figures(k, f);
    smoothings(k, f);
    ring(k, f);
    what_was_said(k, f);
    arrays(k, f);
}

ohm_code ohm_forecast_save(const ohm_forecast *f, uint8_t *out, size_t cap, size_t *ret_len)
{
    ohm_keep k;
    ohm_keep_write(&k, out, cap);
    ohm_forecast_keep(&k, (ohm_forecast *)(uintptr_t)f); /* a walk that writes changes nothing */
    *ret_len = k.pos;
    return ohm_keep_end(&k).code;
}

ohm_err ohm_forecast_load(const ohm_forecast_options *options, void *memory, ohm_span bytes)
{
    ohm_keep k;
    ohm_forecast *f = ohm_forecast_create(options, memory);
    ohm_keep_read(&k, bytes);
    ohm_forecast_keep(&k, f);
    ohm_err err = ohm_keep_end(&k);
    if (ohm_failed(err))
        (void)ohm_forecast_create(options, memory);
    return err;
}
