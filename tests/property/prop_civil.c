/* Whatever the instant and the zone: there and back is the same instant. */
#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "host/tzdata.h"

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static const char *const zones[] = {
    "Europe/Paris",   "Europe/Dublin", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia",
    "America/Havana", "America/Nuuk",  "America/St_Johns",  "Antarctica/Troll",    "UTC",
};

static void check(const ohm_tz *tz, ohm_ms t)
{
    ohm_ms first, last;
    ohm_civil local = ohm_civil_from_utc(tz, t);
    ohm_civil_kind kind = ohm_civil_to_utc(tz, local, &first, &last);
    bool back = kind == OHM_CIVIL_ONCE    ? first == t && last == t
                : kind == OHM_CIVIL_TWICE ? first == t || last == t
                                          : false;
    if (!back)
        fail_msg("%s: %lld kind %d → %lld, %lld", tz->name, (long long)t, kind, (long long)first,
                 (long long)last);
    ohm_interval day = ohm_civil_day(tz, t);
    if (t < day.from_ms || t >= day.to_ms)
        fail_msg("%s: %lld is outside its day", tz->name, (long long)t);
    ohm_interval next = ohm_civil_day(tz, day.to_ms);
    if (next.from_ms != day.to_ms)
        fail_msg("%s: a hole after the day of %lld", tz->name, (long long)t);
}

static void utc_to_civil_to_utc(void **state)
{
    (void)state;
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        ohm_tz tz;
        assert_int_equal(ohm_tzdata_load(zones[z], &tz).code, OHM_OK);
        for (int i = 0; i < 20000; i++)
            check(&tz, (ohm_ms)(next_random() % 6311433600000u) - 2208988800000);
        for (unsigned n = 0; n < tz.transitions_count; n++)
            for (int i = 0; i < 20; i++) /* a few hours around every change */
                if (tz.transition_s[n] > -60000000000)
                    check(&tz, tz.transition_s[n] * 1000 + (ohm_ms)(next_random() % 20000000) -
                                   10000000);
    }
}

static void dates_count_up_by_one(void **state)
{
    (void)state;
    ohm_date before = ohm_date_from_days(-719529);
    for (int64_t days = -719528; days <= 2932896; days++) {
        ohm_date date = ohm_date_from_days(days);
        assert_true(ohm_date_valid(date.year, date.month, date.day));
        assert_true(ohm_days_from_date(date) == days);
        bool later = date.year > before.year || date.month > before.month || date.day > before.day;
        assert_true(later || days == -719528);
        before = date;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utc_to_civil_to_utc),
        cmocka_unit_test(dates_count_up_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
