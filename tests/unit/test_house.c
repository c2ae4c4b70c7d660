#include "sim/house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const bool all_fed[OHM_HOUSE_LOADS] = { true, true, true, true };
static const bool none_fed[OHM_HOUSE_LOADS] = { false, false, false, false };

/* 2026-11-20T00:00:00Z, a Friday. */
static const ohm_ms friday_ms = 1795132800000;

static int64_t house_w(const ohm_house *h)
{
    return (int64_t)(h->phase_w[0] + h->phase_w[1] + h->phase_w[2]);
}

static void registers_are_the_sum_of_power(void **state)
{
    (void)state;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_house h;
    ohm_house_init(&h, 7, friday_ms);
    ohm_house start = h;
    int64_t import_mj = 0, export_mj = 0;
    /* One second at a time: the power shown after a step held through it. */
    for (int s = 0; s < 2 * 86400; s++) {
        ohm_house_step(&h, &utc, h.time_ms + 1000, s % 7200 < 600 ? none_fed : all_fed);
        int64_t power_w = house_w(&h);
        import_mj += power_w > 0 ? power_w * 1000 : 0;
        export_mj += power_w < 0 ? -power_w * 1000 : 0;
    }
    assert_int_equal(h.import_mj - start.import_mj, import_mj);
    assert_int_equal(h.export_mj - start.export_mj, export_mj);
    assert_int_equal(h.import_mj, h.import_t1_mj + h.import_t2_mj);
    assert_true(import_mj > 0);
    assert_true(export_mj > 0); /* a November noon and 3 kWp */
}

static void same_history_by_any_steps(void **state)
{
    (void)state;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    static const int64_t steps_ms[] = { 1, 999, 5000, 7001, 3600000, 86400000 };
    ohm_house want;
    ohm_house_init(&want, 42, friday_ms);
    ohm_house_step(&want, &utc, friday_ms + 86400000 + 12345, all_fed);
    for (size_t i = 1; i < sizeof steps_ms / sizeof *steps_ms; i++) {
        ohm_house got;
        ohm_house_init(&got, 42, friday_ms);
        while (got.time_ms < want.time_ms) {
            ohm_ms to_ms = got.time_ms + steps_ms[i];
            ohm_house_step(&got, &utc, to_ms < want.time_ms ? to_ms : want.time_ms, all_fed);
        }
        assert_int_equal(got.import_mj, want.import_mj);
        assert_int_equal(got.export_mj, want.export_mj);
        assert_memory_equal(got.reactive_mj, want.reactive_mj, sizeof want.reactive_mj);
        assert_memory_equal(got.phase_w, want.phase_w, sizeof want.phase_w);
        assert_true(got.tank_c == want.tank_c && got.indoor_c == want.indoor_c);
    }
    ohm_house other;
    ohm_house_init(&other, 43, friday_ms);
    ohm_house_step(&other, &utc, want.time_ms, all_fed);
    assert_true(other.import_mj - want.import_mj != 300 * 3600000LL);
    assert_memory_not_equal(other.phase_w, want.phase_w, sizeof want.phase_w);
}

static void shedding_takes_exactly_the_load_away(void **state)
{
    (void)state;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_house h;
    ohm_house_init(&h, 7, friday_ms);
    ohm_house_step(&h, &utc, friday_ms + 10 * (int64_t)OHM_HOUR_MS, all_fed);
    ohm_house_draw_water(&h, 120);
    ohm_house_step(&h, &utc, h.time_ms + 10001, all_fed);
    assert_true(h.load_w[OHM_HOUSE_WATER_HEATER] == 2400);
    double phase_w = h.phase_w[0];
    static const bool shed[OHM_HOUSE_LOADS] = { false, true, true, true };
    ohm_house_step(&h, &utc, h.time_ms + 1, shed);
    assert_true(h.load_w[OHM_HOUSE_WATER_HEATER] == 0);
    assert_true(h.phase_w[0] == phase_w - 2400);
    ohm_house_step(&h, &utc, h.time_ms + 1, all_fed);
    assert_true(h.phase_w[0] == phase_w);
}

typedef struct year {
    double low_c, high_c, tank_low_c, tank_high_c, house_w_max, solar_w_max;
    int64_t samples, on[OHM_HOUSE_LOADS];
} year;

static void note(void *ctx, const ohm_house *h)
{
    year *y = ctx;
    y->samples++;
    if (h->indoor_c < y->low_c)
        y->low_c = h->indoor_c;
    if (h->indoor_c > y->high_c)
        y->high_c = h->indoor_c;
    if (h->tank_c < y->tank_low_c)
        y->tank_low_c = h->tank_c;
    if (h->tank_c > y->tank_high_c)
        y->tank_high_c = h->tank_c;
    if (h->solar_w > y->solar_w_max)
        y->solar_w_max = h->solar_w;
    if ((double)house_w(h) > y->house_w_max)
        y->house_w_max = (double)house_w(h);
    for (int i = 0; i < OHM_HOUSE_LOADS; i++)
        y->on[i] += h->load_w[i] > 0;
    for (int p = 0; p < OHM_HOUSE_PHASES; p++) {
        assert_true(h->phase_v[p] > 215 && h->phase_v[p] < 245);
        assert_true(h->phase_w[p] < 25 * 245);
    }
}

static void a_year_is_plausible(void **state)
{
    (void)state;
    if (getenv("OHM_SANITIZED"))
        skip(); /* half a minute there; days of the same steps are above */
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_house h;
    ohm_house_init(&h, 1, friday_ms);
    ohm_house before = h;
    year y = { .low_c = 99, .high_c = -99, .tank_low_c = 99, .tank_high_c = -99 };
    ohm_house_live(&h, &utc, friday_ms + 365 * (int64_t)86400000, 60000, note, &y);

    assert_int_equal(y.samples, 365 * 1440);
    int64_t import_kwh = (h.import_mj - before.import_mj) / 3600000000;
    int64_t export_kwh = (h.export_mj - before.export_mj) / 3600000000;
    print_message("import %lld kWh, export %lld kWh, rooms %.1f..%.1f C, tank %.1f..%.1f C, "
                  "peak %.0f W, sun %.0f W\n",
                  (long long)import_kwh, (long long)export_kwh, y.low_c, y.high_c, y.tank_low_c,
                  y.tank_high_c, y.house_w_max, y.solar_w_max);
    assert_in_range(import_kwh, 6000, 16000);
    assert_in_range(export_kwh, 500, 3000);
    assert_true(y.low_c > 15 && y.high_c <= 27);
    assert_true(y.tank_low_c > 30 && y.tank_high_c < 61);
    assert_true(y.solar_w_max > 2000 && y.solar_w_max <= 3000);
    for (int i = 0; i < OHM_HOUSE_LOADS; i++) {
        assert_true(y.on[i] > y.samples / 200);
        assert_true(y.on[i] < y.samples / 2);
    }
}

static int32_t level_at(const ohm_signal_set *set, ohm_ms at_ms)
{
    for (int i = 0; i < set->count; i++)
        if (at_ms >= set->intervals[i].when.from_ms && at_ms < set->intervals[i].when.to_ms)
            return set->intervals[i].level;
    return -1;
}

static void ecowatt_turns_orange_soon_after_the_start(void **state)
{
    (void)state;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_ms start_ms = friday_ms + 13 * (int64_t)OHM_HOUR_MS + 17 * OHM_MINUTE_MS;
    ohm_signal_set set;
    ohm_house_ecowatt(7, &utc, start_ms + 42123, start_ms + 42123, &set);
    static const struct {
        const char *why;
        int minutes;
        int32_t level;
    } rows[] = {
        { "normal when a visitor arrives", 0, 1 },
        { "still", 1, 1 },
        { "orange after two minutes", 2, 2 },
        { "for ten minutes", 11, 2 },
        { "then normal again", 12, 1 },
        { "red after twenty", 20, 3 },
        { "across the hour", 29, 3 },
        { "normal", 30, 1 },
        { "orange after two hours", 120, 2 },
        { "normal", 135, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (level_at(&set, start_ms + rows[i].minutes * (int64_t)OHM_MINUTE_MS) != rows[i].level)
            fail_msg("%s", rows[i].why);
}

static void ecowatt_is_always_four_whole_days(void **state)
{
    (void)state;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    int levels[4] = { 0 };
    for (int quarter = 0; quarter < 10 * 96; quarter++) {
        ohm_ms now_ms = friday_ms + 1234567 + quarter * 15 * (int64_t)OHM_MINUTE_MS;
        ohm_signal_set set;
        ohm_house_ecowatt(7, &utc, friday_ms + 1234567, now_ms, &set);
        ohm_interval today = ohm_civil_day(&utc, now_ms);
        assert_int_equal(set.intervals[0].when.from_ms, today.from_ms);
        assert_int_equal(set.intervals[set.count - 1].when.to_ms,
                         today.from_ms + 4 * 24 * (int64_t)OHM_HOUR_MS);
        for (int i = 0; i < set.count; i++) {
            const ohm_signal_interval *s = &set.intervals[i];
            assert_true(s->when.from_ms < s->when.to_ms);
            assert_int_equal(s->when.from_ms / OHM_HOUR_MS, (s->when.to_ms - 1) / OHM_HOUR_MS);
            if (i)
                assert_int_equal(s->when.from_ms, set.intervals[i - 1].when.to_ms);
            assert_in_range(s->level, 1, 3);
            levels[s->level]++;
        }
    }
    assert_true(levels[2] > 0 && levels[3] > 0 && levels[1] > 10 * (levels[2] + levels[3]) / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_are_the_sum_of_power),
        cmocka_unit_test(same_history_by_any_steps),
        cmocka_unit_test(shedding_takes_exactly_the_load_away),
        cmocka_unit_test(a_year_is_plausible),
        cmocka_unit_test(ecowatt_turns_orange_soon_after_the_start),
        cmocka_unit_test(ecowatt_is_always_four_whole_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
