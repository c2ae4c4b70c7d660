#include "meter/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { METER = 3, TIC = 5, CLOUD = 7, MERGED = 40, STALE_MS = 30000 };

typedef struct bench {
    ohm_merge merge;
    int64_t now_ms;
    ohm_frame out;
    size_t news_count;
    ohm_merge_news news[OHM_MERGE_NEWS_MAX];
} bench;

static bench *begin(void)
{
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    const ohm_merge_config config = {
        .device = MERGED,
        .sources_count = 3,
        .sources = { { METER, STALE_MS }, { TIC, STALE_MS }, { CLOUD, 10 * STALE_MS } },
        .rules_count = 1,
        .rules = { { OHM_Q_ENERGY_EXPORT, 2, { 1, 0 } } },
        .tolerance_permille = 50,
    };
    ohm_merge_init(&b->merge, &config);
    b->now_ms = 1000;
    return b;
}

/* One value of a device; returns how many came out. */
static int say(bench *b, uint16_t device, ohm_quantity_id quantity, int64_t value)
{
    const ohm_frame frame = {
        .device = device,
        .time_ms = b->now_ms,
        .count = 1,
        .values = { { .quantity = (uint16_t)quantity, .value = value } },
    };
    b->news_count = ohm_merge_take(&b->merge, &frame, (ohm_mono_ms){ b->now_ms }, &b->out, b->news);
    return b->out.count;
}

static void the_first_fresh_one_is_used(void **state)
{
    (void)state;
    bench *b = begin();
    assert_int_equal(say(b, CLOUD, OHM_Q_POWER_IMPORT, 5000), 1); /* nobody better is there */
    assert_int_equal(b->out.device, MERGED);
    assert_int_equal(b->out.values[0].value, 5000);
    assert_int_equal(say(b, TIC, OHM_Q_POWER_IMPORT, 5010), 1);
    assert_int_equal(say(b, CLOUD, OHM_Q_POWER_IMPORT, 5020), 0);
    assert_int_equal(say(b, METER, OHM_Q_POWER_IMPORT, 5030), 1);
    assert_int_equal(say(b, TIC, OHM_Q_POWER_IMPORT, 5040), 0);
    b->now_ms += STALE_MS; /* the meter is silent */
    assert_int_equal(say(b, TIC, OHM_Q_POWER_IMPORT, 5050), 1);
    assert_int_equal(say(b, METER, OHM_Q_POWER_IMPORT, 5060), 1); /* and back */
    assert_int_equal(say(b, TIC, OHM_Q_POWER_IMPORT, 5070), 0);
    assert_int_equal(say(b, 99, OHM_Q_POWER_IMPORT, 5080), 0); /* none of its sources */
    assert_int_equal(say(b, TIC, OHM_Q_VOLTAGE_L1, 23010), 1); /* the meter never says it */
    free(b);
}

static void a_quantity_with_its_own_order(void **state)
{
    (void)state;
    bench *b = begin();
    assert_int_equal(say(b, METER, OHM_Q_ENERGY_EXPORT, 100), 1);
    assert_int_equal(say(b, TIC, OHM_Q_ENERGY_EXPORT, 101), 1);
    assert_int_equal(say(b, METER, OHM_Q_ENERGY_EXPORT, 102), 0);
    assert_int_equal(say(b, CLOUD, OHM_Q_ENERGY_EXPORT, 103), 0); /* left out of the order */
    b->now_ms += STALE_MS;
    assert_int_equal(say(b, CLOUD, OHM_Q_ENERGY_EXPORT, 104), 0); /* a gap stays a gap */
    free(b);
}

static void suspect_values_are_nobodys(void **state)
{
    (void)state;
    bench *b = begin();
    const ohm_frame frame = {
        .device = METER,
        .time_ms = 1000,
        .count = 1,
        .values = { { OHM_Q_POWER_IMPORT, OHM_QUALITY_SUSPECT, 5 } },
    };
    assert_int_equal(ohm_merge_take(&b->merge, &frame, (ohm_mono_ms){ 1000 }, &b->out, b->news), 0);
    assert_int_equal(b->out.count, 0);
    assert_int_equal(say(b, TIC, OHM_Q_POWER_IMPORT, 7), 1);
    free(b);
}

static void who_disagreed_and_is_used_then_agrees(void **state)
{
    (void)state;
    bench *b = begin();
    for (int i = 0; i < 6; i++) {
        b->now_ms += 1000;
        (void)say(b, METER, OHM_Q_POWER_IMPORT, 5000);
        (void)say(b, TIC, OHM_Q_POWER_IMPORT, 25000);
    }
    uint16_t apart[2];
    assert_int_equal(ohm_merge_disagreements(&b->merge, apart, 2), 1);
    b->now_ms += STALE_MS; /* the meter is silent: the other one is used, and that is told */
    assert_int_equal(say(b, TIC, OHM_Q_POWER_IMPORT, 25000), 1);
    assert_int_equal(b->news_count, 1);
    assert_int_equal(b->news[0].device, TIC);
    assert_int_equal(b->news[0].quantity, OHM_Q_POWER_IMPORT);
    assert_false(b->news[0].disagree);
    assert_int_equal(ohm_merge_disagreements(&b->merge, apart, 2), 0);
    assert_int_equal(say(b, TIC, OHM_Q_POWER_IMPORT, 25000), 1);
    assert_int_equal(b->news_count, 0); /* once */
    free(b);
}

static void disagreements(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_quantity_id quantity;
        int64_t used, other;
        int64_t apart_ms;
        int rounds;
        bool want;
    } rows[] = {
        { "a load switched between two looks", OHM_Q_POWER_IMPORT, 5000, 25000, 0, 3, false },
        { "five times in a row", OHM_Q_POWER_IMPORT, 5000, 25000, 0, 6, true },
        { "below the other way", OHM_Q_POWER_IMPORT, 25000, 5000, 0, 6, true },
        { "opposite signs", OHM_Q_POWER, 20000, -20000, 0, 6, true },
        { "within five percent", OHM_Q_POWER_IMPORT, 100000, 104000, 0, 20, false },
        { "small numbers", OHM_Q_POWER_IMPORT, 10, 490, 0, 20, false },
        { "read too far apart in time", OHM_Q_POWER_IMPORT, 5000, 25000, 20000, 20, false },
        { "volts", OHM_Q_VOLTAGE_L1, 23000, 25000, 0, 6, true },
        { "registers within two kWh", OHM_Q_ENERGY_IMPORT, 5000000, 5001999, 0, 20, false },
        { "registers of two meters", OHM_Q_ENERGY_IMPORT, 5000000, 4000000, 20000, 3, true },
        { "the largest registers", OHM_Q_ENERGY_IMPORT, INT64_MAX, INT64_MIN, 0, 3, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench *b = begin();
        size_t told = 0;
        for (int round = 0; round < rows[i].rounds; round++) {
            (void)say(b, METER, rows[i].quantity, rows[i].used);
            told += b->news_count;
            b->now_ms += rows[i].apart_ms;
            (void)say(b, TIC, rows[i].quantity, rows[i].other);
            told += b->news_count;
            b->now_ms += 1000;
        }
        uint16_t which[4];
        size_t count = ohm_merge_disagreements(&b->merge, which, 4);
        if (count != rows[i].want || told != rows[i].want)
            fail_msg("%s: %zu, told %zu", rows[i].why, count, told);
        if (rows[i].want)
            assert_int_equal(which[0], rows[i].quantity);
        free(b);
    }
}

/* It is said once when it begins and once when it ends. */
static void agreeing_again(void **state)
{
    (void)state;
    bench *b = begin();
    int began = 0, ended = 0;
    for (int round = 0; round < 40; round++) {
        b->now_ms += 1000;
        (void)say(b, METER, OHM_Q_POWER_IMPORT, 50000);
        began += b->news_count > 0 && b->news[0].disagree;
        ended += b->news_count > 0 && !b->news[0].disagree;
        (void)say(b, TIC, OHM_Q_POWER_IMPORT, round < 20 ? 20000 : 50000);
        if (b->news_count > 0) {
            assert_int_equal(b->news[0].device, TIC);
            assert_int_equal(b->news[0].quantity, OHM_Q_POWER_IMPORT);
            if (b->news[0].disagree)
                assert_true(b->news[0].difference == -30000);
        }
        began += b->news_count > 0 && b->news[0].disagree;
        ended += b->news_count > 0 && !b->news[0].disagree;
    }
    assert_int_equal(began, 1);
    assert_int_equal(ended, 1);
    free(b);
}

/* A register is never continued by one that stands elsewhere. */
static void counters_follow(void **state)
{
    (void)state;
    bench *b = begin();
    assert_int_equal(say(b, METER, OHM_Q_ENERGY_IMPORT, 5000000), 1);
    assert_int_equal(say(b, TIC, OHM_Q_ENERGY_IMPORT, 4999800), 0);
    assert_int_equal(say(b, CLOUD, OHM_Q_ENERGY_IMPORT, 100), 0);
    assert_int_equal(b->news_count, 0);
    assert_int_equal(say(b, CLOUD, OHM_Q_ENERGY_IMPORT, 101), 0);
    assert_int_equal(b->news_count, 1); /* another meter's register */
    b->now_ms += STALE_MS;
    assert_int_equal(say(b, CLOUD, OHM_Q_ENERGY_IMPORT, 6000000), 0);
    assert_int_equal(say(b, TIC, OHM_Q_ENERGY_IMPORT, 4999900), 0); /* behind: a gap stays one */
    assert_int_equal(say(b, TIC, OHM_Q_ENERGY_IMPORT, 5000100), 1);
    b->now_ms += 1000;
    assert_int_equal(say(b, METER, OHM_Q_ENERGY_IMPORT, 5000050), 1); /* the first is the first */
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_fresh_one_is_used),
        cmocka_unit_test(a_quantity_with_its_own_order),
        cmocka_unit_test(suspect_values_are_nobodys),
        cmocka_unit_test(who_disagreed_and_is_used_then_agrees),
        cmocka_unit_test(disagreements),
        cmocka_unit_test(agreeing_again),
        cmocka_unit_test(counters_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
