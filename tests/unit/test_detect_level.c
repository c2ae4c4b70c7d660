/* Detection of levels that moved and of nights: told where they are rare, and held against usual
 * ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "detect_office.h"

/* What an office takes more on a day. */
static double every_nine_days(int day)
{
    return day >= FAULT_DAY && day % 9 < 1 ? 11 : 0;
}

static double restless_at_first(int day)
{
    return (day > 28 && day < CALM && day % 14 < 7) || day >= 150 ? 9 : 0;
}

/* The days on which a level is told that moved, from the first that can be. */
static void levels_are_told_when_they_are_rare(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double (*more)(int);
        int from_day, to_day, least, most;
    } rows[] = {
        { "what comes every nine days is told at first", every_nine_days, FAULT_DAY, 120, 1, 3 },
        { "and then seldom", every_nine_days, 120, 240, 0, 7 },
        { "restless weeks before", restless_at_first, CALM + 7, 150, 0, 0 },
        { "do not hide what comes after", restless_at_first, 150, 152, 1, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_detect *d = ohm_detect_create(SLOTS, malloc(ohm_detect_size(SLOTS)));
        ohm_detect_news news;
        int told = 0;
        for (int h = 0; h < rows[i].to_day * SLOTS; h++) {
            int day = h / SLOTS;
            const ohm_detect_reading r = { h * (ohm_ms)OHM_HOUR_MS, day, h % SLOTS,
                                           office(day, h % SLOTS) + rows[i].more(day) };
            ohm_detect_step(d, &r, &news);
            for (int a = 0; a < news.count && day >= rows[i].from_day; a++)
                told += news.alarm[a].end_ms == OHM_NO_MS;
        }
        if (told < rows[i].least || told > rows[i].most)
            fail_msg("%s: told %d times", rows[i].why, told);
        free(d);
    }
}

/* Of nights of 10 and, once a week, of 13: the usual one is what was expected, not the highest. */
static void a_night_is_held_against_the_usual_one(void **state)
{
    (void)state;
    ohm_detect *d = ohm_detect_create(SLOTS, malloc(ohm_detect_size(SLOTS)));
    ohm_detect_news news;
    ohm_detect_alarm alarms[ALARMS_MAX];
    int count = 0, found = 0;
    for (int h = 0; h < DAYS * SLOTS; h++) {
        bool night = h % SLOTS < 6 || h % SLOTS >= 22,
             left = h / SLOTS >= FAULT_DAY && h / SLOTS < FAULT_DAY + 3;
        double value = office(h / SLOTS, h % SLOTS);
        if (night && (h / SLOTS) % 7 == 1)
            value *= 1.3;
        if (night && left)
            value += 40;
        const ohm_detect_reading r = { h * (ohm_ms)OHM_HOUR_MS, h / SLOTS, h % SLOTS, value };
        ohm_detect_step(d, &r, &news);
        count = gather(&news, alarms, count);
    }
    for (int a = 0; a < count; a++) {
        if (alarms[a].type != OHM_DETECT_LEFT_ON)
            continue;
        found++;
        assert_true(alarms[a].expected > 9 && alarms[a].expected < 11);
    }
    assert_true(found > 0);
    free(d);
}

/* Three nights at the level of working hours: told where days are little above nights, and where
 * all of it had been a fifth higher for twelve days, which was told as that. */
static void nights_left_on_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double day; /* of working hours, of 10 by night */
        bool moved, left;
        int told;
    } rows[] = {
        { "an office", 50, false, true, 1 },
        { "nothing is left on", 50, true, false, 0 },
        { "days little above nights", 13, false, true, 1 },
        { "after days that were told", 13, true, true, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_detect *d = ohm_detect_create(SLOTS, malloc(ohm_detect_size(SLOTS)));
        ohm_detect_news news;
        int told = 0;
        for (int h = 0; h < DAYS * SLOTS; h++) {
            int day = h / SLOTS, hour = h % SLOTS;
            double value = office(day, hour), night = value > 30 ? value / 5 : value;
            value = value > 30 ? night / 10 * rows[i].day : value;
            if (rows[i].left && day >= FAULT_DAY && day < FAULT_DAY + 3 && (hour < 6 || hour > 21))
                value = night / 10 * rows[i].day;
            if (rows[i].moved && day >= CALM && day < CALM + 12)
                value *= 1.22;
            if (rows[i].day < 14)
                value *= 1 + 0.04 * (day % 3 - 1);
            const ohm_detect_reading r = { h * (ohm_ms)OHM_HOUR_MS, day, hour, value };
            ohm_detect_step(d, &r, &news);
            for (int a = 0; a < news.count && day >= FAULT_DAY; a++)
                told +=
                    news.alarm[a].type == OHM_DETECT_LEFT_ON && news.alarm[a].end_ms == OHM_NO_MS;
        }
        if (told != rows[i].told)
            fail_msg("%s: told %d times", rows[i].why, told);
        free(d);
    }
}

/* Nights that stay at the level of working hours are told once, are how it is after two weeks, and
 * told again where they go up once more. */
static void nights_that_last_are_accepted(void **state)
{
    (void)state;
    enum { LAST = FAULT_DAY + 30, AGAIN = LAST - 3 };
    ohm_detect *d = ohm_detect_create(SLOTS, malloc(ohm_detect_size(SLOTS)));
    ohm_detect_news news;
    int told = 0, told_again = 0, closed_day = 0;
    for (int h = 0; h < LAST * SLOTS; h++) {
        int day = h / SLOTS, hour = h % SLOTS;
        bool night = hour < 6 || hour > 21;
        double rise = day >= AGAIN ? 40 : day >= FAULT_DAY ? 3 : 0;
        double value = office(day, hour);
        value = value > 30 ? value / 4 : value;
        const ohm_detect_reading r = { h * (ohm_ms)OHM_HOUR_MS, day, hour,
                                       value + (night ? rise : 0) };
        ohm_detect_step(d, &r, &news);
        for (int a = 0; a < news.count; a++) {
            bool left = news.alarm[a].type == OHM_DETECT_LEFT_ON,
                 began = news.alarm[a].end_ms == OHM_NO_MS;
            *(day < AGAIN ? &told : &told_again) += left && began;
            closed_day = left && !began && day < AGAIN ? day : closed_day;
        }
    }
    assert_int_equal(told, 1);
    assert_in_range(closed_day, FAULT_DAY + 13, FAULT_DAY + 17);
    assert_int_equal(told_again, 1);
    free(d);
}

/* A house that heats below some degrees, and the weather of its last eight days. */
typedef struct cold_house {
    const char *why;
    bool known;      /* its outdoor temperature */
    bool once_cold;  /* every 17th day is of -6 degrees */
    double heats_c;  /* below them, by 0.3 a kelvin */
    double last_c;   /* NAN: as before */
    bool left, told; /* three nights at the level of the day; nights are told */
} cold_house;

static int nights_told(const cold_house *of)
{
    ohm_detect *d = ohm_detect_create(SLOTS, malloc(ohm_detect_size(SLOTS)));
    ohm_detect_news news;
    uint32_t seed = 7;
    int told = 0;
    for (int h = 0; h < DAYS * SLOTS; h++) {
        int day = h / SLOTS, hour = h % SLOTS;
        bool night = hour < 6 || hour >= 22;
        double outdoor_c = of->once_cold && day % 17 == 3 ? -6 : 8 + 1.5 * sin(0.7 * day);
        if (day >= DAYS - 8 && !isnan(of->last_c))
            outdoor_c = of->last_c;
        double value = 2 + 0.3 * fmax(of->heats_c - outdoor_c, 0) + (night ? 0 : 2.5);
        seed = seed * 1664525u + 1013904223u;
        value *= 1 + 0.04 * ((seed >> 16) / 65536.0 - 0.5);
        if (of->left && night && day >= FAULT_DAY && day < FAULT_DAY + 3)
            value += 4;
        const ohm_detect_reading r = { h * (ohm_ms)OHM_HOUR_MS, day, hour, value };
        ohm_detect_outdoor(d, of->known ? outdoor_c : NAN);
        ohm_detect_step(d, &r, &news);
        for (int i = 0; i < news.count; i++)
            told += news.alarm[i].type == OHM_DETECT_LEFT_ON && news.alarm[i].end_ms == OHM_NO_MS;
    }
    free(d);
    return told;
}

static void a_cold_night_is_no_night_left_on(void **state)
{
    (void)state;
    static const cold_house rows[] = {
        { "nothing is wrong", true, true, 14, NAN, false, false },
        { "who knows no temperature can't tell", false, true, 14, -6, false, true },
        { "as cold as it was: what a kelvin takes is known", true, true, 14, -6, false, false },
        { "colder than ever: nothing is known", true, false, 4, -6, false, false },
        { "nor without a temperature", false, false, 4, -8, false, true },
        { "left on", true, true, 14, NAN, true, true },
        { "left on, no temperature", false, true, 14, NAN, true, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((nights_told(&rows[i]) > 0) != rows[i].told)
            fail_msg("%s: %d nights", rows[i].why, nights_told(&rows[i]));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_told_when_they_are_rare),
        cmocka_unit_test(a_night_is_held_against_the_usual_one),
        cmocka_unit_test(nights_left_on_are_told),
        cmocka_unit_test(nights_that_last_are_accepted),
        cmocka_unit_test(a_cold_night_is_no_night_left_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
