/* A month of asking each source, with answers, failures, restarts and a wall clock that goes back
 * meanwhile: no source is ever asked oftener than it allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "grid/schedule.h"
#include "host/tzdata.h"

enum { CALLS_MAX = 40000, DAY_MS = 24 * OHM_HOUR_MS };

static ohm_tz paris;
static uint64_t seed;

static uint32_t next_random(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 32);
}

/* The most calls in a day, and the least minutes between two. */
static const struct {
    ohm_source source;
    int day_max, gap_min;
} limits[] = {
    { OHM_SOURCE_ECOWATT, 96, 15 },
    { OHM_SOURCE_TEMPO, 96, 15 },
    { OHM_SOURCE_TEMPO_SERVICES_RTE, 48, 30 },
    { OHM_SOURCE_TEMPO_COULEUR, 48, 30 },
    { OHM_SOURCE_EJP, 48, 30 },
    { OHM_SOURCE_DEMAND_RESPONSE, 96, 15 },
    { OHM_SOURCE_ENTSOE, 96, 15 },
    { OHM_SOURCE_ENERGY_CHARTS, 96, 15 },
    { OHM_SOURCE_NORDPOOL, 96, 15 },
    { OHM_SOURCE_AWATTAR, 96, 15 },
    { OHM_SOURCE_TIBBER, 96, 15 },
    { OHM_SOURCE_ECO2MIX, 96, 15 },
    { OHM_SOURCE_OPEN_METEO, 48, 31 },
    { OHM_SOURCE_FORECAST_SOLAR, 96, 15 },
    { OHM_SOURCE_OPENADR, 1440, 1 },
    { OHM_SOURCE_GENERIC, 1440, 1 },
};

/* The world's own clock counts; the process's clocks start anew, and the wall clock may err. */
typedef struct world {
    ohm_ms true_ms, wall_error_ms, booted_ms;
    ohm_schedule schedule;
    char record[OHM_SCHEDULE_RECORD_MAX];
    size_t record_len;
    ohm_ms known_ms;
    ohm_ms calls_ms[CALLS_MAX];
    size_t calls;
} world;

static ohm_mono_ms mono_of(const world *w)
{
    return (ohm_mono_ms){ w->true_ms - w->booted_ms + 1000 };
}

static ohm_ms wall_of(const world *w)
{
    return w->true_ms + w->wall_error_ms;
}

static void restart(world *w, ohm_source source)
{
    w->booted_ms = w->true_ms;
    ohm_schedule_init(&w->schedule, ohm_pace_of(source), 0, next_random(), mono_of(w));
    if (w->record_len) {
        ohm_span record = ohm_span_of(w->record, w->record_len);
        assert_int_equal(ohm_schedule_restore(&w->schedule, record, wall_of(w), mono_of(w)),
                         OHM_OK);
    }
}

static void save(world *w)
{
    w->record_len = ohm_schedule_save(&w->schedule, wall_of(w), mono_of(w), w->record);
}

static void call(world *w)
{
    ohm_call_outcome outcome = (ohm_call_outcome)(next_random() % OHM_CALL_OUTCOMES_COUNT);
    bool well = next_random() % 4 != 0;
    outcome = well ? OHM_CALL_DONE : outcome;
    ohm_schedule_started(&w->schedule, mono_of(w));
    save(w);
    if (outcome != OHM_CALL_OFFLINE) { /* else nobody saw it */
        assert_true(w->calls < CALLS_MAX);
        w->calls_ms[w->calls++] = w->true_ms;
    }
    int64_t retry_after_s = next_random() % 8 == 0 ? (int64_t)(next_random() % 5000) : -1;
    ohm_schedule_ended(&w->schedule, outcome, retry_after_s, next_random(), mono_of(w));
    save(w);
    if (outcome == OHM_CALL_DONE && next_random() % 3 == 0)
        w->known_ms = w->true_ms + (int64_t)(next_random() % 72) * OHM_HOUR_MS;
}

/* One stretch of time: up to the next call, or a restart, or a jump of the wall clock. */
static void live(world *w, ohm_source source)
{
    ohm_mono_ms next = ohm_schedule_next(&w->schedule, w->known_ms, &paris, wall_of(w), mono_of(w));
    int64_t wait_ms = ohm_mono_since(next, mono_of(w));
    int64_t chance_ms = (int64_t)(next_random() % 7200) * OHM_SECOND_MS;
    if (wait_ms <= 0) {
        call(w);
    } else if (wait_ms <= chance_ms) {
        w->true_ms += wait_ms;
    } else {
        w->true_ms += chance_ms;
        if (next_random() % 2)
            restart(w, source);
        if (next_random() % 16 == 0) { /* and set back while nobody looked */
            restart(w, source);
            w->wall_error_ms -= (int64_t)(next_random() % 7200) * OHM_SECOND_MS;
            restart(w, source);
        }
    }
}

static void check(const world *w, int day_max, int gap_min, const char *name)
{
    size_t first = 0;
    for (size_t i = 0; i < w->calls; i++) {
        if (i > 0 && w->calls_ms[i] - w->calls_ms[i - 1] < gap_min * (int64_t)OHM_MINUTE_MS)
            fail_msg("%s: two calls within %d min", name, gap_min);
        while (w->calls_ms[i] - w->calls_ms[first] >= DAY_MS)
            first++;
        if (i - first + 1 > (size_t)day_max)
            fail_msg("%s: %zu calls in a day", name, i - first + 1);
    }
}

static void a_month_of_each(void **state)
{
    (void)state;
    int days = getenv("OHM_SANITIZED") ? 6 : 30;
    world *w = malloc(sizeof *w);
    assert_non_null(w);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        seed = 20260115 + i;
        *w = (world){ .true_ms = INT64_C(1768431600000), .known_ms = OHM_NO_MS };
        restart(w, limits[i].source);
        ohm_ms end_ms = w->true_ms + days * (int64_t)DAY_MS;
        while (w->true_ms < end_ms)
            live(w, limits[i].source);
        check(w, limits[i].day_max, limits[i].gap_min, ohm_source_of(limits[i].source)->name);
        if (w->calls < (size_t)days)
            fail_msg("%s: %zu calls", ohm_source_of(limits[i].source)->name, w->calls);
    }
    free(w);
}

/* Twenty restarts a day, and all is well otherwise: the marks of Ecowatt and Open-Meteo. */
static void a_day_with_twenty_restarts(void **state)
{
    (void)state;
    static const ohm_source sources[] = { OHM_SOURCE_ECOWATT, OHM_SOURCE_OPEN_METEO };
    world *w = malloc(sizeof *w);
    assert_non_null(w);
    for (size_t i = 0; i < 2; i++) {
        seed = 7 + i;
        *w = (world){ .true_ms = INT64_C(1768431600000), .known_ms = OHM_NO_MS };
        restart(w, sources[i]);
        for (int minute = 0; minute < 24 * 60; minute++) {
            if (minute % 72 == 71)
                restart(w, sources[i]);
            ohm_mono_ms next =
                ohm_schedule_next(&w->schedule, w->known_ms, &paris, wall_of(w), mono_of(w));
            if (ohm_mono_since(mono_of(w), next) >= 0) {
                ohm_schedule_started(&w->schedule, mono_of(w));
                w->calls_ms[w->calls++] = w->true_ms;
                ohm_schedule_ended(&w->schedule, OHM_CALL_DONE, -1, next_random(), mono_of(w));
                save(w);
            }
            w->true_ms += OHM_MINUTE_MS;
        }
        assert_in_range(w->calls, 20, i == 0 ? 96 : 48);
        check(w, i == 0 ? 96 : 48, 15, ohm_source_of(sources[i])->name);
    }
    free(w);
}

static int load_zone(void **state)
{
    (void)state;
    return ohm_failed(ohm_tzdata_load("Europe/Paris", &paris));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_month_of_each),
                                        cmocka_unit_test(a_day_with_twenty_restarts) };
    return cmocka_run_group_tests(tests, load_zone, NULL);
}
