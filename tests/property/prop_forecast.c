/* Whatever is measured: a forecast depends on nothing at or after its origin, its deciles ascend,
 * and what is known at all is said as a number. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/forecast.h"

enum { SLOTS = 24, ORIGIN = 45, DAYS = 55, ROUNDS = 5, ROUNDS_SANITIZED = 2 };

static uint32_t next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Households, gaps, clocks gone mad: a few values are enormous, or negative, or none. */
static double value(uint32_t *seed, int kind)
{
    uint32_t r = next(seed);
    double v = (double)(r >> 8) / (1 << 24);
    if (r % 53 == 0)
        return NAN;
    if (kind > 0 && r % 97 == 0)
        return 1e9;
    if (kind > 1 && r % 89 == 0)
        return -v;
    return v < 0.3 ? 0 : v * v;
}

/* What a weather service says of a day, of which it knows nothing now and then. */
static const double *weather(int day)
{
    static double said[DAYS + 2][SLOTS];
    for (int s = 0; s < SLOTS; s++)
        said[day][s] = 10 + 8 * sin(0.3 * day) + s % 7;
    return day % 11 == 3 ? NULL : said[day];
}

static void live(ohm_forecast *f, double (*values)[SLOTS], int from, int to,
                 ohm_forecast_value *said)
{
    for (int day = from; day < to; day++) {
        const ohm_forecast_day ahead[2] = { { .day = day, .others = { weather(day) } },
                                            { .day = day + 1, .others = { weather(day + 1) } } };
        ohm_forecast_make(f, ahead, 2, said);
        const ohm_forecast_day was = {
            .day = day, .holiday = day % 19 == 0, .values = values[day], .others = { weather(day) }
        };
        if (day % 23 != 0)
            assert_true(ohm_forecast_learn(f, &was));
    }
}

static void check(const ohm_forecast_value *said)
{
    for (int s = 0; s < 2 * SLOTS; s++) {
        assert_true(isfinite(said[s].mean));
        for (int k = 0; k < OHM_FORECAST_DECILES; k++)
            assert_true(isfinite(said[s].decile[k]) &&
                        (k == 0 || said[s].decile[k] >= said[s].decile[k - 1]));
    }
}

static void nothing_after_the_origin_is_known(void **state)
{
    (void)state;
    int rounds = getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS;
    for (int round = 0; round < rounds; round++) {
        const ohm_forecast_options options = {
            .slots = SLOTS, .solar = round == 3, .others = round == 4, .warmth = round == 4
        };
        ohm_forecast *a = ohm_forecast_create(&options, malloc(ohm_forecast_size(&options)));
        ohm_forecast *b = ohm_forecast_create(&options, malloc(ohm_forecast_size(&options)));
        static double one[DAYS][SLOTS], other[DAYS][SLOTS];
        static ohm_forecast_value said[2 * SLOTS], again[2 * SLOTS];
        uint32_t seed = 77u + (uint32_t)round, elsewhere = 99;
        for (int i = 0; i < DAYS * SLOTS; i++) {
            one[i / SLOTS][i % SLOTS] = value(&seed, round);
            other[i / SLOTS][i % SLOTS] =
                i < ORIGIN * SLOTS ? one[i / SLOTS][i % SLOTS] : value(&elsewhere, 2);
        }
        live(a, one, 0, ORIGIN + 1, said); /* what it said last began at the origin */
        live(b, other, 0, ORIGIN + 1, again);
        check(said);
        assert_memory_equal(said, again, sizeof said);
        live(a, one, ORIGIN + 1, DAYS, said);
        live(b, other, ORIGIN + 1, DAYS, again);
        assert_true(memcmp(said, again, sizeof said) != 0); /* it does learn */
        check(again);
        free(a);
        free(b);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_after_the_origin_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
