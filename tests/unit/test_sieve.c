/* Which readings of a register come in: rows of values ten seconds apart, of an hour here and
 * there.
 */
#include "cmd/sieve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 12 };

static const ohm_ms T0 = INT64_C(1767225600000); /* 2026-01-01 */

static const ohm_point nothing[2] = { { .time_ms = OHM_NO_MS }, { .time_ms = OHM_NO_MS } };

typedef struct row {
    const char *why, *want;              /* '.': good, 'f': falls, 'x': jumps */
    int64_t values[MOST], before, after; /* of what is stored: -1: nothing */
} row;

static void check(const row *r)
{
    ohm_point points[MOST] = { 0 };
    ohm_neighbours around[MOST] = { 0 };
    uint8_t out[MOST];
    char got[MOST + 1] = "";
    size_t n = strlen(r->want);
    for (size_t i = 0; i < n; i++) {
        points[i] = (ohm_point){ T0 + (ohm_ms)i * 10000, r->values[i], OHM_QUALITY_GOOD };
        around[i] = (ohm_neighbours){
            { r->before < 0 ? OHM_NO_MS : T0 - 10000, r->before, OHM_QUALITY_GOOD },
            { r->after < 0 ? OHM_NO_MS : T0 + 3600000, r->after, OHM_QUALITY_GOOD },
            false,
        };
    }
    ohm_ms astray = ohm_sieve(OHM_Q_ENERGY_IMPORT, points, around, nothing, n, out);
    assert_true(astray == OHM_NO_MS);
    for (size_t i = 0; i < n; i++)
        got[i] = ".fx"[out[i]];
    if (strcmp(got, r->want) != 0)
        fail_msg("%s: %s, not %s", r->why, got, r->want);
}

static void what_goes_on_comes_in(void **state)
{
    (void)state;
    static const row rows[] = {
        { "it rises", "........", { 5, 5, 6, 9, 9, 40, 41, 41 }, -1, -1 },
        { "one up", "...x......", { 500, 501, 503, 9000, 504, 505, 507, 507, 510, 511 }, -1, -1 },
        { "one down", "...f......", { 500, 501, 503, 3, 504, 505, 507, 507, 510, 511 }, -1, -1 },
        { "two up", "...xx.....", { 500, 501, 503, 9000, 9001, 505, 507, 507, 510, 511 }, -1, -1 },
        { "the first is up", "x.......", { 9000, 501, 503, 504, 505, 507, 507, 510 }, -1, -1 },
        { "the first is far below",
          "x.......",
          { 3, 90000000, 90000001, 90000002, 90000003, 90000004, 90000005, 90000006 },
          -1,
          -1 },
        { "the last is far above",
          ".......x",
          { 500, 501, 503, 504, 505, 507, 510, 90000000 },
          -1,
          -1 },
        { "the last is above", "........", { 500, 501, 503, 504, 505, 507, 510, 900 }, -1, -1 },
        { "up, and it stays there",
          "........",
          { 500, 501, 503, 90000000, 90000001, 90000002, 90000003, 90000003 },
          -1,
          -1 },
        { "a register that is always so fast",
          "........",
          { 0, 90000000, 180000000, 270000000, 360000000, 450000000, 540000000, 630000000 },
          -1,
          -1 },
        { "another meter", "....ffffff", { 90000, 90001, 90003, 90003, 4, 5, 7, 8, 9, 9 }, -1, -1 },
        { "one alone", ".", { 500 }, -1, -1 },
        { "two, and the second below", ".f", { 500, 499 }, -1, -1 },
        { "between two", "....", { 500, 501, 503, 600 }, 500, 600 },
        { "below what is before", "f...", { 499, 501, 503, 503 }, 500, -1 },
        { "above what is after", "..xx", { 500, 501, 601, 9000 }, -1, 600 },
        { "all of another meter", "ffff", { 1, 2, 3, 4 }, 500, 600 },
        { "a row into five months", "f", { 3 }, 500000, 500600 },
        { "up inside, and back", ".x......", { 500, 590, 503, 504, 505, 507, 507, 510 }, 500, 600 },
        { "far above the last one", "x", { 90000000 }, 500, -1 },
        { "where the meter was changed",
          "...x...",
          { 90000, 90001, 90002, 800, 3, 4, 5 },
          90000,
          10 },
        { "there, all of the old one", "....", { 90000, 90001, 90002, 90003 }, 90000, 10 },
        { "there, all of the new one", "....", { 1, 2, 3, 4 }, 90000, 10 },
        { "there, back to the old one", "..x..", { 90000, 1, 90001, 2, 3 }, 90000, 10 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i]);
}

/* What is stored parts what comes; what is there already, or suspect, is not looked at. */
static void stretches_are_apart(void **state)
{
    (void)state;
    const ohm_point none = { .time_ms = OHM_NO_MS };
    const ohm_point low = { T0 - 1, 500, 0 }, middle = { T0 + 15000, 600, 0 };
    const ohm_point points[] = {
        { T0, 550, 0 },
        { T0 + 10000, 620, 0 },
        { T0 + 15000, 3, 0 },
        { T0 + 20000, 590, 0 },
        { T0 + 30000, 1, OHM_QUALITY_SUSPECT },
        { T0 + 40000, 610, 0 },
    };
    const ohm_neighbours around[] = {
        { low, middle, false },  { low, middle, false },  { low, middle, true },
        { middle, none, false }, { middle, none, false }, { middle, none, false },
    };
    static const uint8_t want[] = { OHM_SIEVE_GOOD,  OHM_SIEVE_JUMPS, OHM_SIEVE_GOOD,
                                    OHM_SIEVE_FALLS, OHM_SIEVE_GOOD,  OHM_SIEVE_GOOD };
    uint8_t out[6];
    assert_true(ohm_sieve(OHM_Q_ENERGY_IMPORT, points, around, nothing, 6, out) == OHM_NO_MS);
    assert_memory_equal(out, want, sizeof want);
}

/* Two for one instant are for the store to count, whichever is higher. */
static void two_for_one_instant_are_not_a_fall(void **state)
{
    (void)state;
    ohm_point points[] = {
        { T0, 500, 0 }, { T0 + 10000, 510, 0 }, { T0 + 10000, 505, 0 }, { T0 + 20000, 520, 0 }
    };
    ohm_neighbours around[4] = { 0 };
    uint8_t out[4];
    for (int i = 0; i < 4; i++)
        around[i] = (ohm_neighbours){ { OHM_NO_MS, 0, 0 }, { OHM_NO_MS, 0, 0 }, false };
    assert_true(ohm_sieve(OHM_Q_ENERGY_IMPORT, points, around, nothing, 4, out) == OHM_NO_MS);
    for (int i = 0; i < 4; i++)
        assert_int_equal(out[i], OHM_SIEVE_GOOD);
}

/* The last three that are stored, and what comes behind them, ten seconds apart. */
static void many_tell_the_last_stored_one_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *why, *want;
        int64_t stored[3], values[MOST];
        bool astray;
    } rows[] = {
        { "a misread one", "....", { 500, 503, 9000 }, { 506, 509, 512, 515 }, true },
        { "three are enough", "...", { 500, 503, 9000 }, { 506, 506, 507 }, true },
        { "two are not", "ff", { 500, 503, 9000 }, { 506, 509 }, false },
        { "the first known one is before it",
          "....",
          { -1, 503, 9000 },
          { 506, 509, 512, 515 },
          true },
        { "alone", "ffff", { -1, -1, 9000 }, { 506, 509, 512, 515 }, false },
        { "below the one before it too",
          "ffff",
          { 500, 503, 9000 },
          { 499, 500, 501, 502 },
          false },
        { "another misread one", ".x...", { 500, 503, 9000 }, { 506, 9500, 509, 512, 515 }, true },
        { "they soon are where it was", "f...", { 500, 503, 506 }, { 505, 508, 511, 514 }, false },
        { "it went no faster", "ffff", { 480, 490, 510 }, { 494, 499, 504, 509 }, false },
        { "they agree on nothing", "fffff", { 500, 503, 9000 }, { 510, 3, 505, 2, 504 }, false },
        { "it was right", "....", { 500, 503, 506 }, { 509, 512, 515, 518 }, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_point points[MOST] = { 0 }, stored[3];
        ohm_neighbours around[MOST] = { 0 };
        uint8_t out[MOST];
        char got[MOST + 1] = "";
        size_t n = strlen(rows[i].want);
        for (int k = 0; k < 3; k++)
            stored[k] = (ohm_point){ rows[i].stored[k] < 0 ? OHM_NO_MS : T0 + (k - 3) * 10000,
                                     rows[i].stored[k], OHM_QUALITY_GOOD };
        for (size_t k = 0; k < n; k++) {
            points[k] = (ohm_point){ T0 + (ohm_ms)k * 10000, rows[i].values[k], OHM_QUALITY_GOOD };
            around[k] = (ohm_neighbours){ stored[2], nothing[0], false };
        }
        const ohm_point earlier[2] = { stored[1], stored[0] };
        ohm_ms astray = ohm_sieve(OHM_Q_ENERGY_IMPORT, points, around, earlier, n, out);
        for (size_t k = 0; k < n; k++)
            got[k] = ".fx"[out[k]];
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s, not %s", rows[i].why, got, rows[i].want);
        assert_true(astray == (rows[i].astray ? stored[2].time_ms : OHM_NO_MS));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_on_comes_in),
        cmocka_unit_test(stretches_are_apart),
        cmocka_unit_test(two_for_one_instant_are_not_a_fall),
        cmocka_unit_test(many_tell_the_last_stored_one_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
