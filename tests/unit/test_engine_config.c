#include "../support/engine_bench.h"

typedef ohm_engine_config config;

static void as_it_is(config *c)
{
    (void)c;
}
static void no_types(config *c)
{
    c->tz.types_count = 0;
}
static void many_types(config *c)
{
    c->tz.types_count = OHM_TZ_TYPES_MAX + 1;
}
static void many_transitions(config *c)
{
    c->tz.transitions_count = OHM_TZ_TRANSITIONS_MAX + 1;
}
static void first_type_beyond(config *c)
{
    c->tz.first_type = c->tz.types_count;
}
static void zone_unended(config *c)
{
    memset(c->tz.name, 'x', sizeof c->tz.name);
}
static void offset_beyond(config *c)
{
    c->tz.type_offset_s[0] = 26 * 3600;
}
static void offset_before(config *c)
{
    c->tz.type_offset_s[0] = -26 * 3600;
}
static void transition_type_beyond(config *c)
{
    c->tz.transition_type[3] = c->tz.types_count;
}
static void transitions_swapped(config *c)
{
    c->tz.transition_s[3] = c->tz.transition_s[4];
}
static void rule_std_beyond(config *c)
{
    c->tz.rule_std_s = 30 * 3600;
}
static void rule_dst_beyond(config *c)
{
    c->tz.rule_dst_s = 30 * 3600;
}
static void rule_kind_odd(config *c)
{
    c->tz.rule_to_dst.kind = 'X';
}
static void rule_month_odd(config *c)
{
    c->tz.rule_to_std.month = 13;
}
static void rule_month_zero(config *c)
{
    c->tz.rule_to_std.month = 0;
}
static void rule_week_odd(config *c)
{
    c->tz.rule_to_std.week = 6;
}
static void rule_week_zero(config *c)
{
    c->tz.rule_to_std.week = 0;
}
static void rule_weekday_odd(config *c)
{
    c->tz.rule_to_std.weekday = 7;
}
static void rule_time_beyond(config *c)
{
    c->tz.rule_to_std.time_s = 169 * 3600;
}
static void rule_time_before(config *c)
{
    c->tz.rule_to_std.time_s = -169 * 3600;
}
static void rule_julian(config *c)
{
    c->tz.rule_to_dst = (ohm_tz_rule){ .kind = 'J', .day = 85 };
    c->tz.rule_to_std = (ohm_tz_rule){ .kind = 'N', .day = 300 };
}
static void rule_julian_zero(config *c)
{
    c->tz.rule_to_dst = (ohm_tz_rule){ .kind = 'J', .day = 0 };
}
static void rule_julian_beyond(config *c)
{
    c->tz.rule_to_dst = (ohm_tz_rule){ .kind = 'J', .day = 366 };
}
static void rule_day_negative(config *c)
{
    c->tz.rule_to_dst = (ohm_tz_rule){ .kind = 'N', .day = -1 };
}
static void rule_day_beyond(config *c)
{
    c->tz.rule_to_dst = (ohm_tz_rule){ .kind = 'N', .day = 366 };
}
static void rule_absent(config *c)
{
    c->tz.has_rule = false;
    c->tz.rule_std_s = 30 * 3600;
}
static void rule_without_dst(config *c)
{
    c->tz.rule_has_dst = false;
    c->tz.rule_to_dst.kind = 'X';
}
static void no_meter(config *c)
{
    c->main_device = OHM_DEVICE_NONE;
}
static void meter_beyond(config *c)
{
    c->main_device = OHM_DEVICES_MAX;
}
static void meter_id_unended(config *c)
{
    memset(c->main_id, 'x', sizeof c->main_id);
}
static void stale_at_once(config *c)
{
    c->meter_stale_ms = 0;
}
static void stale_never(config *c)
{
    c->meter_stale_ms = 25 * (int64_t)H;
}
static void silent_backwards(config *c)
{
    c->silence_ms[0] = -1;
}
static void silent_for_long(config *c)
{
    c->silence_ms[OHM_BRANCHES_MAX] = OHM_SUPPLY_SILENCE_MS_MAX + 1;
}
static void no_power(config *c)
{
    c->power_w_max = 0;
}
static void all_power(config *c)
{
    c->power_w_max = INT64_MAX;
}
static void wait_negative(config *c)
{
    c->start_wait_ms = -1;
}
static void wait_long(config *c)
{
    c->start_wait_ms = 2 * H;
}
static void threshold_normal(config *c)
{
    c->ecowatt_threshold = 1;
}
static void threshold_beyond(config *c)
{
    c->ecowatt_threshold = 4;
}
static void contract_empty(config *c)
{
    c->contract.rows_count = 0;
}
static void contract_unused(config *c)
{
    c->has_contract = false;
    c->contract.rows_count = 0;
}
static void loads_twice(config *c)
{
    c->loads[1] = c->loads[0];
}

static void check_refuses_what_can_not_run(void **state)
{
    bench *b = *state;
    static const struct {
        const char *why;
        void (*damage)(config *c);
        ohm_code code;
    } rows[] = {
        { "as it is", as_it_is, OHM_OK },
        { "a zone without types", no_types, OHM_BAD_FORMAT },
        { "a zone of too many types", many_types, OHM_BAD_FORMAT },
        { "a zone of too many transitions", many_transitions, OHM_BAD_FORMAT },
        { "a first type that is none", first_type_beyond, OHM_BAD_FORMAT },
        { "a zone's name without an end", zone_unended, OHM_BAD_FORMAT },
        { "an offset of 26 hours", offset_beyond, OHM_BAD_FORMAT },
        { "an offset of -26 hours", offset_before, OHM_BAD_FORMAT },
        { "a transition to no type", transition_type_beyond, OHM_BAD_FORMAT },
        { "transitions out of order", transitions_swapped, OHM_BAD_FORMAT },
        { "a rule's winter of 30 hours", rule_std_beyond, OHM_BAD_FORMAT },
        { "a rule's summer of 30 hours", rule_dst_beyond, OHM_BAD_FORMAT },
        { "a rule of no kind", rule_kind_odd, OHM_BAD_FORMAT },
        { "month 13", rule_month_odd, OHM_BAD_FORMAT },
        { "month 0", rule_month_zero, OHM_BAD_FORMAT },
        { "week 6", rule_week_odd, OHM_BAD_FORMAT },
        { "week 0", rule_week_zero, OHM_BAD_FORMAT },
        { "weekday 7", rule_weekday_odd, OHM_BAD_FORMAT },
        { "more than a week after", rule_time_beyond, OHM_BAD_FORMAT },
        { "more than a week before", rule_time_before, OHM_BAD_FORMAT },
        { "days of the year", rule_julian, OHM_OK },
        { "day 0 of 365", rule_julian_zero, OHM_BAD_FORMAT },
        { "day 366 of 365", rule_julian_beyond, OHM_BAD_FORMAT },
        { "day -1", rule_day_negative, OHM_BAD_FORMAT },
        { "day 366 from 0", rule_day_beyond, OHM_BAD_FORMAT },
        { "no rule, whatever it says", rule_absent, OHM_OK },
        { "no summer, whatever it says", rule_without_dst, OHM_OK },
        { "no meter", no_meter, OHM_OK },
        { "a meter that is none", meter_beyond, OHM_RANGE },
        { "a meter's id without an end", meter_id_unended, OHM_TOO_BIG },
        { "lost at once", stale_at_once, OHM_RANGE },
        { "lost after more than a day", stale_never, OHM_RANGE },
        { "silent for less than nothing", silent_backwards, OHM_RANGE },
        { "a branch's, silent for more than three minutes", silent_for_long, OHM_RANGE },
        { "a site without power", no_power, OHM_RANGE },
        { "a site of all power", all_power, OHM_RANGE },
        { "a negative wait", wait_negative, OHM_RANGE },
        { "a wait of hours", wait_long, OHM_RANGE },
        { "shedding on normal days", threshold_normal, OHM_RANGE },
        { "a level that does not exist", threshold_beyond, OHM_RANGE },
        { "a contract without prices", contract_empty, OHM_RANGE },
        { "no contract, whatever it says", contract_unused, OHM_OK },
        { "two loads of one name", loads_twice, OHM_CONFLICT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_config(&b->config);
        rows[i].damage(&b->config);
        ohm_err err = ohm_engine_config_check(&b->config);
        if (err.code != rows[i].code)
            fail_msg("%s: %s: %s", rows[i].why, ohm_code_name(err.code), err.what);
    }
}

static void the_defaults_run(void **state)
{
    bench *b = *state;
    ohm_engine_config_defaults(&b->config);
    assert_false(ohm_failed(ohm_engine_config_check(&b->config)));
    ohm_engine_init(b->engine, &b->config);
    b->boot = (ohm_boot){ .clock_set = true };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
    assert_false(ohm_engine_is_starting(b->engine)); /* there is nothing to wait for */
    bench_tick(b, H);
    assert_int_equal(b->actions.count, 0); /* and nobody to miss */
    assert_true(ohm_engine_is_settled(b->engine));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(check_refuses_what_can_not_run),
        TEST(the_defaults_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
