#include "cmd/limit_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MIN = OHM_MINUTE_MS };

static void orders_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *why, *payload;
        ohm_limit_order order;
    } rows[] = {
        { "as by HTTP", "{\"va\": 4200, \"minutes\": 60}", { true, 4200, 60 * MIN } },
        { "as EEBus has it",
          "{\"w\": 4200, \"active\": true, \"duration_s\": 7200}",
          { true, 4200, 120 * MIN } },
        { "nothing may be drawn", "{\"va\": 0}", { true, 0, OHM_LIMIT_ORDER_MS } },
        { "no end is said", "{\"w\": 4200.0, \"minutes\": null}", { true, 4200, 5 * MIN } },
        { "a week", "{\"va\": 1, \"minutes\": 10080}", { true, 1, 10080 * (int64_t)MIN } },
        { "null takes it back", "{\"va\": null}", { 0 } },
        { "so does one that is not active", "{\"w\": 4200, \"active\": false}", { 0 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_limit_order order;
        ohm_err err = ohm_limit_order_read(ohm_span_text(rows[i].payload), &order);
        if (ohm_failed(err))
            fail_msg("%s: %s", rows[i].why, err.what);
        if (order.limits != rows[i].order.limits || order.va != rows[i].order.va ||
            order.duration_ms != rows[i].order.duration_ms)
            fail_msg("%s: %d VA for %lld ms", rows[i].why, order.va, (long long)order.duration_ms);
    }
}

static void what_is_no_order_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *payload;
        ohm_code code;
    } rows[] = {
        { "nothing", "", OHM_BAD_FORMAT },
        { "not JSON", "4200", OHM_BAD_FORMAT },
        { "a list", "[4200]", OHM_BAD_FORMAT },
        { "no power", "{\"minutes\": 5}", OHM_CONFLICT },
        { "two powers", "{\"va\": 1, \"w\": 1}", OHM_CONFLICT },
        { "two ends", "{\"va\": 1, \"minutes\": 1, \"duration_s\": 60}", OHM_CONFLICT },
        { "a text", "{\"va\": \"4200\"}", OHM_BAD_FORMAT },
        { "active is true or false", "{\"va\": 1, \"active\": 1}", OHM_BAD_FORMAT },
        { "less than nothing", "{\"va\": -1}", OHM_RANGE },
        { "more than any site", "{\"va\": 1e9}", OHM_RANGE },
        { "no time at all", "{\"va\": 1, \"minutes\": 0}", OHM_RANGE },
        { "more than a week", "{\"va\": 1, \"minutes\": 10081}", OHM_RANGE },
        { "what nobody knows", "{\"va\": 1, \"kva\": 1}", OHM_UNKNOWN },
        { "a power twice", "{\"va\": 1, \"va\": 2}", OHM_BAD_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_limit_order order;
        ohm_err err = ohm_limit_order_read(ohm_span_text(rows[i].payload), &order);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_read),
        cmocka_unit_test(what_is_no_order_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
