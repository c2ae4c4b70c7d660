/* One step of the engine with 200 loads and 20 limits: quiet ticks, frames of a meter, a tense
 * hour that comes and goes, with every load shed and brought back, and a power that passes the
 * breaker's again and again. And that no step allocates. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/engine.h"

enum {
    STEPS = 20000,
    ROUNDS = 20,
    MARK_NS = 20000,   /* issue 6: 200 loads within 20 microseconds */
    RATED_VA = 250000, /* 200 loads draw 400 kVA */
    QUIET_VA = 200000,
    PERIOD_S = 300, /* of it, at the end, */
    OVER_S = 60,    /* so long beyond the breaker's power */
};

static ohm_engine_config config;
static ohm_actions actions;

static double now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void configure(void)
{
    ohm_engine_config_defaults(&config);
    config.main_device = 0;
    config.has_ecowatt = true;
    config.has_contract = true;
    config.contract = (ohm_contract){
        .periods_count = 2,
        .periods = { { "hp" }, { "hc" } },
        .rest_period = 0,
        .spot_period = OHM_NO_PERIOD,
        .slots_count = 1,
        .slots = { { .from_minute = 22 * 60, .to_minute = 6 * 60, .period = 1 } },
        .rows_count = 1,
        .rows = { { .from = { 2026, 1, 1 }, .ueur_per_kwh = { 206500, 157900 } } },
    };
    config.contract.subscribed_va = RATED_VA;
    config.power_w_max = 1000000;
    config.limits_count = OHM_LIMITS_MAX;
    for (int i = 0; i < OHM_LIMITS_MAX; i++) {
        ohm_power_limit *limit = &config.limits[i];
        *limit = (ohm_power_limit){ .kind = (ohm_limit_kind)(i % OHM_LIMIT_KINDS_COUNT),
                                    .phase = (uint8_t)(i % 4),
                                    .va = 150000 + 10000 * i };
        (void)snprintf(limit->id, sizeof limit->id, "limit%d", i);
    }
    config.loads_count = OHM_LOADS_MAX;
    for (int i = 0; i < OHM_LOADS_MAX; i++) {
        ohm_load *load = &config.loads[i];
        *load = (ohm_load){ .tier = (uint8_t)(1 + i % 5),
                            .nominal_w = 2000,
                            .on_min_ms = 60000,
                            .off_min_ms = 60000,
                            .shed_max_ms = 3 * 3600000,
                            .rest_min_ms = 3600000,
                            .failsafe_fed = true };
        (void)snprintf(load->id, sizeof load->id, "load%d", i);
    }
}

/* Hours of level 1 and 2 in turn, over the days of the bench. */
static void ask_the_grid(ohm_engine *engine, ohm_event event)
{
    static ohm_signal_set set;
    set.count = 96;
    set.made_ms = set.fetched_ms = event.utc_ms;
    for (int i = 0; i < 96; i++) {
        ohm_ms from_ms = event.utc_ms + i * INT64_C(3600000);
        set.intervals[i] = (ohm_signal_interval){ { from_ms, from_ms + 3600000 }, 1 + i % 2 };
    }
    event.kind = OHM_EVENT_SIGNAL;
    event.signal = &set;
    ohm_engine_step(engine, &event, &actions);
}

static uint64_t switchings;

static uint64_t count_switchings(void)
{
    uint64_t count = 0;
    for (uint16_t i = 0; i < actions.count; i++)
        count += actions.items[i].decision.switches;
    return count;
}

static double best_ns(ohm_engine *engine, bool frames)
{
    double best = 1e18;
    const ohm_boot boot = { .boot_id = 1, .clock_set = true };
    for (int round = 0; round < ROUNDS; round++) {
        ohm_frame frame = { .count = 2 };
        frame.values[0] = (ohm_value){ OHM_Q_ENERGY_IMPORT, OHM_QUALITY_GOOD, 0 };
        frame.values[1] = (ohm_value){ OHM_Q_APPARENT_POWER_IMPORT, OHM_QUALITY_GOOD, 0 };
        int64_t drawn_ws = INT64_C(3600) * 1000000;
        ohm_event event = { .kind = OHM_EVENT_START, .utc_ms = 1795363200000, .boot = &boot };
        ohm_engine_init(engine, &config);
        ohm_engine_step(engine, &event, &actions);
        ask_the_grid(engine, event);
        double start_ns = now_ns();
        for (int i = 0; i < STEPS; i++) {
            event.mono.v += 1000;
            event.utc_ms += 1000;
            event.kind = frames ? OHM_EVENT_FRAME : OHM_EVENT_TICK;
            event.frame = &frame;
            frame.time_ms = event.utc_ms;
            int64_t va = i % PERIOD_S >= PERIOD_S - OVER_S ? RATED_VA + 20000 : QUIET_VA;
            drawn_ws += va;
            frame.values[0].value = drawn_ws / 3600;
            frame.values[1].value = 10 * va;
            ohm_engine_step(engine, &event, &actions);
            switchings += count_switchings();
        }
        double ns = (now_ns() - start_ns) / STEPS;
        best = ns < best ? ns : best;
    }
    return best;
}

int main(void)
{
    configure();
    ohm_engine *engine = malloc(ohm_engine_size());
    if (!engine || ohm_failed(ohm_engine_config_check(&config)))
        return 1;
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    double tick_ns = best_ns(engine, false), frame_ns = best_ns(engine, true);
    bool allocated = mallinfo2().uordblks + mallinfo2().hblkhd != before;
    printf("engine step, 200 loads, 20 limits, tick: %.0f ns (mark: <= %d) %s\n", tick_ns, MARK_NS,
           tick_ns <= MARK_NS ? "ok" : "MISSED");
    printf("engine step, 200 loads, 20 limits, frame: %.0f ns (mark: <= %d) %s\n", frame_ns,
           MARK_NS, frame_ns <= MARK_NS ? "ok" : "MISSED");
    printf("engine, switchings in %d steps: %.1f, allocations: %s (mark: none) %s\n", STEPS,
           (double)switchings / ROUNDS / 2, allocated ? "some" : "none",
           allocated ? "MISSED" : "ok");
    printf("engine, 200 loads: %zu bytes\n", ohm_engine_size());
    free(engine);
    return tick_ns > MARK_NS || frame_ns > MARK_NS || allocated;
}
