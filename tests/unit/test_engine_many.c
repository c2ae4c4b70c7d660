/* Many loads at once, another configuration, and states that can't be. */
#include "../support/engine_bench.h"
#include "control/setting.h"
#include "engine/state.h"

#include <stdio.h>

/* A frame of a meter that draws so much, of 6 kVA. */
static void bench_power(bench *b, int64_t va)
{
    ohm_frame frame = { .device = 0, .count = 2, .time_ms = b->utc_ms };
    frame.values[0] = (ohm_value){ OHM_Q_APPARENT_POWER_IMPORT, OHM_QUALITY_GOOD, va * 10 };
    frame.values[1] = (ohm_value){ OHM_Q_SUBSCRIBED_POWER, OHM_QUALITY_GOOD, 6000 };
    bench_pass(b, S);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
}

/* A farm under an order of nothing: of each of its loads is told that its longest shed was broken,
 * and that its day is spent, though a step has room for some of that only. */
static void of_many_at_once_each_is_told(void **state)
{
    bench *b = *state;
    enum { MANY = 3 * OHM_NEWS_MAX };
    int broken[MANY] = { 0 }, spent[MANY] = { 0 };
    b->config.loads_count = MANY;
    for (uint16_t i = 0; i < MANY; i++) {
        b->config.loads[i] =
            (ohm_load){ .tier = 1, .nominal_w = 50, .failsafe_fed = true, .shed_day_ms = 90 * M };
        (void)snprintf(b->config.loads[i].id, sizeof b->config.loads[i].id, "load_%d", i);
    }
    b->config.has_ecowatt = false;
    b->config.limits_count = 1;
    b->config.limits[0] = (ohm_power_limit){ .id = "dso", .kind = OHM_LIMIT_GRID };
    ohm_engine_init(b->engine, &b->config);
    b->boot = (ohm_boot){ .boot_id = 1, .clock_set = true };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
    bench_power(b, 5000);
    bench_tick(b, M);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_LIMIT, .va = 0, .until_ms = b->utc_ms + 2 * H });
    for (int s = 0; s < 95 * 6; s++) {
        bench_pass(b, 9 * S);
        bench_power(b, s < 3 ? 5000 : 200);
        for (uint16_t i = 0; i < b->actions.count; i++) {
            const ohm_action *a = &b->actions.items[i];
            if (a->notice == OHM_NOTICE_SHED_MAX_BROKEN)
                broken[a->decision.load]++;
            if (a->notice == OHM_NOTICE_SHED_DAY_SPENT)
                spent[a->decision.load]++;
        }
    }
    for (int i = 0; i < MANY; i++)
        if (broken[i] != 1 || spent[i] != 1)
            fail_msg("load %d: %d broken, %d spent", i, broken[i], spent[i]);
}

/* --- another configuration ---------------------------------------------------------------------
 */

static uint8_t bytes[OHM_SNAPSHOT_MAX];

/* What the engine holds between two runs can be put away, and taken out again. */
static void is_restorable(const bench *b, const char *why)
{
    size_t len;
    assert_int_equal(ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_START, bytes, sizeof bytes, &len),
                     OHM_OK);
    ohm_err err = ohm_engine_restore(b->engine, ohm_span_of(bytes, len));
    if (ohm_failed(err))
        fail_msg("%s: %s at %u", why, err.what, err.at);
}

static void start(bench *b, uint64_t boot_id)
{
    b->boot = (ohm_boot){ .boot_id = boot_id, .clock_set = true };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
}

enum { LEAST_W = 1380, MOST_W = 3680 };

static ohm_load pilot_of(int32_t shed_order)
{
    return (ohm_load){ .id = "heater",
                       .tier = 1,
                       .nominal_w = 1500,
                       .kind = OHM_LOAD_PILOT,
                       .failsafe_fed = true,
                       .shed_setting = shed_order,
                       .orders = 1 << OHM_ORDER_CONFORT | 1 << OHM_ORDER_ECO |
                                 1 << OHM_ORDER_HORS_GEL | 1 << OHM_ORDER_ARRET };
}

static ohm_load car_of(int32_t least_w, int32_t most_w)
{
    return (ohm_load){ .id = "heater",
                       .tier = 1,
                       .nominal_w = most_w,
                       .kind = OHM_LOAD_MODULATED,
                       .failsafe_fed = true,
                       .min_w = least_w,
                       .safe_setting = least_w,
                       .step_w = 10 };
}

/* What was asked of a load in settings that it has no longer means nothing; the rest goes on. */
static void what_was_asked_in_other_settings(void **state)
{
    bench *b = *state;
    ohm_load plain = { .id = "heater", .tier = 1, .nominal_w = 1500, .failsafe_fed = true };
    ohm_load essential = pilot_of(OHM_ORDER_HORS_GEL);
    essential.never_shed = true;
    const struct {
        const char *why;
        ohm_load before, after;
        int32_t asked;
        bool goes_on;
        int32_t want;
    } rows[] = {
        { "the same", pilot_of(OHM_ORDER_HORS_GEL), pilot_of(OHM_ORDER_HORS_GEL), OHM_ORDER_ECO,
          true, OHM_ORDER_ECO },
        { "a plain contact", pilot_of(OHM_ORDER_HORS_GEL), plain, OHM_ORDER_ECO, false, 0 },
        { "shed by what fed it", pilot_of(OHM_ORDER_HORS_GEL), pilot_of(OHM_ORDER_ECO),
          OHM_ORDER_ECO, false, OHM_ORDER_CONFORT },
        { "never shed from now on", pilot_of(OHM_ORDER_HORS_GEL), essential, OHM_ORDER_ARRET, false,
          OHM_ORDER_CONFORT },
        { "a setpoint that is one still", car_of(LEAST_W, MOST_W), car_of(LEAST_W, 3000), 2000,
          true, 2000 },
        { "a smaller charger", car_of(LEAST_W, MOST_W), car_of(LEAST_W, 1900), 2000, false, 1900 },
        { "one with a greater least", car_of(LEAST_W, MOST_W), car_of(2100, MOST_W), 2000, false,
          MOST_W },
        { "no charger any more", car_of(LEAST_W, MOST_W), plain, 2000, false, 0 },
        { "a heater on a wire", car_of(LEAST_W, MOST_W), pilot_of(OHM_ORDER_ECO), 2000, false,
          OHM_ORDER_CONFORT },
    };
    b->config.has_ecowatt = false;
    b->config.start_wait_ms = 0;
    b->config.loads_count = 1;
    for (int k = 0; k < 2; k++) /* by hand, by a plan */
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            b->config.loads[0] = rows[i].before;
            ohm_engine_init(b->engine, &b->config);
            start(b, 1);
            bench_tick(b, M);
            bench_command(b, (ohm_command){ .kind = k ? OHM_COMMAND_PLAN : OHM_COMMAND_OVERRIDE,
                                            .exact = true,
                                            .setting = rows[i].asked,
                                            .until_ms = b->utc_ms + 3 * H,
                                            .plan = { .why = OHM_PLAN_WHY_LATER } });
            bench_tick(b, M);
            assert_int_equal(bench_load(b, 0)->setting, rows[i].asked);
            b->config.loads[0] = rows[i].after;
            ohm_engine_reconfigure(b->engine, &b->config);
            is_restorable(b, rows[i].why);
            const ohm_load_state *is = bench_load(b, 0);
            bool never = rows[i].after.never_shed && k;
            if ((k ? is->planned : is->overridden) != (rows[i].goes_on && !never))
                fail_msg("%s (%d): asked %d", rows[i].why, k, !rows[i].goes_on);
            start(b, 1);
            bench_tick(b, M);
            bench_tick(b, M);
            if (bench_load(b, 0)->setting != rows[i].want)
                fail_msg("%s (%d): %d", rows[i].why, k, bench_load(b, 0)->setting);
        }
}

/* A load at the end of its longest shed that has none in the file any more, or another one. */
static void a_longest_shed_that_is_another_one(void **state)
{
    static const int32_t orange[] = { 2, 2, 2, 2, 2, 2 };
    bench *b = *state;
    static const struct {
        const char *why;
        int64_t shed_max_ms;
        bool never_shed;
    } rows[] = {
        { "none any more", 0, false },
        { "twice as long", 2 * H, false },
        { "never shed from now on", 0, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_config(&b->config);
        b->config.loads[0].shed_max_ms = H;
        b->config.loads[0].rest_min_ms = H;
        b->config.loads[0].off_min_ms = 0;
        b->utc_ms = BENCH_UTC;
        ohm_engine_init(b->engine, &b->config);
        bench_ready(b);
        bench_levels(b, 6, orange);
        assert_false(bench_load(b, 0)->fed);
        /* Its board is lost before its end: it can't come back when it is to. */
        bench_step(b, (ohm_event){ .kind = OHM_EVENT_OUTPUT,
                                   .output = { .load = 0, .state = OHM_OUTPUT_FAILED } });
        for (int m = 0; m < 58; m++)
            bench_tick(b, M);
        bench_step(b, (ohm_event){ .kind = OHM_EVENT_OUTPUT,
                                   .output = { .load = 0, .state = OHM_OUTPUT_FAILED } });
        bench_tick(b, 2 * M - S);
        assert_true(bench_load(b, 0)->exhausted);
        is_restorable(b, "before");
        b->config.loads[0].shed_max_ms = rows[i].shed_max_ms;
        b->config.loads[0].rest_min_ms = rows[i].shed_max_ms ? H : 0;
        b->config.loads[0].never_shed = rows[i].never_shed;
        ohm_engine_reconfigure(b->engine, &b->config);
        is_restorable(b, rows[i].why);
        bench_start(b);
        bench_tick(b, M);
        is_restorable(b, rows[i].why);
    }
}

/* A zone, a limit and a load that somebody set for two hours: after a reboot without a clock they
 * hold for as long at the most, and to the hour that was said once it is known. */
static void with_a_zone(bench *b)
{
    b->config.limits_count = 1;
    b->config.limits[0] = (ohm_power_limit){ .id = "dso", .kind = OHM_LIMIT_GRID };
    b->config.zones_count = 1;
    b->config.zones[0] = (ohm_heat_zone){
        .id = "salon",
        .device = 3,
        .stale_ms = 10 * M,
        .hysteresis_cc = 30,
        .frost_cc = 700,
        .below_cc = 100,
        .above_cc = 100,
        .loads_count = 1,
        .times_count = 1,
        .times = { { 0, 0x7f, 2000 } },
    };
    assert_int_equal(ohm_engine_config_check(&b->config).code, OHM_OK);
    ohm_engine_init(b->engine, &b->config);
    bench_ready(b);
    const ohm_ms until_ms = b->utc_ms + 2 * H;
    bench_command(b,
                  (ohm_command){ .kind = OHM_COMMAND_ZONE, .set_cc = 1700, .until_ms = until_ms });
    assert_non_null(bench_notice(b, OHM_NOTICE_COMMAND_DONE));
    bench_command(b, (ohm_command){ .kind = OHM_COMMAND_LIMIT, .va = 5000, .until_ms = until_ms });
    assert_non_null(bench_notice(b, OHM_NOTICE_COMMAND_DONE));
}

static void blind_reboots_and_what_is_to_end(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        bool zone, limit; /* asked for before the reboot */
        int64_t took_ms, left_ms;
    } rows[] = {
        { "half an hour", true, true, 30 * M, 90 * M - 15 * S },
        { "no time at all", true, true, 0, 2 * H - 15 * S },
        { "a clock that is wrong makes nothing longer", true, true, -5 * H, 2 * H },
        { "longer than they hold", true, true, 3 * H, 0 },
        { "of what nobody asked for nothing is to end", false, false, 30 * M, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->utc_ms = BENCH_UTC;
        with_a_zone(b);
        const ohm_ms before_ms = b->utc_ms;
        if (!rows[i].zone)
            bench_command(b, (ohm_command){ .kind = OHM_COMMAND_ZONE_CLEAR });
        if (!rows[i].limit)
            bench_command(b, (ohm_command){ .kind = OHM_COMMAND_LIMIT_CLEAR });
        is_restorable(b, rows[i].why);
        b->boot = (ohm_boot){ .boot_id = 9 };
        b->mono.v = b->utc_ms = 15 * S;
        bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
        bench_tick(b, 15 * S);
        b->utc_ms = before_ms + rows[i].took_ms + 15 * S;
        bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, 0 } });
        const ohm_heat_state *zone = &ohm_engine_zones_of(b->engine)[0];
        const ohm_limit_state *limit = &ohm_engine_control_of(b->engine)->limits[0];
        bool holds = rows[i].left_ms > 0;
        if (zone->overridden != holds || limit->set != holds)
            fail_msg("%s: zone %d, limit %d", rows[i].why, zone->overridden, limit->set);
        int64_t left_ms = rows[i].left_ms == 2 * H ? 2 * H - 15 * S : rows[i].left_ms;
        if (holds && (ohm_mono_since(zone->override_end_mono, b->mono) != left_ms ||
                      ohm_mono_since(limit->end_mono, b->mono) != left_ms))
            fail_msg("%s: zone %lld, limit %lld", rows[i].why,
                     (long long)ohm_mono_since(zone->override_end_mono, b->mono),
                     (long long)ohm_mono_since(limit->end_mono, b->mono));
        b->mono.v = 5 * H;
    }
}

/* The clock of a run that knows how long things last is moved: they last as long. */
static void a_clock_that_jumps_ends_nothing(void **state)
{
    bench *b = *state;
    with_a_zone(b);
    bench_pass(b, M);
    b->utc_ms += H;
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { true, H } });
    const ohm_heat_state *zone = &ohm_engine_zones_of(b->engine)[0];
    const ohm_limit_state *limit = &ohm_engine_control_of(b->engine)->limits[0];
    assert_true(zone->overridden && zone->override_end_ms == b->utc_ms + 2 * H - M);
    assert_true(limit->set && limit->end_ms == b->utc_ms + 2 * H - M);
    bench_tick(b, 2 * H - M - S);
    assert_true(zone->overridden && limit->set);
    bench_tick(b, S);
    assert_false(zone->overridden || limit->set);
}

/* A zone goes on by its id, and without what another sensor said. */
static void a_zone_under_another_configuration(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        const char *id;
        uint16_t device;
        bool known, overridden;
    } rows[] = {
        { "the same", "salon", 3, true, true },
        { "another sensor", "salon", 4, false, true },
        { "another zone", "chambre", 3, false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b->utc_ms = BENCH_UTC;
        with_a_zone(b);
        const ohm_frame frame = { .device = 3,
                                  .count = 1,
                                  .values = { { .quantity = OHM_Q_TEMPERATURE, .value = 1850 } } };
        bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
        assert_true(ohm_engine_looks_at(&b->config, 3) && !ohm_engine_looks_at(&b->config, 5));
        assert_true(ohm_engine_zones_of(b->engine)[0].known);
        (void)snprintf(b->config.zones[0].id, sizeof b->config.zones[0].id, "%s", rows[i].id);
        b->config.zones[0].device = rows[i].device;
        ohm_engine_reconfigure(b->engine, &b->config);
        const ohm_heat_state *zone = &ohm_engine_zones_of(b->engine)[0];
        if (zone->known != rows[i].known || zone->overridden != rows[i].overridden)
            fail_msg("%s: known %d, by hand %d", rows[i].why, zone->known, zone->overridden);
        is_restorable(b, rows[i].why);
        strcpy(b->config.zones[0].id, "salon");
        b->config.zones[0].device = 3;
    }
}

/* A sensor that says nothing is told, whether it fell silent or never spoke since the start; once.
 */
static void a_sensor_that_is_silent(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        bool speaks, falls_silent;
        int lost, back;
    } rows[] = {
        { "it speaks", true, false, 0, 0 },
        { "it falls silent", true, true, 1, 0 },
        { "it never spoke", false, true, 1, 0 },
        { "it speaks at last", false, false, 1, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int lost = 0, back = 0;
        b->utc_ms = BENCH_UTC;
        with_a_zone(b);
        for (int m = 0; m < 60; m++) {
            const ohm_frame frame = { .device = 3,
                                      .count = 1,
                                      .values = {
                                          { .quantity = OHM_Q_TEMPERATURE, .value = 1850 } } };
            bench_pass(b, M);
            bool late = m >= 30;
            if (late ? !rows[i].falls_silent : rows[i].speaks)
                bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
            else
                bench_step(b, (ohm_event){ .kind = OHM_EVENT_TICK });
            lost += bench_count(b, OHM_NOTICE_ZONE_LOST);
            back += bench_count(b, OHM_NOTICE_ZONE_BACK);
        }
        if (lost != rows[i].lost || back != rows[i].back)
            fail_msg("%s: lost %d, back %d", rows[i].why, lost, back);
    }
}

/* What can't be asked of a zone or a limit. */
static void zones_and_limits_that_can_not_be(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        ohm_command asked;
        int64_t later_ms;
        bool taken;
    } rows[] = {
        { "17 degrees", { .kind = OHM_COMMAND_ZONE, .set_cc = 1700 }, H, true },
        { "the coldest", { .kind = OHM_COMMAND_ZONE, .set_cc = OHM_HEAT_SET_CC_MIN }, H, true },
        { "colder", { .kind = OHM_COMMAND_ZONE, .set_cc = OHM_HEAT_SET_CC_MIN - 1 }, H, false },
        { "the warmest", { .kind = OHM_COMMAND_ZONE, .set_cc = OHM_HEAT_SET_CC_MAX }, H, true },
        { "warmer", { .kind = OHM_COMMAND_ZONE, .set_cc = OHM_HEAT_SET_CC_MAX + 1 }, H, false },
        { "until now", { .kind = OHM_COMMAND_ZONE, .set_cc = 1700 }, 0, false },
        { "for a month", { .kind = OHM_COMMAND_ZONE, .set_cc = 1700 }, 31 * 24 * (int64_t)H, true },
        { "for more",
          { .kind = OHM_COMMAND_ZONE, .set_cc = 1700 },
          31 * 24 * (int64_t)H + 1,
          false },
        { "for ever", { .kind = OHM_COMMAND_ZONE, .set_cc = 1700 }, INT64_C(1) << 52, false },
        { "no such zone", { .kind = OHM_COMMAND_ZONE, .zone = 1, .set_cc = 1700 }, H, false },
        { "taken back", { .kind = OHM_COMMAND_ZONE_CLEAR }, 0, true },
        { "of no such zone", { .kind = OHM_COMMAND_ZONE_CLEAR, .zone = 1 }, 0, false },
        { "a limit taken back", { .kind = OHM_COMMAND_LIMIT_CLEAR }, 0, true },
        { "of no such limit", { .kind = OHM_COMMAND_LIMIT_CLEAR, .limit = 1 }, 0, false },
        { "an order of nobody", { .kind = OHM_COMMANDS_COUNT }, H, false },
        { "a plan of no such load", { .kind = OHM_COMMAND_PLAN_CLEAR, .load = 2 }, 0, false },
        { "a plan without a reason", { .kind = OHM_COMMAND_PLAN, .fed = true }, H, false },
    };
    with_a_zone(b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_command asked = rows[i].asked;
        asked.until_ms = b->utc_ms + rows[i].later_ms;
        bench_command(b, asked);
        if ((bench_notice(b, OHM_NOTICE_COMMAND_DONE) != NULL) != rows[i].taken)
            fail_msg("%s", rows[i].why);
    }
    for (uint16_t i = 0; i < sizeof rows / sizeof *rows; i++) { /* and nothing at the end */
        if (i == 0)
            bench_step(b, (ohm_event){ .kind = OHM_EVENT_STOP });
        bench_command(b, rows[i].asked);
        assert_non_null(bench_notice(b, OHM_NOTICE_COMMAND_REFUSED));
    }
}

/* --- states that can't be -----------------------------------------------------------------------
 */

typedef struct spoilt {
    const char *why;
    size_t at, size;
    int64_t value;
    ohm_code code;
} spoilt;

#define E(member) offsetof(struct ohm_engine, member), sizeof(((struct ohm_engine *)0)->member)
#define L(member) E(control.loads[0].member)

/* Bytes of an engine that no engine can be in: refused, whatever wrote them. */
static void states_that_can_not_be(void **state)
{
    bench *b = *state;
    static const spoilt rows[] = {
        { "as it is", E(stopping), 0, OHM_OK },
        { "learnt below nothing", L(learnt_va), -1, OHM_RANGE },
        { "learnt beyond a site", L(learnt_va), OHM_LIMIT_VA_MAX + 1, OHM_RANGE },
        { "sure of nothing", L(sure), 1, OHM_RANGE },
        { "a day of less than nothing", L(day_ms), -1, OHM_RANGE },
        { "a step down", L(steps_va[0]), -1, OHM_RANGE },
        { "a step beyond a site", L(steps_va[0]), OHM_LIMIT_VA_MAX + 1, OHM_RANGE },
        { "a phase below nothing", L(phase_va[2]), -1, OHM_RANGE },
        { "a phase beyond a site", L(phase_va[1]), 2 * OHM_LIMIT_VA_MAX + 1, OHM_RANGE },
        { "told what it can't be", L(setting), 3, OHM_RANGE },
        { "lowered to what it can't be", L(most_w), 3, OHM_RANGE },
        { "by the sun", L(sun_w), 3, OHM_RANGE },
        { "moved by more than it draws", L(moved_w), 2401, OHM_RANGE },
        { "moved by less", L(moved_w), -2401, OHM_RANGE },
        { "came back in vain for ever", L(restore_failures), 6, OHM_RANGE },
        { "drawn below nothing", E(control.supply.va[0]), -1, OHM_RANGE },
        { "drawn beyond belief", E(control.supply.va[3]), 2 * OHM_ENGINE_POWER_W_MAX + 1,
          OHM_RANGE },
        { "imported below nothing", E(control.supply.import_w), -2, OHM_RANGE },
        { "imported beyond belief", E(control.supply.import_w), 2 * OHM_ENGINE_POWER_W_MAX + 1,
          OHM_RANGE },
        { "subscribed below nothing", E(control.supply.subscribed_va), -1, OHM_RANGE },
        { "subscribed beyond a site", E(control.supply.subscribed_va), OHM_LIMIT_VA_MAX + 1,
          OHM_RANGE },
        { "breaking below nothing", E(control.supply.breaking_va), -1, OHM_RANGE },
        { "breaking beyond a site", E(control.supply.breaking_va), OHM_LIMIT_VA_MAX + 1,
          OHM_RANGE },
        { "a meter that speaks before it spoke", E(control.supply.period_ms), -1, OHM_RANGE },
        { "a meter of ages", E(control.supply.period_ms), OHM_SUPPLY_PERIOD_MS_MAX + 1, OHM_RANGE },
        { "a branch that draws less than nothing", E(control.branches[0].supply.va[0]), -1,
          OHM_RANGE },
        { "an order below nothing", E(control.limits[0].va), -1, OHM_RANGE },
        { "an order beyond a site", E(control.limits[0].va), OHM_LIMIT_VA_MAX + 1, OHM_RANGE },
        { "energy without a price below nothing", E(ledger.today.unpriced_wh), -1, OHM_RANGE },
        { "more without a price than there was", E(ledger.today.unpriced_wh), 1 << 20, OHM_RANGE },
        { "a quarter below nothing", E(ledger.quarter_wh[3]), -1, OHM_RANGE },
        { "a quarter beyond belief", E(ledger.quarter_wh[3]), OHM_LEDGER_DAY_WH_MAX + 1,
          OHM_RANGE },
        { "a cost beyond belief", E(ledger.cost_neur), OHM_LEDGER_NEUR_MAX + 1, OHM_RANGE },
        { "a gain beyond belief", E(ledger.cost_neur), -OHM_LEDGER_NEUR_MAX - 1, OHM_RANGE },
        { "a price that ends before it begins", E(ledger.spot.intervals[0].when.to_ms), 1,
          OHM_BAD_FORMAT },
        { "a room on fire", E(zones[0].air_cc), 9000, OHM_RANGE },
        { "the first number of all", E(next_seq), 0, OHM_RANGE },
        { "the last number of all", E(next_seq), -1, OHM_RANGE },
        { "runs, and never started", E(ran), 0, OHM_CONFLICT },
        { "a register that is sure for ever", E(ledger.import.confirmations), 6, OHM_RANGE },
        { "the other one", E(ledger.export.confirmations), 6, OHM_RANGE },
        { "hours that end before they begin", E(ecowatt.published.intervals[0].when.to_ms), 1,
          OHM_BAD_FORMAT },
    };
    b->config.branches_count = 1;
    b->config.branches[0] = 2;
    with_a_zone(b);
    struct ohm_engine *good = b->engine;
    good->zones[0].known = true;
    good->control.loads[0].steps_count = 1;
    good->control.loads[0].steps_va[0] = 1;
    good->ledger.spot.count = 1;
    good->ledger.spot.intervals[0].when = (ohm_interval){ 2, 3 };
    struct ohm_engine *bad = malloc(sizeof *bad);
    assert_non_null(bad);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len;
        memcpy(bad, good, sizeof *bad);
        memcpy((char *)bad + rows[i].at, &rows[i].value, rows[i].size); /* little-endian */
        assert_int_equal(
            ohm_engine_snapshot(bad, OHM_SNAPSHOT_CHECKPOINT, bytes, sizeof bytes, &len), OHM_OK);
        ohm_err err = ohm_engine_restore(bad, ohm_span_of(bytes, len));
        if (err.code != rows[i].code)
            fail_msg("%s: %s: %s", rows[i].why, ohm_code_name(err.code), err.what ? err.what : "");
    }
    free(bad);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(of_many_at_once_each_is_told),
        TEST(what_was_asked_in_other_settings),
        TEST(a_longest_shed_that_is_another_one),
        TEST(blind_reboots_and_what_is_to_end),
        TEST(a_clock_that_jumps_ends_nothing),
        TEST(a_zone_under_another_configuration),
        TEST(a_sensor_that_is_silent),
        TEST(zones_and_limits_that_can_not_be),
        TEST(states_that_can_not_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
