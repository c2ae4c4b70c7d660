#include "meter/register_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { NOON = 1000000, QUARTER_MS = 15 * 60000 };

static ohm_register_memory stood_at(int64_t value)
{
    return (ohm_register_memory){ .value = value, .time_ms = NOON };
}

static ohm_register_verdict take(ohm_register_memory *m, int64_t value, ohm_ms time_ms)
{
    const ohm_register_reading r = { .quantity = OHM_Q_ENERGY_IMPORT,
                                     .value = value,
                                     .time_ms = time_ms };
    return ohm_register_take(m, &r);
}

/* One reading behind another. */
static void verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t last, value;
        int64_t later_ms;
        bool other_meter, none;
        ohm_register_verdict want;
    } rows[] = {
        { "the first of all", 0, 12345678, 0, false, true, OHM_REGISTER_FIRST },
        { "it counts", 12345678, 12345679, 900, false, false, OHM_REGISTER_NEXT },
        { "nothing was drawn", 12345678, 12345678, 900, false, false, OHM_REGISTER_NEXT },
        { "after a gap of a year", 12345678, 22345678, 31536000000, false, false,
          OHM_REGISTER_NEXT },
        { "more than a house draws in a second", 12345678, 22345678, 900, false, false,
          OHM_REGISTER_DOUBTED },
        { "damage that a sum does not see", 1000, 900000000, QUARTER_MS, false, false,
          OHM_REGISTER_DOUBTED },
        { "a whole kWh, of a meter that counts those", 12345000, 12347000, 900, false, false,
          OHM_REGISTER_NEXT },
        { "ten of them, of one that counts tens", 12340000, 12350000, 900, false, false,
          OHM_REGISTER_NEXT },
        { "what a workshop draws in an outage of three days", 12345678, 19345678, 3 * 86400000LL,
          false, false, OHM_REGISTER_NEXT },
        { "a value of before", 12345678, 12345670, -900, false, false, OHM_REGISTER_OLD },
        { "late, and more than the newest", 12345678, 12345679, -900, false, false,
          OHM_REGISTER_ASTRAY },
        { "late, and so little that nothing can have led here", 12345678, 3, -100000, false, false,
          OHM_REGISTER_ASTRAY },
        { "as little, a year ago", 12345678, 3, -31536000000, false, false, OHM_REGISTER_OLD },
        { "late, before it rolled over", 300, 999999800, -60000, false, false, OHM_REGISTER_OLD },
        { "late, below zero", 12345678, -5, -900, false, false, OHM_REGISTER_ASTRAY },
        { "late, the smallest there is", INT64_MAX, INT64_MIN, -900, false, false,
          OHM_REGISTER_ASTRAY },
        { "in whole kWh from another list", 12345678, 12345000, 900, false, false,
          OHM_REGISTER_COARSER },
        { "a whole kWh more is less", 12345678, 12344000, 900, false, false, OHM_REGISTER_DOUBTED },
        { "a Wh less", 12345678, 12345677, 900, false, false, OHM_REGISTER_DOUBTED },
        { "a zero, as some meters say once a day", 12345678, 0, 900, false, false,
          OHM_REGISTER_DOUBTED },
        { "six digits of kWh", 999999800, 300, 60000, false, false, OHM_REGISTER_ROLLED },
        { "five digits of kWh, over a week end", 99990000, 40000, 200000000, false, false,
          OHM_REGISTER_ROLLED },
        { "to zero itself", 99999999, 0, 900, false, false, OHM_REGISTER_ROLLED },
        { "32 bits of Wh", 4294967000, 200, 900, false, false, OHM_REGISTER_ROLLED },
        { "31 bits of 10 Wh", 21474836000, 500, 900, false, false, OHM_REGISTER_ROLLED },
        { "another number of the meter", 52345678, 12, 900, true, false, OHM_REGISTER_REPLACED },
        { "another number of the meter, though it shows more", 12345678, 22345678, 900, true, false,
          OHM_REGISTER_REPLACED },
        { "below zero", 12345678, -5, 900, false, false, OHM_REGISTER_DOUBTED },
        { "close to its end, and back", 99990000, 99980001, 900, false, false,
          OHM_REGISTER_DOUBTED },
        { "the largest there is", INT64_MAX, 1, 900, false, false, OHM_REGISTER_DOUBTED },
        { "the smallest there is", INT64_MIN, INT64_MAX, 900, false, false, OHM_REGISTER_DOUBTED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_register_memory m = stood_at(rows[i].last);
        if (rows[i].none)
            m = (ohm_register_memory){ .time_ms = OHM_NO_MS };
        const ohm_register_memory before = m;
        const ohm_register_reading r = { .quantity = OHM_Q_ENERGY_IMPORT,
                                         .value = rows[i].value,
                                         .time_ms = NOON + rows[i].later_ms,
                                         .other_meter = rows[i].other_meter };
        ohm_register_verdict got = ohm_register_take(&m, &r);
        if (got != rows[i].want)
            fail_msg("%s: %d", rows[i].why, got);
        bool stays = ohm_register_held(got) || got == OHM_REGISTER_OLD;
        assert_int_equal(m.value, stays ? before.value : rows[i].value);
    }
}

/* What quantities and places differ in. */
static void paces(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_quantity_id quantity;
        int64_t last, value, power_w_max;
        ohm_register_verdict want;
    } rows[] = {
        { "40 kWh in a quarter, nobody says what flows", OHM_Q_ENERGY_IMPORT, 5000001, 5040003, 0,
          OHM_REGISTER_DOUBTED },
        { "the same where 250 kW may", OHM_Q_ENERGY_IMPORT, 5000001, 5040003, 250000,
          OHM_REGISTER_NEXT },
        { "and where 9 kW may", OHM_Q_ENERGY_IMPORT, 5000001, 5009003, 9000, OHM_REGISTER_DOUBTED },
        { "a boiler house", OHM_Q_HEAT_ENERGY, 5000001, 5200003, 9000, OHM_REGISTER_NEXT },
        { "heat counted in MWh", OHM_Q_HEAT_ENERGY, 5000000000, 5002000000, 0, OHM_REGISTER_NEXT },
        { "200 litres of water", OHM_Q_WATER_VOLUME, 123456, 123656, 0, OHM_REGISTER_NEXT },
        { "a lake", OHM_Q_WATER_VOLUME, 123456, 123456789, 0, OHM_REGISTER_DOUBTED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_register_memory m = stood_at(rows[i].last);
        const ohm_register_reading r = { .quantity = rows[i].quantity,
                                         .value = rows[i].value,
                                         .time_ms = NOON + QUARTER_MS,
                                         .power_w_max = rows[i].power_w_max };
        ohm_register_verdict got = ohm_register_take(&m, &r);
        if (got != rows[i].want)
            fail_msg("%s: %d", rows[i].why, got);
    }
}

/* A single wrong reading leaves no trace; a level that stays is believed, and named. */
static void doubts_end(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int64_t first, step;
        ohm_ms pace_ms;
        int held; /* readings, until one is believed */
        ohm_register_verdict want;
    } rows[] = {
        { "a new meter", 12, 1, 1000, 4, OHM_REGISTER_REPLACED },
        { "a new meter that stood on a shelf", 1234567, 1, 1000, 4, OHM_REGISTER_REPLACED },
        { "half of what it was", 26345679, 1, 1000, 4, OHM_REGISTER_CORRECTED },
        { "set to another number", 900000000, 1, 1000, 4, OHM_REGISTER_JUMPED },
        { "a new meter, read every half an hour", 12, 100, 1800000, 2, OHM_REGISTER_REPLACED },
        { "a meter that is read once a day", 12, 9000, 86400000, 2, OHM_REGISTER_REPLACED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_register_memory m = stood_at(52345678);
        ohm_ms at_ms = NOON;
        assert_int_equal(take(&m, 0, at_ms += 1000), OHM_REGISTER_DOUBTED);
        assert_int_equal(take(&m, 52345679, at_ms += 1000), OHM_REGISTER_NEXT);
        int64_t value = rows[i].first;
        for (int k = 0; k < rows[i].held; k++, value += rows[i].step) {
            ohm_register_verdict got = take(&m, value, at_ms += rows[i].pace_ms);
            if (got != (k == 0 ? OHM_REGISTER_DOUBTED : OHM_REGISTER_WAITING))
                fail_msg("%s: reading %d is %d", rows[i].why, k, got);
        }
        ohm_register_verdict got = take(&m, value, at_ms += rows[i].pace_ms);
        if (got != rows[i].want)
            fail_msg("%s: at last %d", rows[i].why, got);
        assert_int_equal(take(&m, value + 1, at_ms + 1000), OHM_REGISTER_NEXT);
    }
}

/* Readings that contest it by another number each time confirm nothing. */
static void noise_confirms_nothing(void **state)
{
    (void)state;
    static const int64_t noise[] = { 900000000, 7, 123456, 700000000, 3, 800000000, 5, 600000000 };
    ohm_register_memory m = stood_at(52345678);
    for (int round = 0; round < 5; round++)
        for (int i = 0; i < 8; i++)
            assert_true(ohm_register_held(take(&m, noise[i], NOON + 1000 * (round * 8 + i))));
    assert_int_equal(take(&m, 52345690, NOON + 60000), OHM_REGISTER_NEXT);
}

/* A works that draws more than anybody said is doubted once, and then known. */
static void a_pace_is_learnt(void **state)
{
    (void)state;
    ohm_register_memory m = stood_at(5000001);
    int held = 0, jumps = 0;
    for (int i = 1; i <= 40; i++) {
        ohm_register_verdict got = take(&m, 5000001 + i * 75003, NOON + i * QUARTER_MS);
        held += ohm_register_held(got);
        jumps += got == OHM_REGISTER_JUMPED;
    }
    assert_int_equal(jumps, 1);
    assert_in_range(held, 2, 4);
}

/* Wherever a register stands and wherever it goes, a step down is never called a step on. */
static void never_down_silently(void **state)
{
    (void)state;
    for (int64_t from = 1; from < INT64_MAX / 7; from *= 7)
        for (int64_t to = from - 1; to > 0; to /= 3) {
            ohm_register_memory m = stood_at(from);
            ohm_register_verdict got = take(&m, to, NOON + 1);
            assert_true(got == OHM_REGISTER_COARSER || got == OHM_REGISTER_ROLLED ||
                        got == OHM_REGISTER_DOUBTED);
            if (got == OHM_REGISTER_COARSER)
                assert_true(from - to < 1000 && to % 1000 == 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),         cmocka_unit_test(paces),
        cmocka_unit_test(doubts_end),       cmocka_unit_test(noise_confirms_nothing),
        cmocka_unit_test(a_pace_is_learnt), cmocka_unit_test(never_down_silently),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
