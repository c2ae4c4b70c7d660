/* Random days, from fixed seeds: hours of every level, people, silent meters, failing outputs,
 * jumping clocks, stops, crashes and reboots. Whatever comes, the invariants hold, the same
 * events give the same actions byte for byte, and a snapshot taken anywhere goes on the same. */
#include "../support/engine_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/codec.h"
#include "host/tzdata.h"

enum { S = OHM_SECOND_MS, M = OHM_MINUTE_MS, H = OHM_HOUR_MS, STEPS = 6000, WORLDS = 60 };

#define UTC0 INT64_C(1792861200000) /* 2026-10-24T17:00:00Z: the clocks change that night */

typedef struct world {
    uint64_t seed, random;
    ohm_engine_config config;
    ohm_engine *engine;
    ohm_actions actions;
    watch watch;
    ohm_mono_ms mono;
    ohm_ms utc_ms;
    uint64_t boot_id, command_id;
    int64_t import_wh;
    bool calm; /* ticks of a second, no failing outputs, no restarts: bounds are exact */
    ohm_event_box box;
    ohm_boot boot;
    ohm_frame frame;
    ohm_signal_set signal;
    ohm_command command;
} world;

/* xorshift64*: a seed, a history. */
static uint32_t next(world *w)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return (uint32_t)((w->random * UINT64_C(2685821657736338717)) >> 32);
}

static int64_t below(world *w, int64_t n)
{
    return (int64_t)(next(w) % (uint64_t)n);
}

static bool one_in(world *w, int64_t n)
{
    return below(w, n) == 0;
}

static ohm_load random_load(world *w, int i)
{
    static const int32_t thresholds[] = { 0, 0, 2, 3, OHM_LEVEL_NEVER };
    ohm_load load = {
        .tier = (uint8_t)(1 + below(w, 3)),
        .phase = (uint8_t)below(w, 4),
        .nominal_w = (int32_t)below(w, 6000),
        .ecowatt_threshold = thresholds[below(w, 5)],
        .on_min_ms = below(w, 3) * 3 * M,
        .off_min_ms = below(w, 3) * 4 * M,
        .failsafe_fed = !one_in(w, 4),
    };
    (void)snprintf(load.id, sizeof load.id, "load_%d", i);
    if (one_in(w, 2)) {
        load.shed_max_ms = 30 * M + below(w, 3) * H;
        load.rest_min_ms = 10 * M + below(w, 2) * H;
    }
    load.never_shed = load.failsafe_fed && one_in(w, 6);
    return load;
}

/* None, or some of each kind, with and without a value of their own. */
static void add_limits(world *w)
{
    ohm_engine_config *c = &w->config;
    if (one_in(w, 3))
        return;
    c->contract.subscribed_va = (int32_t)(3000 + below(w, 15000));
    c->base_va = (int32_t)below(w, 2000);
    c->restore_jitter_ms = below(w, 2) * 2 * S;
    c->limits_count = (uint16_t)below(w, 6);
    for (uint16_t i = 0; i < c->limits_count; i++) {
        ohm_power_limit *limit = &c->limits[i];
        limit->kind = (ohm_limit_kind)below(w, OHM_LIMIT_KINDS_COUNT);
        bool fuse = limit->kind == OHM_LIMIT_FUSE;
        limit->phase = (uint8_t)below(w, 4);
        limit->va = fuse || one_in(w, 2) ? (int32_t)(1000 + below(w, 9000)) : 0;
        limit->ecowatt_level = !fuse && one_in(w, 3) ? (int32_t)(2 + below(w, 2)) : 0;
        (void)snprintf(limit->id, sizeof limit->id, "limit_%d", i);
    }
}

static void configure(world *w)
{
    ohm_engine_config *c = &w->config;
    ohm_engine_config_defaults(c);
    assert_false(ohm_failed(ohm_tzdata_load("Europe/Paris", &c->tz)));
    c->main_device = 0;
    c->has_ecowatt = true;
    c->has_contract = true;
    c->contract = (ohm_contract){
        .periods_count = 2,
        .periods = { { "hp" }, { "hc" } },
        .rest_period = 0,
        .spot_period = OHM_NO_PERIOD,
        .slots_count = 1,
        .slots = { { .from_minute = 22 * 60, .to_minute = 6 * 60, .period = 1 } },
        .rows_count = 1,
        .rows = { { .from = { 2026, 1, 1 }, .ueur_per_kwh = { 206500, 157900 } } },
    };
    c->ecowatt_threshold = 2 + (int32_t)below(w, 2);
    c->loads_count = (uint16_t)(1 + below(w, 12));
    for (uint16_t i = 0; i < c->loads_count; i++)
        c->loads[i] = random_load(w, i);
    add_limits(w);
    ohm_err err = ohm_engine_config_check(c);
    if (ohm_failed(err))
        fail_msg("seed %llu: %s", (unsigned long long)w->seed, err.what);
}

/* --- events ------------------------------------------------------------------------------- */

static ohm_event at_now(const world *w, ohm_event_kind kind)
{
    return (ohm_event){ .kind = kind, .mono = w->mono, .utc_ms = w->utc_ms };
}

static ohm_event random_start(world *w)
{
    const ohm_load_state *loads = ohm_engine_loads_of(w->engine);
    w->boot = (ohm_boot){ .boot_id = w->boot_id, .clock_set = !one_in(w, 4) };
    if (!one_in(w, 4)) {
        w->boot.outputs_count = w->config.loads_count;
        for (uint16_t i = 0; i < w->boot.outputs_count; i++)
            w->boot.outputs[i] = (ohm_boot_output){
                .known = !one_in(w, 5),
                .fed = one_in(w, 3) ? one_in(w, 2) : loads[i].fed,
                .settled_ms = below(w, 2) * H,
            };
    }
    ohm_event event = at_now(w, OHM_EVENT_START);
    event.boot = &w->boot;
    return event;
}

/* VA, phases, what is subscribed. */
static void add_powers(world *w)
{
    static const ohm_quantity_id kinds[] = {
        OHM_Q_APPARENT_POWER_IMPORT,    OHM_Q_APPARENT_POWER_IMPORT_L1,
        OHM_Q_APPARENT_POWER_IMPORT_L2, OHM_Q_APPARENT_POWER_IMPORT_L3,
        OHM_Q_SUBSCRIBED_POWER,         OHM_Q_BREAKING_POWER
    };
    int64_t most = 5 + below(w, 200000);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (one_in(w, 3))
            continue;
        bool fixed = kinds[i] == OHM_Q_SUBSCRIBED_POWER || kinds[i] == OHM_Q_BREAKING_POWER;
        int64_t value = fixed ? 3000 * (1 + below(w, 4)) : below(w, most);
        w->frame.values[w->frame.count++] = (ohm_value){ (uint16_t)kinds[i], 0, value };
    }
}

static ohm_event random_frame(world *w)
{
    w->import_wh += below(w, 30);
    int64_t wh = w->import_wh;
    if (!w->calm && one_in(w, 40))
        wh = one_in(w, 2) ? wh * 1000 : below(w, 2000000);
    if (!w->calm && one_in(w, 2000))
        w->import_wh = 7; /* another meter */
    w->frame = (ohm_frame){ .device = one_in(w, 20), .count = 2, .time_ms = w->utc_ms - 2 * S };
    w->frame.values[0] = (ohm_value){ OHM_Q_ENERGY_IMPORT, (uint8_t)one_in(w, 50), wh };
    w->frame.values[1] = (ohm_value){ OHM_Q_POWER_IMPORT, 0, below(w, 90000) };
    if (one_in(w, 2))
        add_powers(w);
    ohm_event event = at_now(w, OHM_EVENT_FRAME);
    event.frame = &w->frame;
    return event;
}

static ohm_event random_signal(world *w)
{
    ohm_ms hour_ms = w->utc_ms - w->utc_ms % H;
    ohm_signal_init(&w->signal, OHM_SIGNAL_ECOWATT);
    w->signal.fetched_ms = w->utc_ms;
    w->signal.made_ms = w->utc_ms - below(w, 50) * H;
    ohm_ms from_ms = hour_ms - below(w, 5) * H;
    for (uint16_t i = 0; i < 1 + below(w, 20); i++) {
        ohm_ms to_ms = from_ms + 10 * M + below(w, 100) * M;
        int32_t level = one_in(w, 30) ? 7 : (int32_t)below(w, 4);
        w->signal.intervals[w->signal.count++] = (ohm_signal_interval){ { from_ms, to_ms }, level };
        from_ms = to_ms + (one_in(w, 5) ? 30 * M : 0);
    }
    ohm_event event = at_now(w, OHM_EVENT_SIGNAL);
    event.signal = &w->signal;
    return event;
}

static ohm_event random_command(world *w)
{
    w->command = (ohm_command){
        .id = ++w->command_id,
        .kind = (ohm_command_kind)below(w, OHM_COMMANDS_COUNT),
        .load = (uint16_t)below(w, w->config.loads_count + 1),
        .fed = one_in(w, 2),
        .until_ms = w->utc_ms + below(w, 2 * H) - M,
        .interval = { w->utc_ms - M, w->utc_ms + below(w, H) },
        .level = (int32_t)below(w, 5),
        .limit = (uint16_t)below(w, w->config.limits_count + 1),
        .va = (int32_t)below(w, 9000),
        .plan = { (ohm_plan_why)below(w, OHM_PLAN_WHYS_COUNT), 120000, 80000 },
        .actor = "user:marie",
    };
    ohm_event event = at_now(w, OHM_EVENT_COMMAND);
    event.command = &w->command;
    return event;
}

static ohm_event random_output(world *w)
{
    ohm_event event = at_now(w, OHM_EVENT_OUTPUT);
    event.output.load = (uint16_t)below(w, w->config.loads_count);
    event.output.fed = ohm_engine_loads_of(w->engine)[event.output.load].fed;
    event.output.state = OHM_OUTPUT_OK;
    if (!w->calm && one_in(w, 20)) {
        event.output.state = (ohm_output_state)below(w, OHM_OUTPUTS_COUNT);
        event.output.fed = one_in(w, 2);
    }
    return event;
}

static ohm_event random_clock(world *w)
{
    ohm_event event = at_now(w, OHM_EVENT_CLOCK);
    event.clock.set = !one_in(w, 3);
    if (one_in(w, 2)) {
        event.clock.jump_ms = one_in(w, 2) ? H : -H;
        w->utc_ms += event.clock.jump_ms;
        event.utc_ms = w->utc_ms;
    }
    return event;
}

/* A stop, a crash or a reboot, and the start after it. */
static ohm_event random_restart(world *w)
{
    if (one_in(w, 2)) {
        w->boot_id++;
        w->mono.v = below(w, M);
        w->utc_ms += below(w, H);
    }
    return random_start(w);
}

static ohm_event random_event(world *w)
{
    int64_t ms = w->calm || !one_in(w, 10) ? S : below(w, 20 * S);
    w->mono.v += ms;
    w->utc_ms += ms;
    switch (below(w, 60)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
        return random_frame(w);
    case 6:
        return one_in(w, 10) ? random_signal(w) : at_now(w, OHM_EVENT_TICK);
    case 7:
        return one_in(w, 5) ? random_command(w) : at_now(w, OHM_EVENT_TICK);
    case 8:
    case 9:
        return random_output(w);
    case 10:
        return one_in(w, 20) ? random_clock(w) : at_now(w, OHM_EVENT_TICK);
    case 11:
        if (!w->calm && one_in(w, 30))
            return at_now(w, OHM_EVENT_STOP);
        return at_now(w, OHM_EVENT_TICK);
    case 12:
        if (!w->calm && one_in(w, 20))
            return random_restart(w);
        return at_now(w, OHM_EVENT_TICK);
    default:
        return at_now(w, OHM_EVENT_TICK);
    }
}

/* --- worlds ------------------------------------------------------------------------------- */

static void begin(world *w, uint64_t seed, bool calm)
{
    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    w->calm = calm;
    w->boot_id = 1;
    w->mono.v = H;
    w->utc_ms = UTC0;
    w->import_wh = 1000000;
    configure(w);
    w->engine = malloc(ohm_engine_size());
    assert_non_null(w->engine);
    ohm_engine_init(w->engine, &w->config);
    watch_init(&w->watch, &w->config, seed);
    w->watch.step_ms_max = calm ? S : 20 * S;
}

static void end(world *w)
{
    free(w->engine);
}

/* FNV-1a of all actions' bytes. */
static uint64_t digest_of(uint64_t digest, const ohm_actions *actions)
{
    for (uint16_t i = 0; i < actions->count; i++) {
        uint8_t bytes[OHM_ACTION_BYTES_MAX];
        size_t len = 0;
        assert_int_equal(ohm_action_encode(&actions->items[i], bytes, sizeof bytes, &len), OHM_OK);
        for (size_t b = 0; b < len; b++)
            digest = (digest ^ bytes[b]) * UINT64_C(1099511628211);
    }
    return digest;
}

static void take(world *w, const ohm_event *event, uint64_t *digest)
{
    assert_int_equal(ohm_engine_accepts(w->engine, event), OHM_OK);
    ohm_engine_step(w->engine, event, &w->actions);
    watch_step(&w->watch, w->engine, event, &w->actions);
    *digest = digest_of(*digest, &w->actions);
}

static uint64_t limited_sheds; /* of all worlds */

static void invariants_hold_in(uint64_t seed, bool calm)
{
    static world w;
    begin(&w, seed, calm);
    uint64_t digest = 0;
    ohm_event event = random_start(&w);
    take(&w, &event, &digest);
    for (int i = 0; i < STEPS; i++) {
        event = random_event(&w);
        take(&w, &event, &digest);
    }
    uint64_t sheds = 0;
    for (uint16_t i = 0; i < w.config.loads_count; i++)
        sheds += w.watch.loads[i].sheds;
    limited_sheds += w.watch.limited_sheds;
    if (seed == 1)
        assert_true(sheds > 0); /* the worlds do put the loads to the test */
    end(&w);
}

static void invariants_hold(void **state)
{
    (void)state;
    const uint64_t worlds = getenv("OHM_SANITIZED") ? WORLDS / 4 : WORLDS;
    for (uint64_t seed = 1; seed <= worlds; seed++)
        invariants_hold_in(seed, seed % 2 == 0);
    assert_true(limited_sheds > WORLDS);
}

/* The same world twice; the second engine gets every event through its encoded form, is put
 * away and taken out again as a snapshot now and then, and says the same. */
static void replayed_it_is_the_same(void **state)
{
    (void)state;
    static world w;
    static uint8_t bytes[OHM_EVENT_BYTES_MAX], again[OHM_EVENT_BYTES_MAX];
    static uint8_t snapshot[OHM_SNAPSHOT_MAX], snapshot_again[OHM_SNAPSHOT_MAX];
    static ohm_event_box box;
    static ohm_actions actions;
    ohm_engine *other = malloc(ohm_engine_size());
    assert_non_null(other);
    const uint64_t end_seed = getenv("OHM_SANITIZED") ? 106 : 121;
    for (uint64_t seed = 101; seed < end_seed; seed++) {
        begin(&w, seed, false);
        ohm_engine_init(other, &w.config);
        uint64_t digest = 0, digest_again = 0;
        ohm_event event = random_start(&w);
        for (int i = 0; i < STEPS / 2; i++) {
            size_t len = 0, len_again = 0;
            assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
            assert_false(ohm_failed(ohm_event_decode(ohm_span_of(bytes, len), &box)));
            assert_int_equal(ohm_event_encode(&box.event, again, sizeof again, &len_again), OHM_OK);
            assert_int_equal(len, len_again);
            assert_memory_equal(bytes, again, len);

            take(&w, &event, &digest);
            ohm_engine_step(other, &box.event, &actions);
            digest_again = digest_of(digest_again, &actions);
            if (digest != digest_again)
                fail_msg("seed %llu: not the same after event %d", (unsigned long long)seed, i);

            if (one_in(&w, 50)) {
                ohm_snapshot_kind kind = OHM_SNAPSHOT_CHECKPOINT;
                assert_int_equal(
                    ohm_engine_snapshot(w.engine, kind, snapshot, sizeof snapshot, &len), OHM_OK);
                assert_int_equal(ohm_engine_snapshot(other, kind, snapshot_again,
                                                     sizeof snapshot_again, &len_again),
                                 OHM_OK);
                assert_int_equal(len, len_again);
                assert_memory_equal(snapshot, snapshot_again, len);
                memset(other, 0xa5, ohm_engine_size());
                ohm_err err = ohm_engine_restore(other, ohm_span_of(snapshot, len));
                if (ohm_failed(err))
                    fail_msg("seed %llu: %s", (unsigned long long)seed, err.what);
            }
            event = random_event(&w);
        }
        end(&w);
    }
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invariants_hold),
        cmocka_unit_test(replayed_it_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
