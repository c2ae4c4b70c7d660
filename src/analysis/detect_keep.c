/* A detector's state as bytes. */
#include <math.h>

#include "analysis/detect_own.h"
#include "analysis/keep.h"

enum { VERSION = 5 };

static void count(ohm_keep *k, int *value)
{
    ohm_keep_int(k, value, 0, OHM_KEEP_COUNT_MAX);
}

static void levels(ohm_keep *k, cusum *c)
{
    ohm_keep_int(k, &c->count, 0, LOOKS);
    ohm_keep_int(k, &c->next, 0, LOOKS - 1);
    ohm_keep_doubles(k, c->ring, LOOKS);
    ohm_keep_doubles(k, &c->tried[0][0], (size_t)LEVELS * 2);
    for (int i = 0; i < LEVELS; i++)
        count(k, &c->cries[i]);
    ohm_keep_doubles(k, c->sum, 2);
    ohm_keep_time(k, &c->since_ms[0]);
    ohm_keep_time(k, &c->since_ms[1]);
    ohm_keep_doubles(k, &c->often, 1);
    ohm_keep_flag(k, &c->latched);
    ohm_keep_int(k, &c->held, 0, LOOKS);
    for (int i = 0; i < c->count; i++)
        if (!isfinite(c->ring[i]))
            ohm_keep_fail(k, OHM_RANGE, "a level is no number");
}

static void nights(ohm_keep *k, ohm_detect *d)
{
    ohm_keep_int(k, &d->nights, 0, NIGHTS);
    ohm_keep_int(k, &d->next_night, 0, NIGHTS - 1);
    ohm_keep_doubles(k, d->night, NIGHTS);
    ohm_keep_doubles(k, d->night_c, NIGHTS);
    ohm_keep_doubles(k, &d->outdoor_c, 1);
    ohm_keep_doubles(k, &d->sum_c, 1);
    ohm_keep_int(k, &d->steps_c, 0, OHM_DETECT_SLOTS_MAX);
    ohm_keep_int(k, &d->odd_nights, 0, NIGHTS);
    ohm_keep_doubles(k, &d->odd_often, 1);
    ohm_keep_doubles(k, &d->night_taught, 1);
}

static void alarms(ohm_keep *k, ohm_detect *d)
{
    for (int type = 0; type < OHM_DETECT_ONE_COLUMN; type++) {
        open_alarm *o = &d->open[type];
        o->alarm.type = (ohm_detect_type)type;
        ohm_keep_flag(k, &o->open);
        ohm_keep_time(k, &o->alarm.start_ms);
        ohm_keep_time(k, &o->alarm.onset_ms);
        ohm_keep_time(k, &o->alarm.end_ms);
        ohm_keep_doubles(k, &o->alarm.expected, 1);
        ohm_keep_doubles(k, &o->alarm.actual, 1);
        if (o->alarm.start_ms == OHM_NO_MS || o->alarm.onset_ms == OHM_NO_MS)
            ohm_keep_fail(k, OHM_RANGE, "an alarm has no beginning");
    }
}

static void runs(ohm_keep *k, ohm_detect *d)
{
    int *const counts[] = { &d->same_max, &d->zero_max, &d->gap_taught, &d->zero_taught,
                            &d->same,     &d->zeros,    &d->zeros_odd,  &d->missing,
                            &d->gap[0],   &d->gap[1],   &d->gap[2] };
    ohm_ms *const times[] = { &d->same_ms, &d->zeros_ms,  &d->missing_ms, &d->last_ms,
                              &d->step_ms, &d->gap_ms[0], &d->gap_ms[1],  &d->gap_ms[2] };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        count(k, counts[i]);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        ohm_keep_time(k, times[i]);
        if (*times[i] == OHM_NO_MS)
            ohm_keep_fail(k, OHM_RANGE, "a time is missing");
    }
}

static void shape(ohm_keep *k, ohm_detect *d)
{
    double *const figures[] = { &d->mean,   &d->p99,  &d->middle,     &d->work,   &d->highest,
                                &d->lowest, &d->jump, &d->same_value, &d->before, &d->before_that };
    ohm_keep_flag(k, &d->began);
    ohm_keep_flag(k, &d->known);
    ohm_keep_flag(k, &d->feeds_in);
    ohm_keep_day(k, &d->first_day);
    ohm_keep_day(k, &d->day);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        ohm_keep_doubles(k, figures[i], 1);
}

void ohm_detect_keep(ohm_keep *k, ohm_detect *d)
{
    ohm_keep_same(k, VERSION);
    ohm_keep_same(k, d->slots);
    shape(k, d);
    runs(k, d);
    levels(k, &d->base);
    levels(k, &d->shape);
    ohm_keep_day(k, &d->shape_from_day);
    nights(k, d);
    alarms(k, d);
    for (int i = 0; i < RING_DAYS; i++)
        ohm_keep_long(k, &d->ring_day[i], INT64_MIN, OHM_KEEP_DAYS);
    ohm_keep_floats(k, own_readings(d), (size_t)RING_DAYS * (size_t)d->slots);
}

ohm_code ohm_detect_save(const ohm_detect *d, uint8_t *out, size_t cap, size_t *ret_len)
{
    ohm_keep k;
    ohm_keep_write(&k, out, cap);
    ohm_detect_keep(&k, (ohm_detect *)(uintptr_t)d); /* a walk that writes changes nothing */
    *ret_len = k.pos;
    return ohm_keep_end(&k).code;
}

ohm_err ohm_detect_load(int slots, void *memory, ohm_span bytes)
{
    ohm_keep k;
    ohm_detect *d = ohm_detect_create(slots, memory);
    ohm_keep_read(&k, bytes);
    ohm_detect_keep(&k, d);
    ohm_err err = ohm_keep_end(&k);
    if (ohm_failed(err))
        (void)ohm_detect_create(slots, memory);
    return err;
}
