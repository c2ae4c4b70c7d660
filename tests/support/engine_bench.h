/* An engine on the bench: a small house, two clocks, and a step in one line. */
#ifndef OHM_TESTS_SUPPORT_ENGINE_BENCH_H
#define OHM_TESTS_SUPPORT_ENGINE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/codec.h"
#include "host/tzdata.h"

enum { S = OHM_SECOND_MS, M = OHM_MINUTE_MS, H = OHM_HOUR_MS };

/* 2026-11-22T16:00:00Z, 17:00 in Paris. */
#define BENCH_UTC INT64_C(1795363200000)

typedef struct bench {
    ohm_engine_config config;
    ohm_engine *engine;
    ohm_actions actions;
    ohm_mono_ms mono;
    ohm_ms utc_ms;
    int64_t import_wh;
    ohm_boot boot;
} bench;

/* A water heater (off from orange, ten minutes at least) and a car (off from red). */
static inline void bench_config(ohm_engine_config *c)
{
    ohm_engine_config_defaults(c);
    assert_false(ohm_failed(ohm_tzdata_load("Europe/Paris", &c->tz)));
    c->main_device = 0;
    strcpy(c->main_id, "main");
    c->has_ecowatt = true;
    c->has_contract = true;
    c->contract = (ohm_contract){
        .name = "HP/HC",
        .periods_count = 2,
        .periods = { { "hp" }, { "hc" } },
        .rest_period = 0,
        .spot_period = OHM_NO_PERIOD,
        .slots_count = 1,
        .slots = { { .from_minute = 22 * 60, .to_minute = 6 * 60, .period = 1 } },
        .rows_count = 1,
        .rows = { { .from = { 2026, 1, 1 }, .ueur_per_kwh = { 200000, 150000 } } },
    };
    c->loads_count = 2;
    c->loads[0] = (ohm_load){ .id = "water_heater",
                              .name = "Chauffe-eau",
                              .tier = 1,
                              .phase = 1,
                              .nominal_w = 2400,
                              .off_min_ms = 10 * M,
                              .failsafe_fed = true };
    c->loads[1] = (ohm_load){ .id = "car",
                              .name = "Voiture",
                              .tier = 2,
                              .nominal_w = 3700,
                              .ecowatt_threshold = 3,
                              .failsafe_fed = true };
}

static inline int bench_up(void **state)
{
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    bench_config(&b->config);
    b->engine = malloc(ohm_engine_size());
    assert_non_null(b->engine);
    b->mono.v = 5 * H;
    b->utc_ms = BENCH_UTC;
    b->import_wh = 1000000;
    ohm_engine_init(b->engine, &b->config);
    *state = b;
    return 0;
}

static inline int bench_down(void **state)
{
    bench *b = *state;
    free(b->engine);
    free(b);
    return 0;
}

static inline void bench_pass(bench *b, int64_t ms)
{
    b->mono.v += ms;
    b->utc_ms += ms;
}

static inline void bench_step(bench *b, ohm_event event)
{
    event.mono = b->mono;
    event.utc_ms = b->utc_ms;
    ohm_engine_step(b->engine, &event, &b->actions);
}

static inline void bench_tick(bench *b, int64_t ms)
{
    bench_pass(b, ms);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_TICK });
}

/* Both outputs read back as fed for an hour, clock set. */
static inline void bench_start(bench *b)
{
    b->boot = (ohm_boot){ .boot_id = 1, .clock_set = true, .outputs_count = 2 };
    b->boot.outputs[0] = (ohm_boot_output){ true, true, H, 0 };
    b->boot.outputs[1] = (ohm_boot_output){ true, true, H, 0 };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
}

static inline void bench_frame(bench *b, int64_t more_wh)
{
    ohm_frame frame = { .device = 0, .count = 1, .time_ms = b->utc_ms };
    b->import_wh += more_wh;
    frame.values[0] = (ohm_value){ OHM_Q_ENERGY_IMPORT, OHM_QUALITY_GOOD, b->import_wh };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
}

/* Hours of these levels, one after the other from now on. */
static inline void bench_levels(bench *b, uint16_t count, const int32_t *levels)
{
    ohm_signal_set set;
    ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
    set.made_ms = b->utc_ms;
    set.fetched_ms = b->utc_ms;
    set.count = count;
    for (uint16_t i = 0; i < count; i++)
        set.intervals[i] =
            (ohm_signal_interval){ { b->utc_ms + i * (int64_t)H, b->utc_ms + (i + 1) * (int64_t)H },
                                   levels[i] };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &set });
}

static inline void bench_command(bench *b, ohm_command command)
{
    command.id = 77;
    strcpy(command.actor, "user:marie");
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_COMMAND, .command = &command });
}

/* Started, and everything fresh. */
static inline void bench_ready(bench *b)
{
    static const int32_t green[] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    bench_start(b);
    bench_frame(b, 0);
    bench_levels(b, 8, green);
    assert_false(ohm_engine_is_starting(b->engine));
}

static inline const ohm_load_state *bench_load(const bench *b, int i)
{
    return &ohm_engine_loads_of(b->engine)[i];
}

/* The n-th action of that notice in the last step, or NULL. */
static inline const ohm_action *bench_notice(const bench *b, ohm_notice notice)
{
    for (uint16_t i = 0; i < b->actions.count; i++)
        if (b->actions.items[i].notice == notice)
            return &b->actions.items[i];
    return NULL;
}

static inline int bench_count(const bench *b, ohm_notice notice)
{
    int count = 0;
    for (uint16_t i = 0; i < b->actions.count; i++)
        if (b->actions.items[i].notice == notice)
            count++;
    return count;
}

#endif
