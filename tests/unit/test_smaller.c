/* Another subscribed power, over what was drawn. */
#include "control/smaller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/shed.h"

enum { S = 1000, M = 60 * S };

static const ohm_load loads[] = {
    { .id = "tank", .tier = 1, .nominal_w = 2400, .off_min_ms = M },
    { .id = "car", .tier = 1, .nominal_w = 3700, .off_min_ms = M },
    { .id = "heating", .tier = 2, .nominal_w = 1500, .off_min_ms = M },
    { .id = "fridge", .tier = 1, .nominal_w = 200, .never_shed = true },
};

typedef struct drawn {
    int64_t va, ms;
} drawn;

static const int32_t six[] = { 6000 };

static ohm_smaller *run(const drawn *what, size_t count, int64_t step_ms)
{
    ohm_smaller *s = malloc(sizeof *s);
    assert_non_null(s);
    ohm_smaller_init(s, loads, 4, six, 1);
    ohm_ms now = 1000;
    for (size_t i = 0; i < count; i++) {
        if (what[i].va < 0) { /* a gap */
            now += what[i].ms;
            continue;
        }
        for (int64_t left = what[i].ms; left > 0; left -= step_ms) {
            ohm_smaller_add(s, what[i].va, (ohm_interval){ now, now + step_ms });
            now += step_ms;
        }
    }
    ohm_smaller_end(s);
    return s;
}

static void as_it_was_drawn(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        drawn what[5];
        int64_t step_ms;
        uint32_t overruns, trips;
        int64_t over_ms, longest_ms;
    } rows[] = {
        { "below it nothing happens", { { 6000, 60 * M } }, S, 0, 0, 0, 0 },
        { "1.2 times holds for ever", { { 7200, 60 * M } }, S, 1, 0, 60 * M, 60 * M },
        { "twice opens once, however long", { { 12000, 60 * M } }, S, 1, 1, 60 * M, 60 * M },
        { "and again after it was closed",
          { { 12000, 10 * M }, { 1000, 60 * M }, { 12000, 10 * M } },
          S,
          2,
          2,
          20 * M,
          10 * M },
        { "1.5 times for two minutes is not long enough", /* 132 s from 0.8 (thermal.h) */
          { { 4800, 30 * M }, { 9000, 2 * M }, { 4800, 30 * M } },
          S,
          1,
          0,
          2 * M,
          2 * M },
        { "for two and a half it is",
          { { 4800, 30 * M }, { 9000, 150 * S }, { 4800, 30 * M } },
          S,
          1,
          1,
          150 * S,
          150 * S },
        { "nor in steps of ten minutes",
          { { 4800, 60 * M }, { 9000, 10 * M } },
          10 * M,
          1,
          1,
          10 * M,
          10 * M },
        { "a gap is no overrun, and cools",
          { { 9000, M }, { -1, 60 * M }, { 9000, M } },
          S,
          2,
          0,
          2 * M,
          M },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_smaller *s = run(rows[i].what, 5, rows[i].step_ms);
        const ohm_smaller_power *p = &s->powers[0];
        if (p->overruns != rows[i].overruns || p->trips != rows[i].trips ||
            p->over_ms != rows[i].over_ms || p->longest_ms != rows[i].longest_ms)
            fail_msg("%s: %u overruns, %u trips, over %lld, longest %lld", rows[i].why, p->overruns,
                     p->trips, (long long)p->over_ms, (long long)p->longest_ms);
        free(s);
    }
}

static void with_shedding(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        drawn what[5];
        uint32_t trips_left, times[4];
        int64_t uncovered_ms, shed_ms[4]; /* -1: not looked at */
    } rows[] = {
        { "a kettle is waited for", { { 6500, 15 * S }, { 1000, M } }, 0, { 0 }, 0, { 0 } },
        { "the least that covers it, until what it drew fits again",
          { { 8000, 10 * M }, { 3000, 10 * M } },
          0,
          { 1, 0, 0, 0 },
          0,
          { 10 * M - OHM_SHED_PATIENCE_MS + OHM_SHED_HOLD_MS, 0, 0, 0 } },
        { "two where one is not enough",
          { { 11000, 10 * M }, { 1000, 10 * M } },
          0,
          { 1, 1, 0, 0 },
          0,
          { -1, -1, 0, 0 } },
        { "what is never shed is not, and the rest trips",
          { { 17000, 30 * M }, { 1000, M } },
          1,
          { 1, 1, 1, 0 },
          -1,
          { -1, -1, -1, 0 } },
        { "a little over for long is over",
          { { 6100, 20 * S }, { 6100, 10 * M } },
          0,
          { 1, 0, 0, 0 },
          0,
          { -1, 0, 0, 0 } },
        { "no sooner back than its minimum off time",
          { { 8000, 25 * S }, { 1000, 10 * M } },
          0,
          { 1, 0, 0, 0 },
          0,
          { M, 0, 0, 0 } },
        { "a gap gives all back",
          { { 8000, 5 * M }, { -1, M }, { 1000, M } },
          0,
          { 1 },
          0,
          { 5 * M - OHM_SHED_PATIENCE_MS } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_smaller *s = run(rows[i].what, 5, S);
        const ohm_smaller_power *p = &s->powers[0];
        bool good = p->trips_left == rows[i].trips_left &&
                    (rows[i].uncovered_ms < 0 || p->uncovered_ms == rows[i].uncovered_ms);
        for (int l = 0; l < 4; l++)
            good &= p->loads[l].times == rows[i].times[l] && !p->loads[l].is_shed &&
                    (rows[i].shed_ms[l] < 0 || p->loads[l].shed_ms == rows[i].shed_ms[l]);
        if (!good)
            fail_msg("%s: %u trips, uncovered %lld, tank %u times for %lld", rows[i].why,
                     p->trips_left, (long long)p->uncovered_ms, p->loads[0].times,
                     (long long)p->loads[0].shed_ms);
        free(s);
    }
}

/* Finer readings of the same power say the same. */
static void the_pace_does_not_matter(void **state)
{
    (void)state;
    static const drawn what[] = {
        { 4800, 30 * M }, { 8000, 20 * M }, { 3000, 20 * M }, { 12000, 10 * M }
    };
    ohm_smaller *one = run(what, 4, S), *fast = run(what, 4, 250), *slow = run(what, 4, 10 * S);
    assert_int_equal(one->powers[0].trips, fast->powers[0].trips);
    assert_int_equal(one->powers[0].over_ms, slow->powers[0].over_ms);
    assert_int_equal(one->powers[0].trips_left, slow->powers[0].trips_left);
    assert_int_equal(one->measured_ms, fast->measured_ms);
    int64_t off = one->powers[0].loads[0].shed_ms - slow->powers[0].loads[0].shed_ms;
    assert_true(off <= 10 * S && off >= -10 * S);
    free(one);
    free(fast);
    free(slow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_it_was_drawn),
        cmocka_unit_test(with_shedding),
        cmocka_unit_test(the_pace_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
