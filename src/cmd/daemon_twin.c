/* Figures of the zones from their own days: each tick counts what acts on a zone and how warm it is
 * (twin_past.h), and every night a worker finds how it loses and stores heat. What was found stays
 * until a better night, with its confidence and its date; both are kept in the store. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "cmd/daemon_demo.h"
#include "cmd/daemon_plan.h"
#include "cmd/twin_past.h"
#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/log.h"
#include "host/pages.h"

enum {
    NIGHT_HOUR = 3,
    SAVE_EVERY_MS = 6 * OHM_HOUR_MS,
    TICK_MAX_MS = OHM_MINUTE_MS, /* a longer pause was no tick */
    FOUND_VERSION = 2,
    FIGURES = 9,
    FOUND_BYTES = 1 + 8 * FIGURES,
};

/* What a night found. */
typedef struct found {
    bool learnt;
    double loss, low, high, store, error_k, days, solar_ratio, gain_w;
    ohm_ms made_ms;
} found;

typedef struct twin {
    ohm_twin_past past;
    found found;
    char lacks[96]; /* of the last night */
} twin;

struct ohm_daemon_twins {
    ohm_daemon *daemon;
    ohm_mono_ms counted, saved;
    ohm_date tried; /* the night that is done, or under way */
    int next;       /* zone of it */
    bool busy;
    uv_work_t work;
    double *columns;
    ohm_identify_series series;
    ohm_identify_result result;
    ohm_err err;
    twin zones[OHM_HEAT_ZONES_MAX];
};

/* --- in the store ----------------------------------------------------------------------------- */

static void key_of(const ohm_daemon *d, int zone, const char *what,
                   char out[static OHM_STORE_KEY_MAX])
{
    (void)snprintf(out, OHM_STORE_KEY_MAX, "twin.%s.%s", d->config->zones[zone].id, what);
}

static void write_found(const found *f, uint8_t out[static FOUND_BYTES])
{
    const int64_t numbers[FIGURES] = { llround(f->loss * 1000),
                                       llround(f->low * 1000),
                                       llround(f->high * 1000),
                                       llround(f->store * 1000),
                                       llround(f->error_k * 1e6),
                                       llround(f->days * 1000),
                                       f->made_ms,
                                       llround(f->solar_ratio * 1e6),
                                       llround(f->gain_w * 1000) };
    out[0] = FOUND_VERSION;
    for (int i = 0; i < FIGURES; i++)
        for (int b = 0; b < 8; b++)
            out[1 + 8 * i + b] = (uint8_t)((uint64_t)numbers[i] >> 8 * b);
}

/* What can't be read is found anew. */
static void read_found(const uint8_t *bytes, size_t len, found *out)
{
    int64_t numbers[FIGURES];
    if (len != FOUND_BYTES || bytes[0] != FOUND_VERSION)
        return;
    for (int i = 0; i < FIGURES; i++) {
        uint64_t raw = 0;
        for (int b = 0; b < 8; b++)
            raw |= (uint64_t)bytes[1 + 8 * i + b] << 8 * b;
        numbers[i] = (int64_t)raw;
    }
    *out = (found){ .learnt = true,
                    .loss = (double)numbers[0] / 1000,
                    .low = (double)numbers[1] / 1000,
                    .high = (double)numbers[2] / 1000,
                    .store = (double)numbers[3] / 1000,
                    .error_k = (double)numbers[4] / 1e6,
                    .days = (double)numbers[5] / 1000,
                    .made_ms = numbers[6],
                    .solar_ratio = (double)numbers[7] / 1e6,
                    .gain_w = (double)numbers[8] / 1000 };
    if (!(out->loss >= 0.1 && out->loss < 1e5 && out->store >= 1 && out->store < 1e6))
        *out = (found){ .learnt = false };
}

static void save_past(ohm_daemon *d, int zone)
{
    char key[OHM_STORE_KEY_MAX];
    uint8_t *bytes = malloc(OHM_TWIN_BYTES_MAX);
    key_of(d, zone, "past", key);
    if (!bytes || ohm_store_put(d->store, key,
                                ohm_span_of(bytes, ohm_twin_write(&d->twins->zones[zone].past,
                                                                  bytes))) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "zone %s: its past is not saved", d->config->zones[zone].id);
    free(bytes);
}

void ohm_daemon_twins_save(ohm_daemon *d)
{
    for (int z = 0; d->twins && z < d->config->zones_count; z++)
        save_past(d, z);
    if (d->twins)
        d->twins->saved = ohm_clock_mono();
}

static void restore(ohm_daemon *d, ohm_reader *reader, int zone)
{
    char key[OHM_STORE_KEY_MAX];
    twin *t = &d->twins->zones[zone];
    uint8_t *bytes = NULL;
    size_t len = 0;
    key_of(d, zone, "past", key);
    if (!ohm_failed(ohm_reader_get(reader, key, &bytes, &len)) &&
        ohm_failed(ohm_twin_read(&t->past, ohm_span_of(bytes, len))))
        ohm_log(OHM_LOG_WARNING, "zone %s: its past can't be read, and begins anew",
                d->config->zones[zone].id);
    free(bytes);
    bytes = NULL;
    key_of(d, zone, "found", key);
    if (!ohm_failed(ohm_reader_get(reader, key, &bytes, &len)))
        read_found(bytes, len, &t->found);
    free(bytes);
}

/* --- what is counted -------------------------------------------------------------------------- */

static double number_of(const ohm_segment *segment)
{
    return segment ? (double)segment->mantissa * pow(10, segment->exponent) : (double)NAN;
}

static double heat_w(const ohm_daemon *d, int zone)
{
    const ohm_heat_zone *of = &d->config->zones[zone];
    const ohm_load_state *states = ohm_engine_loads_of(d->engine);
    double w = 0;
    for (int k = 0; k < of->loads_count; k++) {
        const ohm_load_state *state = &states[of->loads[k]];
        if (state->fed)
            w += ohm_load_drawn_va(&d->config->loads[of->loads[k]], state);
    }
    return w * (double)d->site->zones[zone].cop_percent / 100;
}

static void count(ohm_daemon *d, int64_t ms)
{
    const ohm_heat_state *states = ohm_engine_zones_of(d->engine);
    ohm_ms utc_ms = ohm_clock_utc();
    ohm_twin_now now = { .outdoor_c = d->demo ? ohm_demo_house(d)->outdoor_c
                                              : number_of(ohm_daemon_outdoor_at(d, utc_ms)),
                         .sun_w = ohm_daemon_sun_now_w(d, utc_ms) };
    for (int z = 0; z < d->config->zones_count; z++) {
        now.indoor_c = states[z].known ? states[z].air_cc / 100.0 : (double)NAN;
        now.heat_w = heat_w(d, z);
        ohm_twin_add(&d->twins->zones[z].past, utc_ms, ms, &now);
    }
}

/* --- what a night finds ----------------------------------------------------------------------- */

static void work(uv_work_t *w)
{
    ohm_daemon_twins *t = w->data;
    ohm_fault_stack();
    t->err = ohm_identify_check(&t->series);
    if (!ohm_failed(t->err))
        ohm_identify(&t->series, &t->result);
    ohm_pages_give_back_freed();
}

static void take(ohm_daemon_twins *t, int zone)
{
    ohm_daemon *d = t->daemon;
    twin *of = &t->zones[zone];
    const ohm_identify_value *loss = &t->result.figure[OHM_IDENTIFY_LOSS];
    double hours = t->result.figure[OHM_IDENTIFY_CONSTANT].value;
    const char *lacks = ohm_failed(t->err) ? t->err.what : t->result.lacks;
    if (!lacks && !isfinite(t->result.predict_k))
        lacks = "no day to prove it by";
    (void)snprintf(of->lacks, sizeof of->lacks, "%s", lacks ? lacks : "");
    if (lacks) {
        ohm_log(OHM_LOG_INFO, "zone %s not enough information yet why=\"%s\"",
                d->config->zones[zone].id, lacks);
        return;
    }
    of->found = (found){ .learnt = true,
                         .loss = loss->value,
                         .low = loss->low,
                         .high = loss->high,
                         .store = loss->value * hours,
                         .error_k = t->result.predict_k,
                         .days = t->series.steps / 96.0,
                         .made_ms = ohm_clock_utc(),
                         .solar_ratio = t->result.figure[OHM_IDENTIFY_SOLAR].value,
                         .gain_w = t->result.figure[OHM_IDENTIFY_GAIN].value };
    uint8_t bytes[FOUND_BYTES];
    char key[OHM_STORE_KEY_MAX];
    write_found(&of->found, bytes);
    key_of(d, zone, "found", key);
    if (ohm_store_put(d->store, key, ohm_span_of(bytes, sizeof bytes)) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "zone %s: what was found is not saved", d->config->zones[zone].id);
    ohm_log(OHM_LOG_NOTICE, "zone %s known loss_w_per_k=%.0f store_wh_per_k=%.0f error_k=%.2f",
            d->config->zones[zone].id, of->found.loss, of->found.store, of->found.error_k);
}

static void worked(uv_work_t *w, int status)
{
    ohm_daemon_twins *t = w->data;
    t->busy = false;
    if (status == 0 && !t->daemon->stopping)
        take(t, t->next - 1);
    free(t->columns);
    t->columns = NULL;
}

/* The next zone of the night. */
static void begin(ohm_daemon_twins *t)
{
    ohm_daemon *d = t->daemon;
    int zone = t->next++;
    t->columns = malloc((size_t)5 * OHM_TWIN_STEPS_MAX * sizeof *t->columns);
    if (!t->columns)
        return;
    if (!ohm_twin_series(&t->zones[zone].past, t->columns, &t->series)) {
        t->err = ohm_fail(OHM_MORE, 0, "the series is shorter than two days");
        take(t, zone);
    } else {
        t->work.data = t;
        t->busy = uv_queue_work(&d->loop, &t->work, work, worked) == 0;
    }
    if (t->busy)
        return;
    free(t->columns);
    t->columns = NULL;
}

void ohm_daemon_twins_tick(ohm_daemon *d)
{
    ohm_daemon_twins *t = d->twins;
    ohm_mono_ms now = ohm_clock_mono();
    if (!t || d->stopping || !d->clock_set || ohm_engine_is_starting(d->engine))
        return;
    int64_t ms = ohm_mono_since(now, t->counted);
    t->counted = now;
    if (ms > 0 && ms <= TICK_MAX_MS)
        count(d, ms);
    if (ohm_mono_since(now, t->saved) >= SAVE_EVERY_MS)
        ohm_daemon_twins_save(d);
    ohm_civil local = ohm_civil_from_utc(&d->config->tz, ohm_clock_utc());
    if (local.hour >= NIGHT_HOUR &&
        ohm_days_from_date(local.date) != ohm_days_from_date(t->tried)) {
        t->tried = local.date;
        t->next = 0;
    }
    if (!t->busy && t->next < d->config->zones_count)
        begin(t);
}

void ohm_daemon_twins_past(ohm_daemon *d, int zone, const ohm_twin_past *past)
{
    ohm_daemon_twins *t = d->twins;
    if (!t || zone >= d->config->zones_count || t->zones[zone].past.count >= past->count)
        return;
    t->zones[zone].past = *past;
    t->next = 0;
}

/* --- its life --------------------------------------------------------------------------------- */

ohm_err ohm_daemon_twins_start(ohm_daemon *d, ohm_reader *reader)
{
    if (d->config->zones_count == 0)
        return ohm_ok();
    d->twins = calloc(1, sizeof *d->twins);
    if (!d->twins)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    d->twins->daemon = d;
    d->twins->tried = (ohm_date){ 1970, 1, 1 };
    d->twins->next = d->config->zones_count; /* none before a night is due */
    d->twins->saved = d->twins->counted = ohm_clock_mono();
    for (int z = 0; z < d->config->zones_count; z++)
        restore(d, reader, z);
    return ohm_ok();
}

void ohm_daemon_twins_free(ohm_daemon *d)
{
    if (!d->twins)
        return;
    assert(!d->twins->busy); /* the loop has ended, and waited for it */
    free(d->twins->columns);
    free(d->twins);
    d->twins = NULL;
}

/* --- what others see -------------------------------------------------------------------------- */

bool ohm_daemon_twin_of(const ohm_daemon *d, int zone, ohm_view_twin *out)
{
    if (!d->twins)
        return false;
    const twin *t = &d->twins->zones[zone];
    (void)snprintf(out->lacks, sizeof out->lacks, "%s", t->lacks);
    out->days = t->past.count / 96.0;
    if (!t->found.learnt)
        return false;
    out->state = OHM_VIEW_TWIN_LEARNT;
    out->days = t->found.days;
    out->loss_w_per_k = t->found.loss;
    out->loss_low = t->found.low;
    out->loss_high = t->found.high;
    out->store_wh_per_k = t->found.store;
    out->error_k = t->found.error_k;
    out->made_ms = t->found.made_ms;
    out->solar_ratio = t->found.solar_ratio;
    out->gain_w = t->found.gain_w;
    return true;
}
