#include "control/supply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "control/thermal.h"

enum { S = OHM_SECOND_MS, MOST_W = 100000 };

/* --- what is drawn ---------------------------------------------------------------------------- */

static void drawn_is_what_the_breaker_counts(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_value values[6];
        bool believed;
        int32_t va[OHM_SCOPES];
        uint8_t scopes;
    } rows[] = {
        { "a Linky's SINSTS", { { OHM_Q_APPARENT_POWER_IMPORT, 0, 64200 } }, true, { 6420 }, 1 },
        { "its phases",
          { { OHM_Q_APPARENT_POWER_IMPORT, 0, 90000 },
            { OHM_Q_APPARENT_POWER_IMPORT_L1, 0, 10000 },
            { OHM_Q_APPARENT_POWER_IMPORT_L2, 0, 30000 },
            { OHM_Q_APPARENT_POWER_IMPORT_L3, 0, 50000 } },
          true,
          { 9000, 1000, 3000, 5000 },
          0xf },
        { "P alone, at a factor of 0.95", { { OHM_Q_POWER_IMPORT, 0, 19000 } }, true, { 2000 }, 1 },
        { "P and Q",
          { { OHM_Q_POWER, 0, 30000 }, { OHM_Q_REACTIVE_POWER, 0, -40000 } },
          true,
          { 5000 },
          1 },
        { "what is fed back draws nothing",
          { { OHM_Q_POWER, 0, -30000 }, { OHM_Q_APPARENT_POWER, 0, 31000 } },
          true,
          { 0 },
          1 },
        { "import and export by themselves",
          { { OHM_Q_POWER_IMPORT, 0, 0 }, { OHM_Q_POWER_EXPORT, 0, 12000 } },
          true,
          { 0 },
          1 },
        { "current and voltage",
          { { OHM_Q_APPARENT_POWER_IMPORT, 0, 20000 },
            { OHM_Q_CURRENT_L1, 0, 10000 },
            { OHM_Q_VOLTAGE_L1, 0, 22000 } },
          true,
          { 2000, 2200 },
          3 },
        { "phases by P and Q, one of them feeding",
          { { OHM_Q_POWER_L1, 0, 30000 },
            { OHM_Q_REACTIVE_POWER_L1, 0, 40000 },
            { OHM_Q_POWER_L2, 0, -10000 },
            { OHM_Q_POWER_L3, 0, 19000 } },
          true,
          { 7000, 5000, 0, 2000 },
          0xf },
        { "phases by import and export, reactive too",
          { { OHM_Q_POWER_IMPORT_L1, 0, 30000 },
            { OHM_Q_POWER_EXPORT_L1, 0, 0 },
            { OHM_Q_REACTIVE_POWER_IMPORT_L1, 0, 0 },
            { OHM_Q_REACTIVE_POWER_EXPORT_L1, 0, 40000 },
            { OHM_Q_POWER_IMPORT, 0, 30000 } },
          true,
          { 3158, 5000 },
          3 },
        { "reactive in and out by themselves",
          { { OHM_Q_POWER_IMPORT, 0, 30000 },
            { OHM_Q_REACTIVE_POWER_IMPORT, 0, 45000 },
            { OHM_Q_REACTIVE_POWER_EXPORT, 0, 5000 } },
          true,
          { 5000 },
          1 },
        { "VA of a phase alone",
          { { OHM_Q_APPARENT_POWER, 0, 20000 }, { OHM_Q_APPARENT_POWER_L2, 0, 15000 } },
          true,
          { 2000, 0, 1500 },
          5 },
        { "a current that feeds back says nothing, nor does one beyond any house",
          { { OHM_Q_APPARENT_POWER, 0, 20000 },
            { OHM_Q_CURRENT_L1, 0, -10000 },
            { OHM_Q_CURRENT_L2, 0, 200000000 } },
          true,
          { 2000 },
          1 },
        { "the current of all, and its voltage",
          { { OHM_Q_CURRENT, 0, 10000 }, { OHM_Q_VOLTAGE, 0, 24000 } },
          true,
          { 2400 },
          1 },
        { "import and export beyond any number",
          { { OHM_Q_POWER_IMPORT, 0, INT64_MAX },
            { OHM_Q_POWER_EXPORT, 0, INT64_MAX },
            { OHM_Q_CURRENT, 0, 10000 } },
          true,
          { 2300 },
          1 },
        { "current, at 230 V",
          { { OHM_Q_CURRENT_L1, 0, 10000 },
            { OHM_Q_CURRENT_L2, 0, 1000 },
            { OHM_Q_CURRENT_L3, 0, 0 } },
          true,
          { 2530, 2300, 230, 0 },
          0xf },
        { "beyond what the site can draw",
          { { OHM_Q_APPARENT_POWER_IMPORT, 0, 6420000 } },
          false,
          { 0 },
          0 },
        { "beyond any number", { { OHM_Q_POWER, 0, INT64_MAX } }, false, { 0 }, 0 },
        { "below any number", { { OHM_Q_POWER, 0, INT64_MIN } }, false, { 0 }, 0 },
        { "apparent power below nothing",
          { { OHM_Q_APPARENT_POWER_IMPORT, 0, -10 } },
          false,
          { 0 },
          0 },
        { "a suspect value is none",
          { { OHM_Q_POWER_IMPORT, OHM_QUALITY_SUSPECT, 19000 } },
          false,
          { 0 },
          0 },
        { "registers say no power", { { OHM_Q_ENERGY_IMPORT, 0, 19000 } }, false, { 0 }, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_supply supply = { .import_w = -1 };
        ohm_frame frame = { .count = 0 };
        for (; frame.count < 6 && rows[i].values[frame.count].quantity; frame.count++)
            frame.values[frame.count] = rows[i].values[frame.count];
        bool got = ohm_supply_frame(&supply, &frame, (ohm_mono_ms){ S }, MOST_W);
        if (got != rows[i].believed || supply.scopes != rows[i].scopes)
            fail_msg("%s: believed %d, scopes %x", rows[i].why, got, supply.scopes);
        for (int s = 0; s < OHM_SCOPES; s++)
            if (supply.va[s] != rows[i].va[s])
                fail_msg("%s: %d VA on %d", rows[i].why, supply.va[s], s);
        assert_int_equal(ohm_supply_is_blind(&supply, 0, (ohm_mono_ms){ S }), !got);
    }
}

static void the_meter_says_what_is_subscribed(void **state)
{
    (void)state;
    ohm_supply supply = { .import_w = -1 };
    ohm_frame frame = { .count = 2,
                        .values = { { OHM_Q_SUBSCRIBED_POWER, 0, 9000 },
                                    { OHM_Q_BREAKING_POWER, 0, 6000 } } };
    assert_false(ohm_supply_frame(&supply, &frame, (ohm_mono_ms){ S }, MOST_W));
    assert_int_equal(supply.subscribed_va, 9000);
    frame.values[0].value = INT64_MAX;
    frame.values[1].value = -1;
    assert_false(ohm_supply_frame(&supply, &frame, (ohm_mono_ms){ S }, MOST_W));
    assert_int_equal(supply.subscribed_va, 9000);
    ohm_supply_start(&supply);
    assert_int_equal(supply.breaking_va, 6000);
}

/* A mapping in kVA ("6"), and what a version that took it left behind. */
static void a_rating_of_next_to_nothing_is_not_heard(void **state)
{
    (void)state;
    ohm_supply supply = { .import_w = -1 };
    ohm_frame frame = { .count = 2,
                        .values = { { OHM_Q_SUBSCRIBED_POWER, 0, 6 },
                                    { OHM_Q_BREAKING_POWER, 0, OHM_SUPPLY_RATED_VA_MIN - 1 } } };
    (void)ohm_supply_frame(&supply, &frame, (ohm_mono_ms){ S }, MOST_W);
    assert_int_equal(supply.subscribed_va, 0);
    assert_int_equal(supply.breaking_va, 0);
    frame.values[0].value = OHM_SUPPLY_RATED_VA_MIN;
    (void)ohm_supply_frame(&supply, &frame, (ohm_mono_ms){ S }, MOST_W);
    assert_int_equal(supply.subscribed_va, OHM_SUPPLY_RATED_VA_MIN);
    supply.breaking_va = 2;
    ohm_supply_start(&supply);
    assert_int_equal(supply.breaking_va, 0);
    assert_int_equal(supply.subscribed_va, OHM_SUPPLY_RATED_VA_MIN);
}

/* --- power against energy --------------------------------------------------------------------- */

/* A meter that says `said_w` and counts at `real_w`, in Wh, a frame a second. */
static bool believed_after(ohm_supply *supply, int64_t *mwh, int64_t said_w, int64_t real_w,
                           int seconds)
{
    bool believed = false;
    for (int i = 0; i < seconds; i++) {
        *mwh += real_w * 1000 / 3600;
        ohm_mono_ms now = { supply->heard_mono.v + S };
        ohm_frame frame = { .count = 2,
                            .values = { { OHM_Q_POWER_IMPORT, 0, said_w * 10 },
                                        { OHM_Q_ENERGY_IMPORT, 0, *mwh / 1000 } } };
        believed = ohm_supply_frame(supply, &frame, now, MOST_W);
    }
    return believed;
}

static void the_register_must_agree(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t said_w, real_w;
        bool believed;
    } rows[] = {
        { "it agrees", 3000, 3000, true },
        { "VA of motors may be more than W", 3000, 1500, true },
        { "a unit too small by a thousand", 3, 3000, false },
        { "a frame that repeats itself while the house sleeps", 3000, 0, false },
        { "a frame that repeats a low power", 200, 5000, false },
        { "nothing drawn, nothing counted", 0, 0, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_supply supply = { .import_w = -1 };
        int64_t mwh = 1000000;
        assert_true(believed_after(&supply, &mwh, 3000, 3000, 300));
        if (believed_after(&supply, &mwh, rows[i].said_w, rows[i].real_w, 300) != rows[i].believed)
            fail_msg("%s", rows[i].why);
        if (!believed_after(&supply, &mwh, 3000, 3000, 300))
            fail_msg("%s: and agrees again", rows[i].why);
    }
}

/* Its doubt cut all loads, so little is drawn: to be believed again must not take fifty Wh of that.
 * (Flat 1, day 100: nobody came back for twenty minutes.) */
static void what_was_doubted_is_asked_sooner(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t said_w, real_w;
        bool believed;
    } rows[] = {
        { "a house of 150 W, after a frame that repeated itself", 150, 150, true },
        { "it repeats itself still", 2500, 0, false },
        { "a unit too small by a thousand", 1, 1000, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_supply supply = { .import_w = -1 };
        int64_t mwh = 1000000;
        assert_true(believed_after(&supply, &mwh, 2500, 2500, 300));
        assert_false(believed_after(&supply, &mwh, 2500, 0, 150));
        mwh += 100000; /* what it counted meanwhile, in one step */
        if (believed_after(&supply, &mwh, rows[i].said_w, rows[i].real_w, 360) != rows[i].believed)
            fail_msg("%s", rows[i].why);
    }
}

static void a_register_of_whole_kwh_is_no_judge(void **state)
{
    (void)state;
    ohm_supply supply = { .import_w = -1 };
    for (int i = 1; i < 4000; i++) {
        int64_t kwh = (int64_t)i * 3000 / 3600 / 1000;
        ohm_frame frame = { .count = 2,
                            .values = { { OHM_Q_POWER_IMPORT, 0, 30000 },
                                        { OHM_Q_ENERGY_IMPORT, 0, kwh * 1000 } } };
        assert_true(ohm_supply_frame(&supply, &frame, (ohm_mono_ms){ i * (int64_t)S }, MOST_W));
    }
}

/* The power every five seconds, the register once a minute. */
static void a_register_said_seldom_is_compared_over_all_of_it(void **state)
{
    (void)state;
    for (int lies = 0; lies < 2; lies++) {
        ohm_supply supply = { .import_w = -1, .export_w = -1 };
        int believed = 0;
        for (int i = 1; i <= 600; i++) {
            int64_t wh = 1000 + 5 * i * 1200 / 3600;
            ohm_frame frame = { .count = i % 12 ? 1 : 2,
                                .values = { { OHM_Q_POWER_IMPORT, 0, lies ? 120 : 12000 },
                                            { OHM_Q_ENERGY_IMPORT, 0, wh } } };
            believed +=
                ohm_supply_frame(&supply, &frame, (ohm_mono_ms){ i * 5 * (int64_t)S }, MOST_W);
        }
        if (lies)
            assert_in_range(believed, 1, 60); /* kW for W: found in some minutes */
        else
            assert_int_equal(believed, 600);
    }
}

/* The meter of a house with panels, every two seconds: what it feeds by its power, and counts. */
static void a_meter_that_is_frozen_while_it_feeds_is_not_believed(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        bool counts;                 /* it has the register */
        int64_t times, frozen_s;     /* what it counts for each W; it freezes then, -1 = never */
        int64_t drawn_w[3], power_w; /* by phase, 0 0 0 = not said */
        bool believed;
    } rows[] = {
        { "it counts what it feeds", true, 1, -1, { 0 }, -2000, true },
        { "and freezes", true, 1, 600, { 0 }, -2000, false },
        { "its register stands since ever", true, 0, -1, { 0 }, -2000, true },
        { "it has none", false, 1, 600, { 0 }, -2000, true },
        { "it counts each phase by itself", true, 6, -1, { 0 }, -500, true },
        { "frozen with a phase that draws: nobody can tell",
          true,
          1,
          600,
          { -900, -900, 800 },
          -1000,
          true },
        { "frozen with three that feed", true, 1, 600, { -900, -900, -200 }, -2000, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_supply supply = { .import_w = -1, .export_w = -1 };
        bool believed = true;
        for (int64_t t = 0; t <= 1200; t += 2) {
            bool frozen = rows[i].frozen_s >= 0 && t > rows[i].frozen_s;
            int64_t until_s = frozen ? rows[i].frozen_s : t;
            int64_t wh = 1000 - rows[i].power_w * rows[i].times * until_s / 3600;
            ohm_frame frame = { .count = 1,
                                .values = { { OHM_Q_POWER, 0, 10 * rows[i].power_w } } };
            if (rows[i].counts)
                frame.values[frame.count++] = (ohm_value){ OHM_Q_ENERGY_EXPORT, 0, wh };
            for (uint16_t p = 0; p < 3 && rows[i].drawn_w[0] != 0; p++)
                frame.values[frame.count++] =
                    (ohm_value){ (uint16_t)(OHM_Q_POWER_L1 + p), 0, 10 * rows[i].drawn_w[p] };
            believed =
                ohm_supply_frame(&supply, &frame, (ohm_mono_ms){ (1 + t) * (int64_t)S }, MOST_W);
        }
        if (believed != rows[i].believed)
            fail_msg("%s", rows[i].why);
        if (believed)
            continue;
        for (int64_t t = 0; t < 120; t += 2) { /* and speaks again, in the evening */
            ohm_frame frame = { .count = 2,
                                .values = { { OHM_Q_POWER, 0, 30000 },
                                            { OHM_Q_ENERGY_IMPORT, 0, 500 + t * 3000 / 3600 } } };
            believed =
                ohm_supply_frame(&supply, &frame, (ohm_mono_ms){ (1203 + t) * (int64_t)S }, MOST_W);
        }
        assert_true(believed);
    }
}

static void silence_is_blindness(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t period_ms, silent_ms;
        bool blind;
    } rows[] = {
        { "a Linky: ten seconds", 2 * S, 10 * S, false },
        { "and no more", 2 * S, 10 * S + 1, true },
        { "a slow meter: three frames", 20 * S, 60 * S, false },
        { "and no more", 20 * S, 60 * S + 1, true },
        { "a very slow one: three minutes", 900 * S, 180 * S, false },
        { "and no more", 900 * S, 180 * S + 1, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_supply supply = { .import_w = -1 };
        ohm_frame frame = { .count = 1, .values = { { OHM_Q_POWER_IMPORT, 0, 30000 } } };
        ohm_mono_ms now = { S };
        assert_true(ohm_supply_frame(&supply, &frame, now, MOST_W));
        now = ohm_mono_after(now, rows[i].period_ms);
        assert_true(ohm_supply_frame(&supply, &frame, now, MOST_W));
        now = ohm_mono_after(now, rows[i].silent_ms);
        if (ohm_supply_is_blind(&supply, 0, now) != rows[i].blind)
            fail_msg("%s", rows[i].why);
    }
}

/* A meter that speaks every two seconds while something changes, and less and less while nothing
 * does, is slow, not lost; back at two seconds it is missed as soon as before. */
static void a_meter_that_slows_down_is_not_lost(void **state)
{
    (void)state;
    static const struct {
        int gap_s, times;
    } rows[] = { { 2, 30 }, { 4, 1 }, { 8, 1 }, { 16, 1 }, { 30, 30 }, { 2, 30 } };
    ohm_supply supply = { .import_w = -1 };
    ohm_frame frame = { .count = 1, .values = { { OHM_Q_POWER_IMPORT, 0, 30000 } } };
    ohm_mono_ms now = { S };
    assert_true(ohm_supply_frame(&supply, &frame, now, MOST_W));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int k = 0; k < rows[i].times; k++) {
            now = ohm_mono_after(now, rows[i].gap_s * (int64_t)S);
            if (ohm_supply_is_blind(&supply, 0, now))
                fail_msg("lost after %d s, the %dth time", rows[i].gap_s, k);
            assert_true(ohm_supply_frame(&supply, &frame, now, MOST_W));
        }
    assert_true(ohm_supply_is_blind(&supply, 0, ohm_mono_after(now, 10 * S + 1)));
}

/* --- how long it holds ------------------------------------------------------------------------ */

/* The table of grid.md: a Linky loaded at 0.8 of its power, then suddenly more. */
static void a_linky_trips_when_it_does(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t before, after, left_s;
    } rows[] = {
        { "1.2 for ever", 800, 1200, OHM_THERMAL_NEVER },
        { "1.29 for ever", 800, 1290, OHM_THERMAL_NEVER },
        { "1.35", 800, 1350, 273 },
        { "1.5", 800, 1500, 132 },
        { "twice", 800, 2000, 47 },
        { "three times", 800, 3000, 17 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t heat = ohm_thermal_step(OHM_THERMAL_LINKY, 0, rows[i].before, 86400);
        int32_t left_s = ohm_thermal_left_s(OHM_THERMAL_LINKY, heat, rows[i].after);
        if (left_s < rows[i].left_s - 2 || left_s > rows[i].left_s)
            fail_msg("%s: %d s", rows[i].why, left_s);
        if (left_s < 0)
            continue;
        heat = ohm_thermal_step(OHM_THERMAL_LINKY, heat, rows[i].after, left_s);
        assert_int_equal(ohm_thermal_left_s(OHM_THERMAL_LINKY, heat, rows[i].after), 0);
    }
}

static void steps_add_up(void **state)
{
    (void)state;
    int64_t at_once = ohm_thermal_step(OHM_THERMAL_FUSE, 0, 1600, 61), one_by_one = 0;
    for (int i = 0; i < 61; i++)
        one_by_one = ohm_thermal_step(OHM_THERMAL_FUSE, one_by_one, 1600, 1);
    int64_t difference = at_once - one_by_one;
    assert_true(difference < at_once / 1000 && -difference < at_once / 1000);
    assert_int_equal(ohm_thermal_ratio(0, 6000), 0);
    assert_int_equal(ohm_thermal_ratio(6001, 6000), 1001);
    assert_int_equal(ohm_thermal_ratio(INT64_C(1) << 40, 1), OHM_THERMAL_X_MAX);
    assert_int_equal(ohm_thermal_left_s(OHM_THERMAL_FUSE, 0, OHM_THERMAL_X_MAX), 0);
}

/* What the meter has not said for a day ends, if anything else says what holds. */
static void a_rating_ends_where_another_holds(void **state)
{
    (void)state;
    enum { NEW, OLD };
    static const struct {
        const char *why;
        int32_t subscribed_va;
        int subscribed_age;
        int32_t breaking_va;
        int breaking_age;
        int32_t contract_va, ended_va, left_subscribed, left_breaking;
    } rows[] = {
        { "nothing was said", 0, NEW, 0, NEW, 6000, 0, 0, 0 },
        { "both are new", 9000, NEW, 6000, NEW, 6000, 0, 9000, 6000 },
        { "old, and a contract", 9000, OLD, 0, NEW, 6000, 9000, 0, 0 },
        { "old, and nothing else", 9000, OLD, 0, NEW, 0, 0, 9000, 0 },
        { "old, and the breaker is said", 9000, OLD, 6000, NEW, 0, 9000, 0, 6000 },
        { "the breaker is old, and the other is said", 9000, NEW, 6000, OLD, 0, 6000, 9000, 0 },
        { "both old, and nothing else", 9000, OLD, 6000, OLD, 0, 0, 9000, 6000 },
        { "both old, and a contract", 9000, OLD, 6000, OLD, 12000, 6000, 0, 0 },
        { "the breaker is old, alone", 0, NEW, 6000, OLD, 0, 0, 0, 6000 },
    };
    const ohm_mono_ms now = { 5 * (int64_t)OHM_SUPPLY_RATED_MS };
    const ohm_mono_ms said[] = { now, { now.v - OHM_SUPPLY_RATED_MS } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_supply supply = { .subscribed_va = rows[i].subscribed_va,
                              .breaking_va = rows[i].breaking_va,
                              .subscribed_mono = said[rows[i].subscribed_age],
                              .breaking_mono = said[rows[i].breaking_age] };
        int32_t ended_va = ohm_supply_expire(&supply, rows[i].contract_va, now);
        if (ended_va != rows[i].ended_va || supply.subscribed_va != rows[i].left_subscribed ||
            supply.breaking_va != rows[i].left_breaking)
            fail_msg("%s: %d ended, %d and %d stay", rows[i].why, ended_va, supply.subscribed_va,
                     supply.breaking_va);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rating_ends_where_another_holds),
        cmocka_unit_test(drawn_is_what_the_breaker_counts),
        cmocka_unit_test(the_meter_says_what_is_subscribed),
        cmocka_unit_test(a_rating_of_next_to_nothing_is_not_heard),
        cmocka_unit_test(the_register_must_agree),
        cmocka_unit_test(what_was_doubted_is_asked_sooner),
        cmocka_unit_test(a_register_of_whole_kwh_is_no_judge),
        cmocka_unit_test(a_register_said_seldom_is_compared_over_all_of_it),
        cmocka_unit_test(a_meter_that_is_frozen_while_it_feeds_is_not_believed),
        cmocka_unit_test(silence_is_blindness),
        cmocka_unit_test(a_meter_that_slows_down_is_not_lost),
        cmocka_unit_test(a_linky_trips_when_it_does),
        cmocka_unit_test(steps_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
