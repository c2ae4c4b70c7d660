/* Ecowatt's days in any order, in any zone: the same hours, none lost, none doubled. */
#include "grid/ecowatt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/tzdata.h"

static uint64_t seed = 0x2545f4914f6cdd1du;

static uint64_t draw(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static void assert_ordered(const ohm_signal_set *set)
{
    for (uint16_t i = 0; i < set->count; i++) {
        assert_true(set->intervals[i].when.from_ms < set->intervals[i].when.to_ms);
        if (i > 0)
            assert_true(set->intervals[i - 1].when.to_ms <= set->intervals[i].when.from_ms);
    }
}

static int64_t length_ms(const ohm_signal_set *set)
{
    int64_t sum_ms = 0;
    for (uint16_t i = 0; i < set->count; i++)
        sum_ms += set->intervals[i].when.to_ms - set->intervals[i].when.from_ms;
    return sum_ms;
}

static const char *const zones[] = { "Europe/Paris",     "Australia/Lord_Howe", "America/Havana",
                                     "America/St_Johns", "Pacific/Apia",        "UTC" };

/* Whole days: what is published covers them exactly, also where clocks change. */
static void hours_fill_their_days(void **state)
{
    (void)state;
    const int64_t stride = getenv("OHM_SANITIZED") ? 23 : 3; /* days */
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        ohm_tz tz;
        assert_int_equal(ohm_tzdata_load(zones[z], &tz).code, OHM_OK);
        for (int64_t n = 13000; n < 27000; n += stride) {
            ohm_ecowatt_day days[3];
            int64_t want_ms = 0;
            for (int d = 0; d < 3; d++) {
                ohm_date date = ohm_date_from_days(n + d);
                ohm_interval day = ohm_date_interval(&tz, date);
                want_ms += day.to_ms - day.from_ms;
                ohm_ecowatt_day_init(&days[d], date, 0);
                for (unsigned step = 0; step < OHM_ECOWATT_STEPS; step++)
                    ohm_ecowatt_day_add(&days[d], step, 1);
            }
            ohm_signal_set set;
            assert_int_equal(ohm_ecowatt_set(days, 3, &tz, 0, &set), OHM_OK);
            assert_ordered(&set);
            for (uint16_t i = 0; i < set.count; i++)
                assert_true(set.intervals[i].when.to_ms - set.intervals[i].when.from_ms <=
                            OHM_HOUR_MS);
            if (length_ms(&set) != want_ms)
                fail_msg("%s, day %lld: %lld ms, not %lld", zones[z], (long long)n,
                         (long long)length_ms(&set), (long long)want_ms);
        }
    }
}

typedef struct step {
    unsigned day, step;
    int32_t level;
} step;

static void shuffle(step *steps, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)draw(i);
        step other = steps[j];
        steps[j] = steps[i - 1];
        steps[i - 1] = other;
    }
}

static ohm_signal_set set_of(const step *steps, size_t count, const unsigned order[static 4],
                             const ohm_tz *tz, int64_t first_day)
{
    ohm_ecowatt_day days[4];
    for (unsigned d = 0; d < 4; d++) /* two of the four are the same date */
        ohm_ecowatt_day_init(&days[order[d]], ohm_date_from_days(first_day + (d < 3 ? d : 1)),
                             d == 3 ? (int64_t)(first_day % 3) - 1 : 0);
    for (size_t i = 0; i < count; i++)
        ohm_ecowatt_day_add(&days[order[steps[i].day]], steps[i].step, steps[i].level);
    ohm_signal_set set;
    assert_int_equal(ohm_ecowatt_set(days, 4, tz, 0, &set), OHM_OK);
    return set;
}

static void order_means_nothing(void **state)
{
    (void)state;
    static const unsigned orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 } };
    ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    const int rounds = getenv("OHM_SANITIZED") ? 200 : 2000;
    for (int round = 0; round < rounds; round++) {
        step steps[120];
        size_t count = (size_t)draw(sizeof steps / sizeof *steps);
        for (size_t i = 0; i < count; i++)
            steps[i] = (step){ (unsigned)draw(4), (unsigned)draw(24), (int32_t)draw(7) - 1 };
        int64_t first_day = 18000 + (int64_t)draw(4000);
        ohm_signal_set first = set_of(steps, count, orders[0], &tz, first_day);
        assert_ordered(&first);
        for (int i = 1; i < 3; i++) {
            shuffle(steps, count);
            ohm_signal_set other = set_of(steps, count, orders[i], &tz, first_day);
            assert_memory_equal(&first, &other, sizeof first);
        }
    }
}

/* Writing by hand keeps the set a set, says what was written, and nothing else changes. */
static void by_hand_changes_that_alone(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        ohm_signal_set set;
        ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
        for (int i = 0; i < 60; i++) {
            ohm_signal_set before = set;
            ohm_ms from_ms = (ohm_ms)draw(400);
            ohm_signal_interval item = { { from_ms, from_ms + (ohm_ms)draw(60) },
                                         (int32_t)draw(4) };
            ohm_code code = ohm_signal_put(&set, item);
            assert_int_equal(code, item.when.to_ms > from_ms ? OHM_OK : OHM_RANGE);
            assert_ordered(&set);
            for (ohm_ms t = 0; t < 460; t++) {
                bool inside = t >= item.when.from_ms && t < item.when.to_ms;
                int want = inside ? item.level : ohm_ecowatt_level_at(&before, t);
                assert_int_equal(ohm_ecowatt_level_at(&set, t), want);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_fill_their_days),
        cmocka_unit_test(order_means_nothing),
        cmocka_unit_test(by_hand_changes_that_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
