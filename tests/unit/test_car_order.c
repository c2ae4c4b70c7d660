#include "cmd/car_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* 2026-11-24T05:30:00Z: half past six in Paris. */
#define NOW_MS INT64_C(1795498200000)

enum { MIN = OHM_MINUTE_MS };

/* Paris in winter, without its rule. */
static ohm_tz paris(void)
{
    ohm_tz tz;
    ohm_tz_utc(&tz);
    tz.types_count = 1;
    tz.type_offset_s[0] = 3600;
    tz.has_rule = false;
    return tz;
}

static void what_is_asked_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *why, *payload;
        ohm_day_wish wish;
    } rows[] = {
        { "as by HTTP",
          "{\"need_kwh\": 20, \"ready\": \"2026-11-24T06:00:00Z\"}",
          { true, false, 20000, NOW_MS + 30 * MIN, NOW_MS } },
        { "daily",
          "{\"need_kwh\": 7.5, \"ready\": \"2026-11-24T07:00:00+01:00\", \"daily\": true}",
          { true, true, 7500, NOW_MS + 30 * MIN, NOW_MS } },
        { "clocks of the site, today",
          "{\"need_kwh\": 1, \"ready\": \"07:00\"}",
          { true, false, 1000, NOW_MS + 30 * MIN, NOW_MS } },
        { "that time is over: tomorrow",
          "{\"need_kwh\": 1, \"ready\": \"06:30:00\"}",
          { true, false, 1000, NOW_MS + 24 * 60 * (int64_t)MIN, NOW_MS } },
        { "what lacks of 80 %",
          "{\"soc\": 35, \"target_soc\": 80, \"capacity_kwh\": 52, \"ready\": \"07:00\"}",
          { true, false, 23400, NOW_MS + 30 * MIN, NOW_MS } },
        { "more than is wanted is in it",
          "{\"soc\": 81.5, \"target_soc\": 80, \"capacity_kwh\": 52, \"ready\": \"07:00\"}",
          { true, false, 0, NOW_MS + 30 * MIN, NOW_MS } },
        { "null takes it back", "{\"need_kwh\": null}", { .there = false } },
    };
    const ohm_tz tz = paris();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_day_wish got;
        ohm_err err = ohm_car_order_read(ohm_span_text(rows[i].payload), &tz, NOW_MS, &got);
        if (ohm_failed(err))
            fail_msg("%s: %s", rows[i].why, err.what);
        if (got.there != rows[i].wish.there || got.daily != rows[i].wish.daily ||
            got.need_wh != rows[i].wish.need_wh || got.ready_ms != rows[i].wish.ready_ms ||
            got.asked_ms != rows[i].wish.asked_ms)
            fail_msg("%s: %lld Wh by %lld", rows[i].why, (long long)got.need_wh,
                     (long long)(got.ready_ms - NOW_MS));
    }
}

static void what_cannot_be_asked_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *payload;
        ohm_code code;
    } rows[] = {
        { "nothing", "", OHM_BAD_FORMAT },
        { "not an object", "[20]", OHM_BAD_FORMAT },
        { "a number only", "20", OHM_BAD_FORMAT },
        { "no end", "{\"need_kwh\": 2}", OHM_BAD_FORMAT },
        { "no such time", "{\"need_kwh\": 2, \"ready\": \"25:00\"}", OHM_BAD_FORMAT },
        { "no such minute", "{\"need_kwh\": 2, \"ready\": \"07:60\"}", OHM_BAD_FORMAT },
        { "no zone", "{\"need_kwh\": 2, \"ready\": \"2026-11-24T07:00:00\"}", OHM_BAD_FORMAT },
        { "a text", "{\"need_kwh\": \"2\", \"ready\": \"07:00\"}", OHM_BAD_FORMAT },
        { "no energy", "{\"ready\": \"07:00\"}", OHM_CONFLICT },
        { "both ways", "{\"need_kwh\": 2, \"soc\": 3, \"ready\": \"07:00\"}", OHM_CONFLICT },
        { "of no capacity", "{\"soc\": 3, \"target_soc\": 80, \"ready\": \"07:00\"}",
          OHM_CONFLICT },
        { "above full",
          "{\"soc\": 3, \"target_soc\": 101, \"capacity_kwh\": 50, \"ready\": \"07:00\"}",
          OHM_RANGE },
        { "less than nothing", "{\"need_kwh\": -1, \"ready\": \"07:00\"}", OHM_RANGE },
        { "no car is so big", "{\"need_kwh\": 201, \"ready\": \"07:00\"}", OHM_RANGE },
        { "in the past", "{\"need_kwh\": 2, \"ready\": \"2026-11-24T05:30:00Z\"}", OHM_RANGE },
        { "too far", "{\"need_kwh\": 2, \"ready\": \"2026-11-27T06:00:00Z\"}", OHM_RANGE },
        { "what nobody knows", "{\"need_kwh\": 2, \"by\": \"07:00\"}", OHM_UNKNOWN },
        { "twice", "{\"need_kwh\": 2, \"need_kwh\": 3, \"ready\": \"07:00\"}", OHM_BAD_FORMAT },
    };
    const ohm_tz tz = paris();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_day_wish got;
        ohm_err err = ohm_car_order_read(ohm_span_text(rows[i].payload), &tz, NOW_MS, &got);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_is_read),
        cmocka_unit_test(what_cannot_be_asked_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
