/* What needs more than one column, or is no power: each fault is found once, near its time, and
 * what is normal is not; nothing that was told depends on what came later. */
#include "analysis/detect_more.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const ohm_ms hour_ms = INT64_C(3600000);

enum { SLOTS = 24, FAULT_DAY = 50, DAYS = 70, TOLD_MAX = 32 };

static double noise(int day, int hour, int of)
{
    uint32_t x = (uint32_t)(day * 1009 + hour * 31 + of * 7) * 0x9e3779b1u;
    x = (x ^ x >> 15) * 0x85ebca6bu;
    x ^= x >> 13;
    return (double)(x >> 8) / (1 << 24) - 0.5;
}

/* All states at once; a case feeds one of them. */
typedef struct bench {
    ohm_swap swap;
    ohm_leftover residue;
    ohm_yield yield;
    ohm_leak leak;
    ohm_cycles cycles;
} bench;

typedef void feed(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news);

typedef struct case_of {
    const char *why;
    feed *feed;
    int fault_days; /* 0: none */
    ohm_detect_type type;
    int told;     /* alarms that began */
    int within_d; /* of the fault's begin, at most */
} case_of;

static bool working(const ohm_detect_reading *r)
{
    return r->slot >= 8 && r->slot < 18 && (r->day + 3) % 7 < 5;
}

static void phases(bench *b, const ohm_detect_reading *r, int way, ohm_detect_news *news)
{
    static const int ways[3][3] = { { 0, 1, 2 }, { 1, 0, 2 }, { 1, 2, 0 } };
    const double of[3] = {
        2 + noise((int)r->day, r->slot, 0),
        (working(r) ? 20 : 3) + 2 * noise((int)r->day, r->slot, 1),
        8 + 2 * noise((int)r->day, r->slot, 2),
    };
    const double put[3] = { of[ways[way][0]], of[ways[way][1]], of[ways[way][2]] };
    ohm_swap_step(&b->swap, r, put, SLOTS, news);
}

static void swapped(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    phases(b, r, faulty ? 1 : 0, news);
}

static void turned(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    phases(b, r, faulty ? 2 : 0, news);
}

/* Three that are alike: nobody can tell. */
static void alike(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    double of[3];
    for (int i = 0; i < 3; i++)
        of[i] = 10 + 3 * noise((int)r->day, r->slot, faulty ? (i + 1) % 3 : i);
    ohm_swap_step(&b->swap, r, of, SLOTS, news);
}

/* A machine on one phase that was never there: no exchange. */
static void more_on_one(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    const double of[3] = { 2 + (faulty ? 6 : 0) + noise((int)r->day, r->slot, 0),
                           (working(r) ? 20 : 3) + 2 * noise((int)r->day, r->slot, 1),
                           8 + 2 * noise((int)r->day, r->slot, 2) };
    ohm_swap_step(&b->swap, r, of, SLOTS, news);
}

static void meters(bench *b, const ohm_detect_reading *r, double parts_ratio, ohm_detect_news *news)
{
    double parts = (working(r) ? 6 : 2) * (1 + 0.2 * noise((int)r->day, r->slot, 0));
    ohm_detect_reading whole = *r;
    whole.value = parts + 1.5 + 0.5 * noise((int)r->day, r->slot, 1);
    ohm_residue_step(&b->residue, &whole, parts * parts_ratio, SLOTS, news);
}

static void sub_too_much(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    meters(b, r, faulty ? 2 : 1, news);
}

static void sub_halved(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    meters(b, r, faulty ? 0.5 : 1, news);
}

static double sun(const ohm_detect_reading *r, double *ret_clear)
{
    double clear = fmax(0, sin((r->slot - 6) * 0.2618)) * (800 + 2.0 * (double)r->day);
    double clouds = r->day % 3 == 0 ? 1 : 0.6 + 0.7 * noise((int)r->day, 0, 5);
    *ret_clear = clear;
    return clear * clouds;
}

static void panels(bench *b, const ohm_detect_reading *r, ohm_light_kind kind, double ratio,
                   ohm_detect_news *news)
{
    double clear, light = sun(r, &clear), off = 0.75 + 0.5 * noise((int)r->day, 1, 5);
    ohm_detect_reading pv = *r;
    pv.value = light * 0.004 * ratio;
    b->yield.kind = kind;
    ohm_yield_step(&b->yield, &pv,
                   kind == OHM_LIGHT_MEASURED   ? light
                   : kind == OHM_LIGHT_CLEAR    ? clear
                   : kind == OHM_LIGHT_FORECAST ? off * light
                                                : NAN,
                   SLOTS, news);
}

static void string_off(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    panels(b, r, OHM_LIGHT_MEASURED, faulty ? 0.7 : 1, news);
}

static void string_off_clear(bench *b, const ohm_detect_reading *r, bool faulty,
                             ohm_detect_news *news)
{
    panels(b, r, OHM_LIGHT_CLEAR, faulty ? 0.6 : 1, news);
}

/* What was said of a day is off by up to a quarter. */
static void string_off_forecast(bench *b, const ohm_detect_reading *r, bool faulty,
                                ohm_detect_news *news)
{
    panels(b, r, OHM_LIGHT_FORECAST, faulty ? 0.5 : 1, news);
}

static void half_off(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    panels(b, r, OHM_LIGHT_NONE, faulty ? 0.45 : 1, news);
}

static double taps(const ohm_detect_reading *r)
{
    bool used = (r->slot >= 6 && r->slot < 9) || (r->slot >= 18 && r->slot < 23);
    return used ? 80 + 60 * noise((int)r->day, r->slot, 0) : 0;
}

static void dripping(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    ohm_detect_reading water = *r;
    water.value = taps(r) + (faulty ? 6 : 0);
    ohm_leak_step(&b->leak, &water, SLOTS, news);
}

static void bursting(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    ohm_detect_reading water = *r;
    water.value = taps(r) + (faulty ? 500 : 0);
    ohm_leak_step(&b->leak, &water, SLOTS, news);
}

/* A cooling tower: it never rests, and never did. */
static void always_on(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    ohm_detect_reading water = *r;
    water.value = 20 + taps(r) + (faulty ? 0 : 0);
    ohm_leak_step(&b->leak, &water, SLOTS, news);
}

static void machine(bench *b, const ohm_detect_reading *r, int every, double power, double cold,
                    ohm_detect_news *news)
{
    ohm_detect_reading of = *r;
    of.value = r->slot % every == 0 ? power * (1 + 0.05 * noise((int)r->day, r->slot, 0)) : 2;
    ohm_cycles_step(&b->cycles, &of, cold, SLOTS, news);
}

static void runs_longer(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    machine(b, r, faulty ? 2 : 3, 100, NAN, news);
}

static void draws_more(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    machine(b, r, 3, faulty ? 150 : 100, NAN, news);
}

/* A heat pump in a cold week: it should. */
static void cold_week(bench *b, const ohm_detect_reading *r, bool faulty, ohm_detect_news *news)
{
    double outdoor = faulty ? -5 : 8 + 6 * noise((int)r->day, 0, 3);
    ohm_detect_reading of = *r;
    of.value = 100 + 50 * (18 - outdoor);
    ohm_cycles_step(&b->cycles, &of, outdoor, SLOTS, news);
}

static void heat_pump_worn(bench *b, const ohm_detect_reading *r, bool faulty,
                           ohm_detect_news *news)
{
    double outdoor = 8 + 6 * noise((int)r->day, 0, 3);
    ohm_detect_reading of = *r;
    of.value = (100 + 50 * (18 - outdoor)) * (faulty ? 1.4 : 1);
    ohm_cycles_step(&b->cycles, &of, outdoor, SLOTS, news);
}

static const case_of cases[] = {
    { "three phases as ever", swapped, 0, OHM_DETECT_PHASE_SWAP, 0, 0 },
    { "two phases exchanged, and back", swapped, 10, OHM_DETECT_PHASE_SWAP, 2, 12 },
    { "three phases turned, and back", turned, 10, OHM_DETECT_PHASE_SWAP, 2, 12 },
    { "phases that are alike", alike, 10, OHM_DETECT_PHASE_SWAP, 0, 0 },
    { "a machine more on one phase", more_on_one, 10, OHM_DETECT_PHASE_SWAP, 0, 0 },
    { "sub-meters that agree", sub_too_much, 0, OHM_DETECT_RESIDUE, 0, 0 },
    { "a sub-meter of twice the ratio", sub_too_much, 10, OHM_DETECT_RESIDUE, 1, 1 },
    { "a sub-meter of half the ratio", sub_halved, 10, OHM_DETECT_RESIDUE, 1, 3 },
    { "panels as ever, light measured", string_off, 0, OHM_DETECT_PV_YIELD, 0, 0 },
    { "panels as ever, clear sky", string_off_clear, 0, OHM_DETECT_PV_YIELD, 0, 0 },
    { "panels as ever, light forecast", string_off_forecast, 0, OHM_DETECT_PV_YIELD, 0, 0 },
    { "a string off, light forecast", string_off_forecast, 18, OHM_DETECT_PV_YIELD, 1, 8 },
    { "panels as ever, nothing known", half_off, 0, OHM_DETECT_PV_YIELD, 0, 0 },
    { "a string off, light measured", string_off, 18, OHM_DETECT_PV_YIELD, 1, 6 },
    { "a string off, clear sky", string_off_clear, 18, OHM_DETECT_PV_YIELD, 1, 11 },
    { "half of the panels off, nothing known", half_off, 18, OHM_DETECT_PV_YIELD, 1, 11 },
    { "taps of a house", dripping, 0, OHM_DETECT_LEAK, 0, 0 },
    { "a drip day and night", dripping, 10, OHM_DETECT_LEAK, 1, 2 },
    { "a burst pipe", bursting, 1, OHM_DETECT_LEAK, 1, 1 },
    { "what never rested", always_on, 10, OHM_DETECT_LEAK, 0, 0 },
    { "a fridge as ever", runs_longer, 0, OHM_DETECT_DRIFT, 0, 0 },
    { "a fridge that runs half more often", runs_longer, 10, OHM_DETECT_DRIFT, 1, 3 },
    { "a machine that draws half more", draws_more, 10, OHM_DETECT_DRIFT, 2, 3 },
    { "a heat pump in a cold week", cold_week, 7, OHM_DETECT_DRIFT, 0, 0 },
    { "a heat pump that is worn", heat_pump_worn, 10, OHM_DETECT_DRIFT, 1, 3 },
};

static int live(const case_of *c, int days, ohm_detect_alarm *told)
{
    bench b;
    int count = 0;
    memset(&b, 0, sizeof b);
    for (int h = 0; h < days * SLOTS; h++) {
        const ohm_detect_reading r = { h * hour_ms, h / SLOTS, h % SLOTS, 0 };
        int day = h / SLOTS;
        ohm_detect_news news = { .count = 0 };
        c->feed(&b, &r, day >= FAULT_DAY && day < FAULT_DAY + c->fault_days, &news);
        for (int i = 0; i < news.count; i++) {
            assert_int_equal(news.alarm[i].type, c->type);
            assert_true(news.alarm[i].onset_ms <= news.alarm[i].start_ms);
            if (count < TOLD_MAX)
                told[count++] = news.alarm[i];
        }
    }
    return count;
}

static void each_fault_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ohm_detect_alarm told[TOLD_MAX];
        int count = live(&cases[i], DAYS, told), began = 0;
        ohm_ms from_ms = FAULT_DAY * SLOTS * hour_ms - hour_ms;
        ohm_ms to_ms = (FAULT_DAY + cases[i].within_d) * SLOTS * hour_ms;
        for (int a = 0; a < count; a++) {
            bool begins = told[a].end_ms == OHM_NO_MS;
            began += begins;
            if (begins && (told[a].start_ms < from_ms || told[a].start_ms > to_ms))
                fail_msg("%s: told at hour %d", cases[i].why, (int)(told[a].start_ms / hour_ms));
        }
        if (began != cases[i].told)
            fail_msg("%s: %d alarms", cases[i].why, began);
    }
}

static bool is_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool is_same(const ohm_detect_alarm *a, const ohm_detect_alarm *b)
{
    return a->type == b->type && a->start_ms == b->start_ms && a->onset_ms == b->onset_ms &&
           a->end_ms == b->end_ms && is_number(a->expected, b->expected) &&
           is_number(a->actual, b->actual);
}

/* What was told up to a day is the same, whatever comes after. */
static void alarms_know_no_future(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ohm_detect_alarm some[TOLD_MAX], all[TOLD_MAX];
        case_of longer = cases[i];
        int few = live(&cases[i], FAULT_DAY + 4, some);
        longer.fault_days = cases[i].fault_days > 4 ? 4 : cases[i].fault_days;
        int many = live(&longer, DAYS, all);
        assert_true(many >= few);
        for (int a = 0; a < few; a++)
            assert_true(is_same(&some[a], &all[a]));
    }
}

/* Which column shows what: of the exchange, and of its way back. */
static void a_swap_says_which(void **state)
{
    (void)state;
    bench b;
    ohm_detect_news news;
    memset(&b, 0, sizeof b);
    for (int h = 0; h < (FAULT_DAY + 3) * SLOTS; h++) {
        const ohm_detect_reading r = { h * hour_ms, h / SLOTS, h % SLOTS, 0 };
        turned(&b, &r, h / SLOTS >= FAULT_DAY, &news);
    }
    static const int way[3] = { 1, 2, 0 };
    assert_memory_equal(b.swap.way, way, sizeof way);
}

static void what_is_not_measured_is_no_fault(void **state)
{
    (void)state;
    bench b;
    ohm_detect_news news;
    memset(&b, 0, sizeof b);
    for (int h = 0; h < 60 * SLOTS; h++) {
        const double none[3] = { 1, NAN, 2 };
        const ohm_detect_reading r = { h * hour_ms, h / SLOTS, h % SLOTS, NAN };
        b.yield.kind = OHM_LIGHT_MEASURED;
        ohm_swap_step(&b.swap, &r, none, SLOTS, &news);
        assert_int_equal(news.count, 0);
        ohm_residue_step(&b.residue, &r, 1, SLOTS, &news);
        assert_int_equal(news.count, 0);
        ohm_yield_step(&b.yield, &r, 100, SLOTS, &news);
        assert_int_equal(news.count, 0);
        ohm_leak_step(&b.leak, &r, SLOTS, &news);
        assert_int_equal(news.count, 0);
        ohm_cycles_step(&b.cycles, &r, NAN, SLOTS, &news);
        assert_int_equal(news.count, 0);
    }
}

static void halved_then_too_much(bench *b, const ohm_detect_reading *r, bool graver,
                                 ohm_detect_news *news)
{
    meters(b, r, graver ? 2 : 0.5, news);
}

static void dripping_then_bursting(bench *b, const ohm_detect_reading *r, bool graver,
                                   ohm_detect_news *news)
{
    if (graver)
        bursting(b, r, true, news);
    else
        dripping(b, r, true, news);
}

/* A series has one alarm of a type at a time (the book knows them by that): what is graver ends
 * the other one, and what still holds after it is told again. */
static void one_alarm_of_a_type_at_a_time(void **state)
{
    (void)state;
    static const struct {
        feed *usual, *faulty;
    } rows[] = { { sub_halved, halved_then_too_much }, { dripping, dripping_then_bursting } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        ohm_detect_news news;
        int open = 0, began = 0;
        memset(&b, 0, sizeof b);
        for (int h = 0; h < (FAULT_DAY + 12) * SLOTS; h++) {
            const ohm_detect_reading r = { h * hour_ms, h / SLOTS, h % SLOTS, 0 };
            int day = h / SLOTS - FAULT_DAY;
            if (day < 0)
                rows[i].usual(&b, &r, false, &news);
            else
                rows[i].faulty(&b, &r, day >= 5 && day < 7, &news);
            for (int n = 0; n < news.count; n++) {
                bool begins = news.alarm[n].end_ms == OHM_NO_MS;
                began += begins;
                open += begins ? 1 : -1;
                assert_in_range(open, 0, 1);
            }
        }
        assert_int_equal(began, 3);
        assert_int_equal(open, 1);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_found),
        cmocka_unit_test(one_alarm_of_a_type_at_a_time),
        cmocka_unit_test(alarms_know_no_future),
        cmocka_unit_test(a_swap_says_which),
        cmocka_unit_test(what_is_not_measured_is_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
