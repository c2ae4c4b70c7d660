/* Many loads at once, another configuration, and states that can't be. */
#include "../support/engine_bench.h"

#include <stdio.h>

/* A frame of a meter that draws so much, of 6 kVA. */
static void bench_power(bench *b, int64_t va)
{
    ohm_frame frame = { .device = 0, .count = 2, .time_ms = b->utc_ms };
    frame.values[0] = (ohm_value){ OHM_Q_APPARENT_POWER_IMPORT, OHM_QUALITY_GOOD, va * 10 };
    frame.values[1] = (ohm_value){ OHM_Q_SUBSCRIBED_POWER, OHM_QUALITY_GOOD, 6000 };
    bench_pass(b, S);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
}

/* A farm under an order of nothing: of each of its loads is told that its longest shed was broken,
 * and that its day is spent, though a step has room for some of that only. */
static void of_many_at_once_each_is_told(void **state)
{
    bench *b = *state;
    enum { MANY = 3 * OHM_NEWS_MAX };
    int broken[MANY] = { 0 }, spent[MANY] = { 0 };
    b->config.loads_count = MANY;
    for (uint16_t i = 0; i < MANY; i++) {
        b->config.loads[i] =
            (ohm_load){ .tier = 1, .nominal_w = 50, .failsafe_fed = true, .shed_day_ms = 90 * M };
        (void)snprintf(b->config.loads[i].id, sizeof b->config.loads[i].id, "load_%d", i);
    }
    b->config.has_ecowatt = false;
    b->config.limits_count = 1;
    b->config.limits[0] = (ohm_power_limit){ .id = "dso", .kind = OHM_LIMIT_GRID };
    ohm_engine_init(b->engine, &b->config);
    b->boot = (ohm_boot){ .boot_id = 1, .clock_set = true };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_START, .boot = &b->boot });
    bench_power(b, 5000);
    bench_tick(b, M);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_LIMIT, .va = 0, .until_ms = b->utc_ms + 2 * H });
    for (int s = 0; s < 95 * 6; s++) {
        bench_pass(b, 9 * S);
        bench_power(b, s < 3 ? 5000 : 200);
        for (uint16_t i = 0; i < b->actions.count; i++) {
            const ohm_action *a = &b->actions.items[i];
            if (a->notice == OHM_NOTICE_SHED_MAX_BROKEN)
                broken[a->decision.load]++;
            if (a->notice == OHM_NOTICE_SHED_DAY_SPENT)
                spent[a->decision.load]++;
        }
    }
    for (int i = 0; i < MANY; i++)
        if (broken[i] != 1 || spent[i] != 1)
            fail_msg("load %d: %d broken, %d spent", i, broken[i], spent[i]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(of_many_at_once_each_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
